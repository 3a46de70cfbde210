using System.Text;
using System.Text.Json;
using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools;

public sealed class YamlEstateFormatTests
{
    /// <summary>Every member of the format, but those that exclude others.</summary>
    internal const string Everything = """
        version: 1
        clusters:
          - id: cluster-2abcdefghij
            library: lib/p11.so
            tokens: [one, { label: two, library: lib/two.so }, { uri: "pkcs11:token=three" }]
            trustAnchorCertificate: |
              -----BEGIN CERTIFICATE-----
              abc
            highAvailability: true
            managePassword: false
            commandsFromElsewhere: 250
            pinFrom: { environment: PIN }
        keyStores:
          - name: lab
            region: eu-west-1
            cluster: cluster-2abcdefghij
            connected: false
          - name: outside
            proxy:
              connectivity: VPC_ENDPOINT_SERVICE
              uriEndpoint: https://xks.example.com
              uriPath: /lab/kms/xks/v1
              vpcEndpointServiceName: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
              vpcEndpointServiceOwner: 111122223333
              accessKeyId: ABCDEFGHIJKLMNOPQRST
              secretFrom: { environment: XKS_SECRET }
        keys:
          - id: mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0
            region: ap-south-1
            aliases: [alias/a, alias/b]
            description: All
            spec: HMAC_256
            usage: GENERATE_VERIFY_MAC
            origin: EXTERNAL
            material: { hex: 00 01 02 ff }
            multiRegion: true
            keyStore: lab
            xksKeyId: key-1
            enabled: false
            rotation: { enabled: false, periodInDays: 90 }
            policy: '{"Statement":[]}'
            bypassPolicyLockoutSafetyCheck: true
            tags: { Team: shop, Year: 2030, Empty: "" }
            grants:
              - name: g
                grantee: arn:aws:iam::111122223333:user/alice
                granteeService: a.amazonaws.com
                retiring: arn:aws:iam::111122223333:user/bob
                retiringService: b.amazonaws.com
                operations: [Decrypt, CreateGrant]
                constraints:
                  encryptionContextSubset: { a: b }
                  encryptionContextEquals: { c: d }
                  sourceArn: arn:aws:s3:us-east-1:111122223333:bucket
            replicas:
              - region: eu-west-1
                aliases: [alias/r]
                description: Replica
                enabled: true
                policy: { Version: 2012-10-17, Statement: [{ Effect: Allow, NotAction: ["kms:*"] }] }
                bypassPolicyLockoutSafetyCheck: false
                tags: { R: 1 }
                grants: [{ grantee: 111122223333, operations: [Encrypt] }]
        alarms:
          - name: key expires
            event: KeyMaterialExpiring
            region: ap-south-1
            key: alias/a
            threshold: 14
          - name: lab is down
            event: KeyStoreFailed
            keyStore: lab
        principals:
          - group: admins
          - user: alice
            path: /ops/
            groups: [admins]
            policies:
              decrypt: '{"Statement":[]}'
              sign: { Version: 2012-10-17, Statement: [] }
            permissionsBoundary: '{"Id":"b","Statement":[]}'
            tags: { Team: shop, Year: 2030 }
          - role: deploy
            trustPolicy: { Statement: [{ Effect: Allow, Principal: { AWS: 111122223333 }, Action: "sts:AssumeRole" }] }
            maxSessionDuration: 7200
        authorization:
          mode: Record
          directUseOfAwsManagedKeys: true
          serviceControlPolicies:
            - ['{"Id":"1","Statement":[]}']
            - - { Statement: [] }
          resourceControlPolicies: ['{"Id":"2","Statement":[]}']
        proxyAddresses:
          - host: xks.example.com
            address: 127.0.0.1
            port: 8443
            trustAnchors: [ca.pem]
            clientCertificate: client.pem
            timeoutInMilliseconds: 5000
        vpcEndpointServices:
          - name: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
            owner: 444455556666
            privateDnsName: xks.example.com
            domainVerified: false
            allowedPrincipals: [cks.kms.us-east-1.amazonaws.com]
            availabilityZones: 3
            acceptanceRequired: true
        """;

    [Fact]
    public void Read_EveryMember_IsRead()
    {
        using Estate estate = Read(Everything);
        EstateCluster cluster = Assert.Single(estate.Clusters);
        Assert.Equal(
            ("cluster-2abcdefghij", "lib/p11.so", "one, two lib/two.so, pkcs11:token=three", "-----BEGIN CERTIFICATE-----\nabc\n", EstateSecretSource.Environment, "PIN"),
            (cluster.Id.Value, cluster.Library.Value, string.Join(
                ", ",
                cluster.Tokens.Select(static token => $"{token.Label} {token.Library}".TrimEnd())), cluster.TrustAnchorCertificate!.Value, cluster.Pin!.Source, cluster.Pin.Name));
        Assert.Equal(
            (true, false, 250),
            (cluster.HighAvailability!.Value, cluster.ManagePassword!.Value, cluster.CommandsFromElsewhere!.Value));
        Assert.Equal(["lab", "outside"], estate.KeyStores.Select(static store => store.Name.Value));
        EstateKeyStore store = estate.KeyStores[0];
        Assert.Equal(
            ("eu-west-1", "cluster-2abcdefghij", false, null),
            (store.Region!.Value, store.Cluster!.Value, store.Connected!.Value, store.Proxy));
        EstateProxy proxy = estate.KeyStores[1].Proxy!;
        Assert.Equal(
            (XksProxyConnectivityType.VPC_ENDPOINT_SERVICE, "https://xks.example.com", "/lab/kms/xks/v1"),
            (proxy.Connectivity!.Value, proxy.UriEndpoint.Value, proxy.UriPath.Value));
        Assert.Equal(
            ("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", "111122223333", "ABCDEFGHIJKLMNOPQRST"),
            (proxy.VpcEndpointServiceName!.Value, proxy.VpcEndpointServiceOwner!.Value, proxy.AccessKeyId.Value));
        Assert.Equal((EstateSecretSource.Environment, "XKS_SECRET"), (proxy.Secret!.Source, proxy.Secret.Name));
        EstateProxyAddress address = Assert.Single(estate.ProxyAddresses);
        Assert.Equal(
            ("xks.example.com", "127.0.0.1", 8443, "ca.pem", "client.pem", 5000),
            (address.Host.Value, address.Address!.Value, address.Port!.Value, Assert.Single(address.TrustAnchors).Value, address
                .ClientCertificate!.Value, address.TimeoutInMilliseconds!.Value));
        EstateVpcEndpointService service = Assert.Single(estate.VpcEndpointServices);
        Assert.Equal(
            ("com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0", "444455556666", "xks.example.com", false),
            (service.Name.Value, service.Owner!.Value, service.PrivateDnsName!.Value, service.DomainVerified!.Value));
        Assert.Equal(
            ("cks.kms.us-east-1.amazonaws.com", 3, true),
            (Assert.Single(service.AllowedPrincipals!).Value, service.AvailabilityZones!.Value, service.AcceptanceRequired!.Value));
        EstateKey key = Assert.Single(estate.Keys);
        Assert.Equal(
            ("mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0", "ap-south-1", "alias/a,alias/b", "All"),
            (key.Id!.Value, key.Region!.Value, string.Join(',', key.Aliases), key.Description!.Value));
        Assert.Equal(
            (KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC, OriginType.EXTERNAL),
            (key.Spec!.Value, key.Usage!.Value, key.Origin!.Value));
        Assert.Equal([0, 1, 2, 255], key.Material!.Bytes.Use(static bytes => bytes.ToArray()));
        Assert.Equal(
            (true, "lab", "key-1", false, true),
            (key.MultiRegion!.Value, key.KeyStore!.Value, key.XksKeyId!.Value, key.Enabled!.Value, key.BypassPolicyLockoutSafetyCheck!.Value));
        Assert.Equal((false, 90), (key.Rotation!.Enabled, key.Rotation.PeriodInDays));
        Assert.Equal("{\"Statement\":[]}", key.Policy!.Value);
        Assert.Equal(["Team=shop", "Year=2030", "Empty="], key.Tags.Select(static tag => $"{tag.Key}={tag.Value}"));
        EstateGrant grant = Assert.Single(key.Grants);
        Assert.Equal(
            ("g", "arn:aws:iam::111122223333:user/alice", "a.amazonaws.com"),
            (grant.Name!.Value, grant.Grantee!.Value, grant.GranteeService!.Value));
        Assert.Equal(
            ("arn:aws:iam::111122223333:user/bob", "b.amazonaws.com", "Decrypt,CreateGrant"),
            (grant.Retiring!.Value, grant.RetiringService!.Value, string.Join(',', grant.Operations)));
        GrantConstraints constraints = grant.Constraints!.Value;
        Assert.Equal(
            ("b", "d", "arn:aws:s3:us-east-1:111122223333:bucket"),
            (constraints.EncryptionContextSubset!["a"], constraints.EncryptionContextEquals!["c"], constraints.SourceArn));
        EstateKey replica = Assert.Single(key.Replicas);
        Assert.Equal(("eu-west-1", "alias/r", "Replica", true, false), (replica.Region!.Value, replica.Aliases[0].Value, replica
            .Description!.Value, replica.Enabled!.Value, replica.BypassPolicyLockoutSafetyCheck!.Value));
        using JsonDocument policy = JsonDocument.Parse(replica.Policy!.Value);
        Assert.Equal("2012-10-17", policy.RootElement.GetProperty("Version").GetString());
        Assert.Equal("kms:*", policy.RootElement.GetProperty("Statement")[0].GetProperty("NotAction")[0].GetString());
        Assert.Equal(("R", "1", "111122223333"), (replica.Tags[0].Key, replica.Tags[0].Value, replica.Grants[0].Grantee!.Value));
        Assert.Equal(
            [
                ("key expires", AlarmEvent.KeyMaterialExpiring, "ap-south-1", "alias/a", null, 14),
                ("lab is down", AlarmEvent.KeyStoreFailed, null, null, "lab", null),
            ],
            estate.Alarms.Select(static alarm => (alarm.Name.Value, alarm.Event.Value, alarm.Region?.Value, alarm.Key?.Value, alarm
                .KeyStore?
                .Value, alarm.Threshold?.Value)));
        Assert.Equal(
            [(PrincipalType.Group, "admins"), (PrincipalType.User, "alice"), (PrincipalType.Role, "deploy")],
            estate.Principals.Select(static principal => (principal.Type, principal.Name.Value)));
        EstatePrincipal alice = estate.Principals[1];
        Assert.Equal(
            ("/ops/", "admins", "{\"Id\":\"b\",\"Statement\":[]}", "Team=shop,Year=2030"),
            (alice.Path!.Value, Assert.Single(alice.Groups).Value, alice.PermissionsBoundary!.Value,
                string.Join(',', alice.Tags.Select(static tag => $"{tag.Key}={tag.Value}"))));
        Assert.Equal(["decrypt", "sign"], alice.Policies.Select(static policy => policy.Name));
        Assert.Equal("{\"Statement\":[]}", alice.Policies[0].Document.Value);
        Assert.Equal(7200, estate.Principals[2].MaxSessionDuration!.Value);
        using JsonDocument trust = JsonDocument.Parse(estate.Principals[2].TrustPolicy!.Value);
        Assert.Equal(
            "111122223333", trust.RootElement.GetProperty("Statement")[0].GetProperty("Principal").GetProperty("AWS").GetString());
        EstateAuthorization authorization = estate.Authorization!;
        Assert.Equal((AuthorizationMode.Record, true), (authorization.Mode!.Value, authorization.DirectUseOfAwsManagedKeys!.Value));
        Assert.Equal([1, 1], authorization.ServiceControlPolicies!.Select(static level => level.Count));
        Assert.Equal("{\"Id\":\"2\",\"Statement\":[]}", Assert.Single(authorization.ResourceControlPolicies!).Value);
    }

    [Fact]
    public void Read_Positions_AreThoseOfTheText()
    {
        using Estate estate = Read(Everything);
        EstateKey key = estate.Keys[0];
        Assert.Equal(new SourcePosition(3, 5), estate.Clusters[0].Position);
        EstateToken token = estate.Clusters[0].Tokens[1];
        Assert.Equal((new SourcePosition(5, 28), new SourcePosition(5, 42)), (token.Label.Position, token.Library!.Position));
        Assert.Equal(new SourcePosition(11, 28), estate.Clusters[0].CommandsFromElsewhere!.Position);
        Assert.Equal(
            (new SourcePosition(9, 23), new SourcePosition(10, 21)),
            (estate.Clusters[0].HighAvailability!.Position, estate.Clusters[0].ManagePassword!.Position));
        Assert.Equal(new SourcePosition(28, 9), key.Id!.Position);
        Assert.Equal(new SourcePosition(30, 24), key.Aliases[1].Position);
        Assert.Equal(new SourcePosition(41, 13), key.Policy!.Position);
        Assert.Equal(new SourcePosition(43, 13), key.Tags[0].Position);
        Assert.Equal(new SourcePosition(50, 31), key.Grants[0].Operations[1].Position);
        EstateProxy proxy = estate.KeyStores[1].Proxy!;
        Assert.Equal(
            [new(20, 7), new(20, 21), new(21, 20), new(22, 16), new(25, 20), new(26, 34)],
            new[] {
                proxy.Position,
                proxy.Connectivity!.Position,
                proxy.UriEndpoint.Position,
                proxy.UriPath.Position,
                proxy.AccessKeyId.Position,
                proxy.Secret!.Position });
        EstateAlarm alarm = estate.Alarms[0];
        Assert.Equal(
            [new(65, 5), new(65, 11), new(66, 12), new(67, 13), new(68, 10), new(69, 16)],
            new[] {
                alarm.Position,
                alarm.Name.Position,
                alarm.Event.Position,
                alarm.Region!.Position,
                alarm.Key!.Position,
                alarm.Threshold!.Position });
    }

    [Fact]
    public void Read_PinAndMaterialInOtherForms_AreTaken()
    {
        using Estate estate = Read("""
            clusters:
              - { id: cluster-2abcdefghij, library: /a, tokens: [t], pin: 1234567 }
              - { id: cluster-3abcdefghij, library: /a, tokens: [t], pinFrom: { file: ./pin.txt } }
              - { id: cluster-4abcdefghij, library: /a, tokens: [t], pinFrom: { prompt: true } }
            keys:
              - aliases: [alias/a]
                material: { base64: AAH/ }
            """);
        Assert.Equal(
            [EstateSecretSource.Plaintext, EstateSecretSource.File, EstateSecretSource.Prompt],
            estate.Clusters.Select(static cluster => cluster.Pin!.Source));
        Assert.Equal("1234567", estate.Clusters[0].Pin!.Plaintext!.Use(static bytes => Encoding.UTF8.GetString(bytes)));
        Assert.Equal([0, 1, 255], estate.Keys[0].Material!.Bytes.Use(static bytes => bytes.ToArray()));
    }

    [Fact]
    public void ReadAndWrite_TokensByUri_HaveNoPin()
    {
        using Estate estate = Read("""
            clusters:
              - id: cluster-2abcdefghij
                tokens:
                  - { uri: "pkcs11:token=a;serial=1?module-path=/lib/p11.so&pin-value=s3cretPin" }
                  - uri: pkcs11:token=b
              - { id: cluster-3abcdefghij, library: /a, tokens: [t, { uri: "PKCS11:token=c" }] }
            """);
        Assert.Equal(
            [("pkcs11:token=a;serial=1?module-path=/lib/p11.so&pin-value=s3cretPin", true), ("pkcs11:token=b", true), ("t", false), ("PKCS11:token=c", true)],
            estate.Clusters.SelectMany(static cluster => cluster.Tokens).Select(static token => (token.Label.Value, token.IsUri)));
        Assert.Equal(["", "/a"], estate.Clusters.Select(static cluster => cluster.Library.Value));
        Assert.Equal(["", "/a"], estate.In("/srv").Clusters.Select(static cluster => cluster.Library.Value));
        Assert.Equal(
            """
            version: 1
            clusters:
              - id: cluster-2abcdefghij
                tokens:
                  - uri: pkcs11:token=a;serial=1?module-path=/lib/p11.so
                  - uri: pkcs11:token=b
              - id: cluster-3abcdefghij
                library: /a
                tokens:
                  - t
                  - uri: PKCS11:token=c

            """,
            new YamlEstateFormat().Write(estate, null));
    }

    [Fact]
    public void Read_Paths_AreRelativeToTheFile()
    {
        using Estate estate = Read("""
            clusters:
              - { id: cluster-2abcdefghij, library: "../lib/p11.so|configdir=./x", tokens: [t], pinFrom: { file: ./pin.txt } }
              - { id: cluster-3abcdefghij, library: /usr/lib/p11.so, tokens: [t, { label: u, library: p11.so }, { label: v, library: /a.so }, { label: w, library: "../b.so|c=./d" }] }
            """).In("/srv/estates");
        Assert.Equal(
            [null, "/srv/estates/p11.so", "/a.so", "/srv/b.so|c=./d"],
            estate.Clusters[1].Tokens.Select(static token => token.Library?.Value));
        Assert.Equal(["/srv/lib/p11.so|configdir=./x", "/usr/lib/p11.so"], estate.Clusters.Select(static cluster => cluster.Library.Value));
        Assert.Equal("/srv/estates/pin.txt", estate.Clusters[0].Pin!.Name);
    }

    [Fact]
    public void Read_PathsOfProxies_AreRelativeToTheFile()
    {
        using Estate estate = Read("""
            proxyAddresses:
              - host: a
                trustAnchors:
                  - ca.pem
                  - /etc/ca.pem
                  - |
                    -----BEGIN CERTIFICATE-----
                    abc
                clientCertificate: ../client.pem
            keyStores:
              - { name: a, proxy: { uriEndpoint: "https://a", uriPath: /kms/xks/v1, accessKeyId: A, secretFrom: { file: secret.txt } } }
              - { name: b, proxy: { uriEndpoint: "https://a", uriPath: /b/kms/xks/v1, accessKeyId: A, secretFrom: { environment: secret.txt } } }
              - { name: c, proxy: { uriEndpoint: "https://a", uriPath: /c/kms/xks/v1, accessKeyId: A } }
            """).In("/srv/estates");
        EstateProxyAddress address = Assert.Single(estate.ProxyAddresses);
        Assert.Equal(
            ["/srv/estates/ca.pem", "/etc/ca.pem", "-----BEGIN CERTIFICATE-----\nabc\n"],
            address.TrustAnchors.Select(static anchor => anchor.Value));
        Assert.Equal("/srv/client.pem", address.ClientCertificate!.Value);
        Assert.Equal(
            ["/srv/estates/secret.txt", "secret.txt", null], estate.KeyStores.Select(static store => store.Proxy!.Secret?.Name));
    }

    [Fact]
    public void ReadAndWrite_NoPrincipalAllowed_IsNotTheDefault()
    {
        const string Text = """
            version: 1
            vpcEndpointServices:
              - name: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
                allowedPrincipals: []

            """;
        using Estate estate = Read(Text);
        Assert.Empty(Assert.Single(estate.VpcEndpointServices).AllowedPrincipals!);
        Assert.Equal(Text.ReplaceLineEndings("\n"), new YamlEstateFormat().Write(estate, null));
    }

    [Fact]
    public void Read_AnchorsAndMerges_SaveRepetition()
    {
        using Estate estate = Read("""
            keys:
              - &first
                aliases: [alias/a]
                description: shared
                tags: &tags { Team: shop, Stage: test }
              - <<: *first
                aliases: [alias/b]
                tags: { <<: *tags, Team: finance }
            """);
        Assert.Equal(["shared", "shared"], estate.Keys.Select(static key => key.Description!.Value));
        Assert.Equal("alias/b", estate.Keys[1].Name);
        Assert.Equal(["Team=finance", "Stage=test"], estate.Keys[1].Tags.Select(static tag => $"{tag.Key}={tag.Value}"));
    }

    [Theory]
    [InlineData("", 1, 1, "The file is empty. An estate has clusters, proxyAddresses, vpcEndpointServices, keyStores, keys, alarms, principals and authorization.")]
    [InlineData("# nothing\n---\n", 1, 1, "The file is empty. An estate has clusters, proxyAddresses, vpcEndpointServices, keyStores, keys, alarms, principals and authorization.")]
    [InlineData("keys: []\n---\nkeys: []\n", 2, 1, "An estate is one YAML document; here a second one begins.")]
    [InlineData("- a", 1, 1, "An estate is a mapping with some of these members: version, clusters, proxyAddresses, vpcEndpointServices, keyStores, keys, alarms, principals, authorization.")]
    [InlineData("version: 2\nkeys: []", 1, 10, "This version reads version 1 of the format, not 2.")]
    [InlineData("kees: []", 1, 1, "An estate has no member 'kees'. Did you mean 'keys'?")]
    [InlineData("keys:\n  - aliases: [alias/a]\n    colour: red", 3, 5, "A key has no member 'colour'. Its members are: id, region, "
        + "aliases, description, spec, usage, origin, material, multiRegion, keyStore, xksKeyId, enabled, rotation, policy, "
        + "bypassPolicyLockoutSafetyCheck, tags, grants, replicas.")]
    [InlineData("keys:\n  - aliases: [alias/a]\n    Enabled: true", 3, 5, "A key has no member 'Enabled'. Did you mean 'enabled'?")]
    [InlineData("keys:\n  - aliases: alias/a", 2, 14, "'aliases' must be a list: lines that begin with '- '.")]
    [InlineData("keys:\n  - aliases: [[x]]", 2, 15, "An item of 'aliases' must be text.")]
    [InlineData("keys: {}", 1, 7, "'keys' must be a list: lines that begin with '- '.")]
    [InlineData("keys: [one]", 1, 8, "A key is a mapping with some of these members: id, region, aliases, description, spec, usage, "
        + "origin, material, multiRegion, keyStore, xksKeyId, enabled, rotation, policy, bypassPolicyLockoutSafetyCheck, tags, grants, replicas.")]
    [InlineData("keys:\n  - enabled: yes", 2, 14, "'enabled' must be true or false.")]
    [InlineData("keys:\n  - enabled: \"true\"", 2, 14, "'enabled' must be true or false.")]
    [InlineData("keys:\n  - description:", 2, 17, "'description' has no value.")]
    [InlineData("keys:\n  - rotation: { periodInDays: 1.5 }", 2, 31, "'periodInDays' must be a whole number.")]
    [InlineData("keys:\n  - rotation: 90", 2, 15, "A rotation is a mapping with some of these members: enabled, periodInDays.")]
    [InlineData("keys:\n  - spec: RSA_2408", 2, 11, "'spec' cannot be 'RSA_2408'. Did you mean RSA_2048?")]
    [InlineData("keys:\n  - spec: rsa_2048", 2, 11, "'spec' cannot be 'rsa_2048'. Did you mean RSA_2048?")]
    [InlineData(
        "keys:\n  - usage: WASHING",
        2,
        12,
        "'usage' cannot be 'WASHING'. Valid values are: ENCRYPT_DECRYPT, SIGN_VERIFY, GENERATE_VERIFY_MAC, KEY_AGREEMENT.")]
    [InlineData("keys:\n  - spec: 1", 2, 11, "'spec' cannot be '1'. Valid values are: SYMMETRIC_DEFAULT, RSA_2048, RSA_3072, RSA_4096, "
        + "ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, HMAC_224, HMAC_256, HMAC_384, HMAC_512, "
        + "ML_DSA_44, ML_DSA_65, ML_DSA_87, SM2.")]
    [InlineData(
        "keys:\n  - grants: [{ grantee: a, operations: [Decript] }]",
        2,
        41,
        "An item of 'operations' cannot be 'Decript'. Did you mean Decrypt?")]
    [InlineData("keys:\n  - grants: [{ operations: [Decrypt] }]", 2, 14, "A grant requires a grantee or a granteeService.")]
    [InlineData("keys:\n  - grants: [{ grantee: a, operations: [] }]", 2, 40, "A grant permits at least one operation.")]
    [InlineData(
        "keys:\n  - region: \"EU West\"",
        2,
        13,
        "'EU West' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.")]
    [InlineData(
        "keys:\n  - region: \"us-east-1\\n\"",
        2,
        13,
        "'us-east-1\\u000A' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.")]
    [InlineData(
        "keys:\n  - region: \"us-east-1\\0\"",
        2,
        13,
        "'us-east-1\\u0000' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.")]
    [InlineData("keys:\n  - tags: [a]", 2, 11, "'tags' must be a mapping of names to texts.")]
    [InlineData("keys:\n  - tags: { a: }", 2, 16, "'a' of 'tags' has no value. Empty text is \"\".")]
    [InlineData("keys:\n  - replicas: [{ description: x }]", 2, 16, "This replica needs the member 'region'.")]
    [InlineData("keys:\n  - id: x\n    id: y", 3, 5, "'id' is already given in line 2.")]
    [InlineData("clusters: [{ library: /a, tokens: [t] }]", 1, 12, "This cluster needs the member 'id'.")]
    [InlineData(
        "clusters: [{ id: cluster-1, library: /a, tokens: [t] }]",
        1,
        18,
        "'cluster-1' is not a valid cluster ID: use cluster- and 11 to 16 characters of 2-7, a-z and A-Z.")]
    [InlineData(
        "clusters: [{ id: \"cluster-2abcdefghij\\n\", library: /a, tokens: [t] }]",
        1,
        18,
        "'cluster-2abcdefghij\\u000A' is not a valid cluster ID: use cluster- and 11 to 16 characters of 2-7, a-z and A-Z.")]
    [InlineData("clusters: [{ id: cluster-2abcdefghij, tokens: [t] }]", 1, 12, "This cluster needs the member 'library'.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, tokens: [{ uri: 'pkcs11:token=a' }, t] }]",
        1,
        12,
        "This cluster needs the member 'library'.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, tokens: [{ uri: 'pkcs11:token=a', library: /a }] }]",
        1,
        50,
        "Give either a uri, or a label with its library.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [{ uri: 'pkcs11:token=a', label: a }] }]",
        1,
        63,
        "Give either a uri, or a label with its library.")]
    [InlineData("clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [] }]", 1, 60, "A cluster has at least one token.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], pinFrom: { prompt: false } }]",
        1,
        74,
        "A pinFrom has one of environment (the name of a variable), file (a path) and prompt (true).")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], pin: x, pinFrom: { prompt: true } }]",
        1,
        73,
        "Give either pin or pinFrom.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], pin: { environment: PIN } }]",
        1,
        70,
        "'pin' must be text. Its source is given in 'pinFrom'.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], highAvailability: 2 }]",
        1,
        83,
        "'highAvailability' must be true or false.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], managePassword: yes }]",
        1,
        81,
        "'managePassword' must be true or false.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], managedPassword: true }]",
        1,
        65,
        "A cluster has no member 'managedPassword'. Did you mean 'managePassword'?")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], commandsFromElsewhere: 1.5 }]",
        1,
        88,
        "'commandsFromElsewhere' must be a whole number.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], commandsFromElsewhere: 2147483648 }]",
        1,
        88,
        "'commandsFromElsewhere' must be a whole number.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [[t]] }]",
        1,
        61,
        "An item of 'tokens' must be text, or a mapping with some of these members: label, library, uri.")]
    [InlineData("clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [~] }]", 1, 61, "An item of 'tokens' has no value.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: t }]",
        1,
        60,
        "'tokens' must be a list: lines that begin with '- '.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [{ library: /b }] }]",
        1,
        61,
        "This token needs the member 'label'.")]
    [InlineData("clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [{ label: t, library: }] }]", 1, 82, "'library' has no value.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [{ label: [t], library: /b }] }]",
        1,
        70,
        "'label' must be text.")]
    [InlineData(
        "clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [{ label: t, libary: /b }] }]",
        1,
        73,
        "A token has no member 'libary'. Did you mean 'library'?")]
    [InlineData("alarms: [{ event: KeyStoreFailed }]", 1, 10, "This alarm needs the member 'name'.")]
    [InlineData("alarms: [{ name: a }]", 1, 10, "This alarm needs the member 'event'.")]
    [InlineData("alarms:\n  - name: a\n    event: KeyStoreFail", 3, 12, "'event' cannot be 'KeyStoreFail'. Did you mean KeyStoreFailed?")]
    [InlineData("alarms:\n  - name: a\n    event: KeyStoreFailed\n    threshold: few", 4, 16, "'threshold' must be a whole number.")]
    [InlineData(
        "alarms:\n  - name: a\n    event: KeyStoreFailed\n    treshold: 2",
        4,
        5,
        "An alarm has no member 'treshold'. Did you mean 'threshold'?")]
    [InlineData(
        "alarms:\n  - name: a\n    event: KeyStoreFailed\n    action: Stop-Computer",
        4,
        5,
        "An alarm has no member 'action'. An action is code, and a file may come from another person.")]
    [InlineData("alarms:\n  - name: a\n    event: KeyStoreFailed\n    key: b\n    keyStore: c", 5, 5, "Give either key or keyStore.")]
    [InlineData(
        "alarms:\n  - name: a\n    event: KeyStoreFailed\n    region: eu-west-1",
        4,
        5,
        "The region of an alarm is that of its key or keyStore. Without either, it watches all Regions.")]
    [InlineData("keyStores: [{ name: a }]", 1, 13, "This keyStore needs the member 'cluster', or 'proxy' for an external key store.")]
    [InlineData(
        "keyStores: [{ name: a, cluster: cluster-2abcdefghij, proxy: { uriEndpoint: 'https://a', uriPath: /kms/xks/v1, accessKeyId: A } }]",
        1,
        54,
        "Give either cluster or proxy.")]
    [InlineData(
        "keyStores: [{ name: a, cluster: c, type: AWS_CLOUDHSM }]",
        1,
        36,
        "A keyStore has no member 'type'. With a 'cluster' it is of type AWS_CLOUDHSM, with a 'proxy' of type EXTERNAL_KEY_STORE.")]
    [InlineData(
        "keyStores: [{ name: a, cluster: c, uriPath: /kms/xks/v1 }]", 1, 36, "A keyStore has no member 'uriPath'. It is a member of its 'proxy'.")]
    [InlineData(
        "keyStores:\n  - name: a\n    proxy: { uriPath: /kms/xks/v1, accessKeyId: A }", 3, 12, "This proxy needs the member 'uriEndpoint'.")]
    [InlineData(
        "keyStores:\n  - name: a\n    proxy: { uriEndpoint: 'https://a', uriPath: /kms/xks/v1, accessKeyId: A, secret: mine }",
        3,
        78,
        "A proxy has no member 'secret'. A secret access key does not belong in a file: name its source in 'secretFrom'.")]
    [InlineData(
        "keyStores:\n  - name: a\n    proxy: { uriEndpoint: 'https://a', uriPath: /kms/xks/v1, accessKeyId: A, secretFrom: { file: a, prompt: true } }",
        3,
        90,
        "A secretFrom has one of environment (the name of a variable), file (a path) and prompt (true).")]
    [InlineData(
        "keyStores:\n  - name: a\n    proxy: { uriEndpoint: 'https://a', uriPath: /kms/xks/v1, accessKeyId: A, connectivity: PUBLIC }",
        3,
        92,
        "'connectivity' cannot be 'PUBLIC'. Valid values are: PUBLIC_ENDPOINT, VPC_ENDPOINT_SERVICE.")]
    [InlineData("proxyAddresses: [{ port: 1 }]", 1, 18, "This proxyAddress needs the member 'host'.")]
    [InlineData("proxyAddresses: [{ host: a, port: one }]", 1, 35, "'port' must be a whole number.")]
    [InlineData("proxyAddresses: [{ host: a, trustAnchors: ca.pem }]", 1, 43, "'trustAnchors' must be a list: lines that begin with '- '.")]
    [InlineData("vpcEndpointServices: [{ owner: 111122223333 }]", 1, 23, "This vpcEndpointService needs the member 'name'.")]
    [InlineData("principals: [{}]", 1, 14, "A principal has one of user, role and group: its name.")]
    [InlineData("principals: [{ user: a, role: b }]", 1, 14, "A principal has one of user, role and group: its name.")]
    [InlineData("principals:\n  - user: a\n    policies: [b]", 3, 15, "'policies' must be a mapping of names to policies.")]
    [InlineData("principals:\n  - user: a\n    policies: { b: }", 3, 20, "'b' of 'policies' has no value.")]
    [InlineData("authorization: { mode: Enforced }", 1, 24, "'mode' cannot be 'Enforced'. Did you mean Enforce?")]
    [InlineData("authorization:\n  serviceControlPolicies: [a]", 2, 28, "An item of 'serviceControlPolicies' must be a list: lines that begin with '- '.")]
    [InlineData("alarms: [a]", 1, 10, "An alarm is a mapping with some of these members: name, event, region, key, keyStore, threshold.")]
    [InlineData("keys: [*nobody]", 1, 8, "Anchor &nobody is not defined before this alias.")]
    [InlineData("keys: &a [*a]", 1, 11, "Anchor &a is not defined before this alias.")]
    [InlineData("keys: [{ <<: text }]", 1, 14, "'<<' can merge only mappings, as in '<<: *anchor'.")]
    [InlineData("keys: [{ id: !!int 3 }]", 1, 14, "The YAML tag tag:yaml.org,2002:int is not supported here.")]
    [InlineData("keys:\n  - id: x\n  \tregion: y", 3, 3, "This is not YAML: a tab cannot indent a line. Use spaces.")]
    [InlineData(
        "keys: [{ aliases: [alias/a], description: mine\nalarms: []",
        2,
        1,
        "This is not YAML: a { or [ before this is not closed. Close it, or indent this line.")]
    [InlineData("keys: !!]", 1, 10, "This is not YAML: the tag before this, which begins with !, has no valid name.")]
    [InlineData("keys: !<> x", 1, 10, "This is not YAML: the tag before this, which begins with !, has no valid name.")]
    [InlineData("keys:\n :", 3, 1, "This is not YAML: a name or a value is missing before this.")]
    [InlineData("keys:\n\t- id: x", 2, 1, "This is not YAML: a tab cannot indent a line. Use spaces.")]
    public void Read_Errors_NameLineAndColumn(string text, int line, int column, string message)
    {
        EstateError error = Assert.Single(Refusal(text).Errors);
        Assert.Equal((line, column, message), (error.Position.Line, error.Position.Column, error.Message));
    }

    [Theory]
    [InlineData("keys: [")]
    [InlineData("keys:\n  - id: \"open")]
    [InlineData("a: b: c")]
    [InlineData("keys: @x")]
    [InlineData("%YAML 9\n---\nkeys: []")]
    public void Read_NotYaml_IsRefused(string text)
    {
        EstateError error = Assert.Single(Refusal(text).Errors);
        Assert.StartsWith("This is not YAML: ", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Position.Line, 1, 4);
    }

    [Fact]
    public void Read_SeveralErrors_AreCollected() => Assert.Equal(
        """
        estate.yaml(1,10): 'version' must be a whole number.
        estate.yaml(3,14): 'enabled' must be true or false.
        estate.yaml(4,5): A key has no member 'specc'. Did you mean 'spec'?
        estate.yaml(5,1): An estate has no member 'x'. Its members are: version, clusters, proxyAddresses, vpcEndpointServices, keyStores, keys, alarms, principals, authorization.
        """.ReplaceLineEndings("\n"),
        Refusal("version: one\nkeys:\n  - enabled: 1\n    specc: a\nx: 1").Describe("estate.yaml").ReplaceLineEndings("\n"));

    [Theory]
    [InlineData("hex: 00112233445566778", "This is not an even number of hexadecimal digits.")]
    [InlineData("hex: 00112233xx", "This is not an even number of hexadecimal digits.")]
    [InlineData("base64: 00112233=", "This is not base64.")]
    [InlineData("{ hex: '00112233', base64: AA== }", "A material has one of hex and base64.")]
    [InlineData("00112233", "A material is a mapping with some of these members: hex, base64.")]
    [InlineData("hex: [ 00112233 ]", "'hex' must be text.")]
    public void Read_WrongKeyMaterial_IsInNoError(string material, string message)
    {
        EstateException error = Refusal($"keys:\n  - aliases: [alias/a]\n    material:\n      {material}");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("00112233", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Read_Nesting_HasABound(int depth, bool allowed)
    {
        EstateException error = Refusal("x: " + new string('[', depth) + new string(']', depth) + "\nkeys: 3");
        Assert.Equal(!allowed, error.Message.Contains("This is nested more than 32 levels deep.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void Read_HugeNesting_IsRefusedAtOnce(string opening)
    {
        EstateException error = Refusal(string.Concat(Enumerable.Repeat(opening, 200_000)));
        Assert.Contains("This is nested more than 32 levels deep.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x6B, 0 }, 1, 1)]
    [InlineData(new byte[] { (byte)'#', (byte)' ', 0xC3, 0xA4, (byte)'\n', (byte)'#', 0xE4, (byte)'\n' }, 2, 2)]
    public void Read_NotUtf8_IsRefused(byte[] bytes, int line, int column)
    {
        EstateError error = Assert.Single(
            Assert.Throws<EstateException>(() => new YamlEstateFormat().Read(new MemoryStream(bytes))).Errors);
        Assert.Equal(
            (line, column, "The file is not UTF-8 from here on. Save it as UTF-8."),
            (error.Position.Line, error.Position.Column, error.Message));
    }

    [Fact]
    public void Read_ByteOrderMark_IsNotText()
    {
        using Estate estate = new YamlEstateFormat().Read(new MemoryStream([0xEF, 0xBB, 0xBF, .. "keys: []"u8]));
        Assert.Empty(estate.Keys);
    }

    public static TheoryData<string> Texts() =>
    [
        "plain", "two words", "true", "no", "null", "~", "", "1", "0x10", "1.5", "1e3", "2030-01-01", "12:30", "- a", "a: b", "a #b", "#a", " lead", "trail ", "it's", "\"q\"", "[a]", "{a}",
        "*a", "&a", "!a", "|", ">", "%a", "@a", "`a", "a\nb", "a\nb\n", "a\n\n", "\na", " a\nb", "a \nb", "tab\there", "\t", "ä ö", "\U0001F511", "bell\a", "\u0085", "a\r\nb", "<<", "=", "?", "? a", ":", "-", "---", "...", "key:", "a, b",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void ReadAndWrite_EveryText_ComesBackAsItWas(string text)
    {
        YamlEstateFormat format = new();
        Estate estate = new()
        {
            Keys = [new EstateKey
            {
                Aliases = [new("alias/a"), new(text.Length == 0 ? "alias/b" : text)],
                Description = new(text),
                Tags = [new EstateTag(default, text, text)],
            }],
        };
        string written = format.Write(estate, null);
        using Estate read = Read(written);
        EstateKey key = Assert.Single(read.Keys);
        Assert.Equal((text, text, text), (key.Description!.Value, key.Tags[0].Key, key.Tags[0].Value));
        Assert.Equal(written, format.Write(read, null));
    }

    [Fact]
    public void Write_Secrets_AreLeftOut()
    {
        using Estate estate = Read("""
            clusters: [{ id: cluster-2abcdefghij, library: /a, tokens: [t], pin: secret-pin }]
            keys: [{ aliases: [alias/a], material: { hex: 00112233 } }]
            """);
        Assert.Equal(
            """
            # yaml-language-server: $schema=file:///schema.json
            version: 1
            clusters:
              - id: cluster-2abcdefghij
                library: /a
                tokens: [t]
            keys:
              - aliases: [alias/a]

            """.ReplaceLineEndings("\n"),
            new YamlEstateFormat().Write(estate, "file:///schema.json"));
    }

    [Fact]
    public void Write_Token_IsAMappingOnlyWhereItHasALibrary()
    {
        using Estate estate = Read("""
            clusters:
              - { id: cluster-2abcdefghij, library: /a, tokens: [1, { label: "yes" }, "a, b"] }
              - { id: cluster-3abcdefghij, library: /a, tokens: [one, { label: 2, library: "/b, c.so" }, { label: three }], commandsFromElsewhere: 0 }
            """);
        Assert.Equal(
            """
            version: 1
            clusters:
              - id: cluster-2abcdefghij
                library: /a
                tokens: ["1", "yes", 'a, b']
              - id: cluster-3abcdefghij
                library: /a
                tokens:
                  - one
                  - label: "2"
                    library: /b, c.so
                  - three
                commandsFromElsewhere: 0

            """.ReplaceLineEndings("\n"),
            new YamlEstateFormat().Write(estate, null));
    }

    [Fact]
    public void ReadAndWrite_EveryMember_IsWrittenAsRead()
    {
        using Estate estate = Read(Everything);
        string written = new YamlEstateFormat().Write(estate, null);
        Assert.Equal(
            """
            version: 1
            clusters:
              - id: cluster-2abcdefghij
                library: lib/p11.so
                tokens:
                  - one
                  - label: two
                    library: lib/two.so
                  - uri: pkcs11:token=three
                trustAnchorCertificate: |
                  -----BEGIN CERTIFICATE-----
                  abc
                highAvailability: true
                managePassword: false
                commandsFromElsewhere: 250
                pinFrom:
                  environment: PIN
            proxyAddresses:
              - host: xks.example.com
                address: "127.0.0.1"
                port: 8443
                trustAnchors: [ca.pem]
                clientCertificate: client.pem
                timeoutInMilliseconds: 5000
            vpcEndpointServices:
              - name: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
                owner: "444455556666"
                privateDnsName: xks.example.com
                domainVerified: false
                allowedPrincipals: [cks.kms.us-east-1.amazonaws.com]
                availabilityZones: 3
                acceptanceRequired: true
            keyStores:
              - name: lab
                region: eu-west-1
                cluster: cluster-2abcdefghij
                connected: false
              - name: outside
                proxy:
                  connectivity: VPC_ENDPOINT_SERVICE
                  uriEndpoint: https://xks.example.com
                  uriPath: /lab/kms/xks/v1
                  vpcEndpointServiceName: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0
                  vpcEndpointServiceOwner: "111122223333"
                  accessKeyId: ABCDEFGHIJKLMNOPQRST
                  secretFrom:
                    environment: XKS_SECRET
            keys:
              - id: mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0
                region: ap-south-1
                aliases: [alias/a, alias/b]
                description: All
                spec: HMAC_256
                usage: GENERATE_VERIFY_MAC
                origin: EXTERNAL
                multiRegion: true
                keyStore: lab
                xksKeyId: key-1
                enabled: false
                rotation:
                  enabled: false
                  periodInDays: 90
                policy: '{"Statement":[]}'
                bypassPolicyLockoutSafetyCheck: true
                tags:
                  Team: shop
                  Year: "2030"
                  Empty: ""
                grants:
                  - name: g
                    grantee: arn:aws:iam::111122223333:user/alice
                    granteeService: a.amazonaws.com
                    retiring: arn:aws:iam::111122223333:user/bob
                    retiringService: b.amazonaws.com
                    operations: [Decrypt, CreateGrant]
                    constraints:
                      encryptionContextSubset:
                        a: b
                      encryptionContextEquals:
                        c: d
                      sourceArn: arn:aws:s3:us-east-1:111122223333:bucket
                replicas:
                  - region: eu-west-1
                    aliases: [alias/r]
                    description: Replica
                    enabled: true
                    policy: |-
                      {
                        "Version": "2012-10-17",
                        "Statement": [
                          {
                            "Effect": "Allow",
                            "NotAction": [
                              "kms:*"
                            ]
                          }
                        ]
                      }
                    bypassPolicyLockoutSafetyCheck: false
                    tags:
                      R: "1"
                    grants:
                      - grantee: "111122223333"
                        operations: [Encrypt]
            alarms:
              - name: key expires
                event: KeyMaterialExpiring
                region: ap-south-1
                key: alias/a
                threshold: 14
              - name: lab is down
                event: KeyStoreFailed
                keyStore: lab
            principals:
              - group: admins
              - user: alice
                path: /ops/
                groups: [admins]
                policies:
                  decrypt: '{"Statement":[]}'
                  sign: |-
                    {
                      "Version": "2012-10-17",
                      "Statement": []
                    }
                permissionsBoundary: '{"Id":"b","Statement":[]}'
                tags:
                  Team: shop
                  Year: "2030"
              - role: deploy
                trustPolicy: |-
                  {
                    "Statement": [
                      {
                        "Effect": "Allow",
                        "Principal": {
                          "AWS": "111122223333"
                        },
                        "Action": "sts:AssumeRole"
                      }
                    ]
                  }
                maxSessionDuration: 7200
            authorization:
              mode: Record
              directUseOfAwsManagedKeys: true
              serviceControlPolicies:
                - - '{"Id":"1","Statement":[]}'
                - - |-
                    {
                      "Statement": []
                    }
              resourceControlPolicies:
                - '{"Id":"2","Statement":[]}'

            """.ReplaceLineEndings("\n"),
            written);
        using Estate again = Read(written);
        Assert.Equal(written, new YamlEstateFormat().Write(again, null));
    }

    [Fact]
    public void Read_Samples_AreTaken()
    {
        string[] samples = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Estates"), "*.yaml");
        Assert.NotEmpty(samples);
        foreach (string sample in samples)
        {
            using FileStream text = File.OpenRead(sample);
            using Estate estate = new YamlEstateFormat().Read(text);
            Assert.NotEmpty(estate.Keys);
        }
    }

    private static Estate Read(string text) => new YamlEstateFormat().Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static EstateException Refusal(string text) => Assert.Throws<EstateException>(() => Read(text));
}
