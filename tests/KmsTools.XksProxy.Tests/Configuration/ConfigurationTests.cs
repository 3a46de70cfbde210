using System.Text;
using KmsTools.Cryptography;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Configuration;

/// <summary>What configurations mean, and the errors of those that cannot be used, with line and column.</summary>
public sealed class ConfigurationTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    [Fact]
    public void Read_EveryMember_BecomesASetting()
    {
        ProxyConfiguration read = folder.Read(ConfigurationFolder.Everything);

        XksProxySettings settings = read.Settings;
        Assert.Equal(("127.0.0.2", 8443, false, 3), (settings.Address, settings.Port, settings.AllowsPlainHttp, settings.FleetSize));
        Assert.Equal(("::1", 9464, TimeSpan.FromSeconds(7)), (settings.MetricsAddress, settings.MetricsPort, settings.StopDelay));
        Assert.Equal((4300, 65535, 9), (settings.Limits.MaxPlaintextBytes, settings.Limits.MaxAadBytes, settings.Limits.MaxConnections));
        Assert.Equal((In("cert.pem"), In("key.pem"), In("cas.pem")),
            (settings.Tls!.CertificatePath, settings.Tls.KeyPath, settings.Tls.ClientAuthoritiesPath));
        Assert.Equal(["cks.kms.us-east-1.amazonaws.com"], settings.Tls.ClientNames);
        Assert.Equal(In("proxy.log"), read.LogFile);

        TokenSettings first = settings.Tokens[0];
        Assert.Equal(("first", In("library.so") + "|configdir=here", "lab", "0001", 4, true, true),
            (first.Name, first.Library, first.Token.Label, first.Token.SerialNumber, first.MaxSessions, first.HashesAad, first.HsmMakesIv));
        Assert.Equal((10, 150, KeyName.OfId("0f")), (first.SessionWait.TotalMilliseconds, first.AnswerTime.TotalMilliseconds, first.HealthKey));
        Assert.Equal("1234567", TextOf(first.Pin));
        TokenSettings second = settings.Tokens[1];
        Assert.Equal(("second", In("library.so"), "other", 30, null),
            (second.Name, second.Library, second.Token.Label, second.MaxSessions, second.HealthKey));
        Assert.Equal("1234567", TextOf(second.Pin));

        KeyStoreSettings store = settings.KeyStores[0];
        Assert.Equal(("orders", "/a-b/c_d", false, 1800), (store.Name, store.Prefix, store.IsEnabled, store.RequestsPerSecond));
        Assert.Equal(["us-east-1", "eu-central-1"], store.Regions);
        Assert.Equal(("AAAAABBBBBCCCCCDDDDD", "22222333334444455555AAAAA"), (store.Credentials[0].AccessKeyId, store.Credentials[1].AccessKeyId));
        Assert.Equal(("2026-01-01 00:00:00Z", "2027-01-01 00:00:00Z"), ($"{store.Credentials[0].NotBefore:u}", $"{store.Credentials[0].NotAfter:u}"));
        Assert.Equal(new string('s', 64), TextOf(store.Credentials[1].Secret));
        KeySettings one = store.Keys[0];
        Assert.Equal(("one", false, XksKeyUsage.Decrypt), (one.ExternalKeyId, one.IsEnabled, one.AllowedUsage));
        Assert.Equal(((byte)2, "first", KeyName.OfLabel("one")), (one.Current.Version, one.Current.Token, one.Current.Name));
        KeyVersionSettings former = Assert.Single(one.Former);
        Assert.Equal(((byte)1, "second", "label 'old' and CKA_ID 01"), (former.Version, former.Token, former.Name.ToString()));
        Assert.Equal(("2", (byte)1, KeyName.OfId("0aff"), true),
            (store.Keys[1].ExternalKeyId, store.Keys[1].Current.Version, store.Keys[1].Current.Name, store.Keys[1].IsEnabled));
        AuthorizationRule rule = Assert.Single(store.Rules);
        Assert.Equal(("no decryption by others", false, "Decrypt", "ReEncrypt", "one", "AAAAABBBBBCCCCCDDDDD"),
            (rule.Name, rule.Allows, rule.Apis[0], rule.Operations[0], rule.ExternalKeyIds[0], rule.AccessKeyIds[0]));
        Assert.Equal(("arn:aws:iam::*:role/x?", "111122223333", "*", "*", "us-*", "s3.*", "vpc-1", "vpce-1"),
            (rule.PrincipalArns[0], rule.PrincipalAccounts[0], rule.KeyArns[0], rule.KeyAccounts[0], rule.KeyRegions[0], rule.ViaServices[0],
                rule.SourceVpcs[0], rule.SourceVpcEndpoints[0]));
        Assert.Equal(("none", ""), (settings.KeyStores[1].Name, settings.KeyStores[1].Prefix));
        Assert.Equal("u87h0RHW04N2qZ/33umHOWIP59/ekwig5RM+dUt5HLM=", TextOf(settings.KeyStores[1].Credentials[0].Secret));

        Assert.Equal(["cas.pem", "pin", "pin", "proxy.yaml", "secret"], read.Files.Select(Path.GetFileName).Order());
        Assert.Equal(["none 1", "orders 1", "orders 2"], read.Credentials.Select(static one => $"{one.KeyStore} {one.Place}").Order());
    }

    [Fact]
    public void Read_OnlyWhatIsNeeded_HasDefaults()
    {
        XksProxySettings settings = folder.Read(ConfigurationFolder.Good).Settings;
        Assert.Equal(("127.0.0.1", 443, null, 1, null), (settings.Address, settings.Port, settings.Tls, settings.FleetSize, settings.MetricsAddress));
        Assert.Equal((6144, 16384, 5000, 5.0),
            (settings.Limits.MaxPlaintextBytes, settings.Limits.MaxAadBytes, settings.Limits.MaxConnections, settings.StopDelay.TotalSeconds));
        Assert.Equal((30, 50, 200), (settings.Tokens[0].MaxSessions, settings.Tokens[0].SessionWait.Milliseconds, settings.Tokens[0].AnswerTime.Milliseconds));
        Assert.Equal((true, null, XksKeyUsage.Both),
            (settings.KeyStores[0].IsEnabled, settings.KeyStores[0].RequestsPerSecond, settings.KeyStores[0].Keys[0].AllowedUsage));
    }

    // A line of the good configuration, what stands in its place, and what is said.
    [Theory]
    [InlineData("tokens:", "adress: 127.0.0.1\ntokens:", "(1,1): A configuration has no member 'adress'. Did you mean 'address'?")]
    [InlineData("tokens:", "address: here\ntokens:", "(1,10): 'here' is not an IP address. 0.0.0.0 means all addresses of the machine.")]
    [InlineData("tokens:", "address: 0.0.0.0\ntokens:", "(1,10): 0.0.0.0 can be reached from other machines: add tls; or 'allowPlainHttp: true' if a balancer before it ends TLS.")]
    [InlineData("tokens:", "tls: { certificate: cert.pem }\nallowPlainHttp: true\ntokens:", "(2,1): Give either tls or allowPlainHttp.")]
    [InlineData("tokens:", "port: 65536\ntokens:", "(1,7): 'port' is 65536. It must be from 0 to 65535.")]
    [InlineData("tokens:", "port: https\ntokens:", "(1,7): 'port' must be a whole number.")]
    [InlineData("tokens:", "version: 2\ntokens:", "(1,10): This version reads version 1 of the format, not 2.")]
    [InlineData("tokens:", "metrics: 9464\ntokens:", "(1,10): '9464' is not an IP address with a port, such as 127.0.0.1:9464.")]
    [InlineData("tokens:", "fleetSize: 0\ntokens:", "(1,12): 'fleetSize' is 0. It must be from 1 to 2147483647.")]
    [InlineData("tokens:", "limits: { plaintextBytes: 4096 }\ntokens:", "(1,27): 'plaintextBytes' is 4096. It must be from 4300 to 65536.")]
    [InlineData("tokens:", "tls: { certificate: none.pem }\ntokens:", "(1,21): The file '{folder}/none.pem' does not exist.")]
    [InlineData("tokens:", "tls: { certificate: cert.pem, clientNames: [a] }\ntokens:", "(1,31): 'clientNames' needs 'clientAuthorities': the authorities that vouch for the names.")]
    [InlineData("    library: library.so", "", "(2,5): This token needs the member 'library'.")]
    [InlineData("    library: library.so", "    library: none.so", "(3,14): The PKCS#11 library '{folder}/none.so' does not exist.")]
    [InlineData("    label: lab", "", "(2,5): This token needs its 'label', its 'serial' or its 'uri': which token of the library it is.")]
    [InlineData("    label: lab", "    uri: pkcs11:token=x", "(4,10): The URI names no file with the PIN.", "pinFrom: { file: pin }", "maxSessions: 1")]
    [InlineData("    label: lab", "    uri: pkcs11:tokn=x", "(4,10): The PKCS#11 URI is not valid: it has an attribute that is not known, 'tokn'.")]
    [InlineData("    label: lab", "    uri: pkcs11:token=x?pin-value=1", "(4,10): The URI contains the PIN. Name a file that only its owner can read: pin-source=file:/path.")]
    [InlineData("    label: lab", "    uri: pkcs11:token=x?module-path=/x", "(3,14): The URI names the library already. Leave one of them out.")]
    [InlineData("    label: lab", "    label: lab\n    pin: 1234567", "(5,5): A token has no member 'pin'. A PIN is not written into this file. Put it into a file that only its owner can read, and name that in 'pinFrom'.")]
    [InlineData("    pinFrom: { file: pin }", "", "(2,5): This token needs the member 'pinFrom'.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { file: none }", "(5,22): The PIN file {folder}/none does not exist.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { file: open }", "(5,22): The PIN file {folder}/open can be read or written by others than its owner. Take their permissions away: chmod 600 '{folder}/open'.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { file: empty }", "(5,22): The PIN file {folder}/empty is empty.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { environment: KMSTOOLS_TEST_NONE }", "(5,29): The environment variable KMSTOOLS_TEST_NONE, which should contain the PIN, is not set.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { file: pin, environment: X }", "(5,14): Name one source of the secret: file, environment or credential.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { credential: none }", "(5,28): The PIN file {folder}/none does not exist.")]
    [InlineData("    pinFrom: { file: pin }", "    pinFrom: { file: pin }\n    sessionWaitMilliseconds: 300", "(6,30): A request would wait 300 ms for a session, which is longer than the 200 ms within which it is answered.")]
    [InlineData("    healthKey: { label: health }", "    healthKey: { label: one }", "(17,16): This is the key of the health checks of its token. A key that KMS uses must be another one.")]
    [InlineData("    healthKey: { label: health }", "    healthKey: { label: a, ckaId: \"01\" }", "(6,28): Name the key in the token by one of label, ckaId and uri.")]
    [InlineData("  - name: orders", "  - name: or ders", "(8,11): 'or ders' is not a name: 1 to 64 letters, digits, '-', '_' and '.'.")]
    [InlineData("    prefix: /orders", "    prefix: orders", "(9,13): 'orders' is not a prefix: parts of letters, digits, '-' and '_', each after a '/', such as /example/one; or \"\" for none.")]
    [InlineData("    prefix: /orders", "    prefix: /orders/", "(9,13): '/orders/' is not a prefix: parts of letters, digits, '-' and '_', each after a '/', such as /example/one; or \"\" for none.")]
    [InlineData("    regions: [us-east-1]", "    regions: []", "(10,14): A key store has at least one Region: that of the KMS that calls.")]
    [InlineData("    regions: [us-east-1]", "    regions: [US]", "(10,15): 'US' is not a valid Region name: use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1.")]
    [InlineData("      - accessKeyId: AAAAABBBBBCCCCCDDDDD", "      - accessKeyId: AAAAABBBBBCCCCCDDDD1", "(12,22): An access key ID has 20 to 30 characters, of A to Z and 2 to 7; this one has 20. The command new-credential makes one.")]
    [InlineData("        secretFrom: { file: secret }", "        secretFrom: { file: short }", "(13,29): The secret access key has 42 bytes. KMS takes 43 to 64. The command new-credential makes one.")]
    [InlineData("        secretFrom: { file: secret }", "        secretFrom: { file: odd }", "(13,29): The secret access key has a character that KMS does not take: there are letters, digits, '/', '+' and '='. The command new-credential makes one.")]
    [InlineData("        secretFrom: { file: secret }", "        rawSecretAccessKey: x\n        secretFrom: { file: secret }", "(13,9): A credential has no member 'rawSecretAccessKey'. A secret access key is not written into this file. Put it into a file that only its owner can read, and name that in 'secretFrom'.")]
    [InlineData("        secretFrom: { file: secret }", "        secretFrom: { file: secret }\n        notBefore: 2027-01-01", "(14,20): 'notBefore' must be a date with its time and Z or an offset, such as 2026-12-31T00:00:00Z.")]
    [InlineData("        secretFrom: { file: secret }", "        secretFrom: { file: secret }\n        notBefore: 2027-01-01T00:00:00Z\n        notAfter: 2026-01-01T00:00:00Z", "(15,19): 'notAfter' is not later than 'notBefore': the credential would never be valid.")]
    [InlineData("        secretFrom: { file: secret }", "        secretFrom: { file: secret }\n      - accessKeyId: AAAAABBBBBCCCCCDDDDD\n        secretFrom: { file: secret }", "(14,22): Another credential of this key store has this access key ID already, in line 12.")]
    [InlineData("      - id: one", "      - id: on/e", "(15,13): 'on/e' is not an external key ID: 1 to 128 letters, digits, '-', '_' and '.'.")]
    [InlineData("      - id: one", "      - id: .", "(15,13): An external key ID must not be '.': paths that contain it name something else.")]
    [InlineData("      - id: one", "      - id: ..", "(15,13): An external key ID must not be '..': paths that contain it name something else.")]
    [InlineData("        token: lab", "        token: lap", "(16,16): No token is called 'lap'. Did you mean 'lab'?")]
    [InlineData("        token: lab", "        token: other", "(16,16): No token is called 'other'. There are: lab.")]
    [InlineData("        label: one", "        ckaId: 0x01", "(17,16): '0x01' is not a CKA_ID: write its bytes in hexadecimal digits, as in \"01ab\".")]
    [InlineData("        label: one", "        uri: pkcs11:token=lab", "(17,14): The PKCS#11 URI of the key is not valid: the attribute 'token' names no key. There are: object, id, type=secret-key.")]
    [InlineData("        label: one", "        label: one\n        version: 256", "(18,18): 'version' is 256. It must be from 0 to 255.")]
    [InlineData("        label: one", "        label: one\n        usage: encrypt", "(18,16): 'usage' cannot be 'encrypt'. Did you mean Encrypt?")]
    [InlineData("        label: one", "        label: one\n        former: [{ version: 1, token: lab, label: old }]", "(18,29): Another key behind this ID has the version 1 already.")]
    [InlineData("        label: one", "        label: one\n      - { id: one, token: lab, label: two }", "(18,15): Another key of this key store has the ID 'one' already, in line 15.")]
    [InlineData("        label: one", "        label: one\n    rules:\n      - { name: a, effect: Deny, apis: [Decrpt] }", "(19,41): No API is called 'Decrpt'. Did you mean 'Decrypt'?")]
    [InlineData("        label: one", "        label: one\n    rules:\n      - { name: a, effect: Deny, externalKeyIds: [onf] }", "(19,51): No key of this key store has the ID 'onf'. Did you mean 'one'?")]
    [InlineData("        label: one", "        label: one\n    rules:\n      - { name: a, effect: Deny, accessKeyIds: [AAAAABBBBBCCCCCDDDDE] }", "(19,49): No credential of this key store has this access key ID.")]
    public void Read_OneLineThatIsWrong_IsToldWithItsPlace(
        string line, string instead, string message, string? another = null, string? anotherInstead = null)
    {
        string text = ConfigurationFolder.Good.Replace(line, instead, StringComparison.Ordinal);
        text = another is null ? text : text.Replace(another, anotherInstead, StringComparison.Ordinal);
        Assert.StartsWith(message, folder.Refusal(text), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoKeyStoresAlike_AreRefusedWithTheLineOfTheFirst()
    {
        string store = ConfigurationFolder.Good[ConfigurationFolder.Good.IndexOf("  - name: orders", StringComparison.Ordinal)..];
        Assert.Equal(
            ["(18,11): Another key store is called 'orders' already, in line 8.", "(19,13): Another key store has the prefix '/orders' already, in line 9."],
            Lines(folder.Refusal(ConfigurationFolder.Good + store)));
        string without = store.Replace("    prefix: /orders\n", "", StringComparison.Ordinal);
        string text = ConfigurationFolder.Good.Replace("    prefix: /orders\n", "", StringComparison.Ordinal) + without.Replace("orders", "more", StringComparison.Ordinal);
        Assert.Equal(["(17,5): Another key store has no prefix already, in line 8."], Lines(folder.Refusal(text)));
    }

    [Fact]
    public void Read_MoreThanTenTokens_IsRefusedAtTheEleventh()
    {
        string tokens = string.Concat(Enumerable.Range(2, 10).Select(
            static i => $"  - {{ name: t{i}, library: library.so, label: t{i}, pinFrom: {{ file: pin }} }}\n"));
        string text = ConfigurationFolder.Good.Replace("keyStores:", tokens + "keyStores:", StringComparison.Ordinal);
        Assert.Equal(
            "(16,5): This is token 11 of 11. A proxy has at most 10: KMS takes no more of a health answer. Serve the others with another proxy.",
            folder.Refusal(text));
        string twice = ConfigurationFolder.Good.Replace(
            "keyStores:", "  - { name: lab, library: library.so, label: x, pinFrom: { file: pin } }\nkeyStores:", StringComparison.Ordinal);
        Assert.Equal("(7,13): Another token is called 'lab' already, in line 2.", folder.Refusal(twice));
    }

    // 117 and 11 characters are 128; 117, 17, 113 and 9 are 256.
    [Theory]
    [InlineData(116, 113, null)]
    [InlineData(117, 113, "(9,13): With this prefix the path has 129 characters. KMS takes 128 at most: shorten the prefix to 117.")]
    [InlineData(116, 114, "(15,13): With this ID the longest path has 257 characters. KMS takes 256 at most: shorten the ID or the prefix.")]
    public void Read_PathsOverTheLimits_AreRefused(int prefix, int id, string? message)
    {
        string text = ConfigurationFolder.Good
            .Replace("prefix: /orders", $"prefix: /{new string('p', prefix)}", StringComparison.Ordinal)
            .Replace("id: one", $"id: {new string('k', id)}", StringComparison.Ordinal);
        if (message is null)
        {
            _ = folder.Read(text);
        }
        else
        {
            Assert.Equal(message, Lines(folder.Refusal(text))[0]);
        }
    }

    [Fact]
    public void Read_TextThatIsNoConfiguration_IsRefused()
    {
        Assert.Equal("(1,1): The file is empty. A configuration has address, port, allowPlainHttp, tls, metrics, logFile, fleetSize, "
            + "stopDelaySeconds, limits, tokens and keyStores.", folder.Refusal(""));
        Assert.Equal(
            ["(1,1): This configuration needs the member 'keyStores'.", "(1,9): A proxy has at least one token."], Lines(folder.Refusal("tokens: []")));
        Assert.Equal("(4,1): A configuration is one YAML document; here a second one begins.",
            folder.Refusal("tokens: []\nkeyStores: []\n---\n---\n").Replace("(3,1)", "(4,1)", StringComparison.Ordinal));
        Assert.Equal(
            $"The configuration '{In("none.yaml")}' does not exist.",
            Assert.Throws<ConfigurationException>(() => ProxyConfiguration.Read(In("none.yaml"))).Message);
    }

    [Fact]
    public void Read_WithErrors_ShowsNoSecretAndNoAccessKeyId()
    {
        string refusal = folder.Refusal(ConfigurationFolder.Good
            .Replace("label: lab", "label: lab\n    pin: 7654321", StringComparison.Ordinal)
            .Replace("secretFrom: { file: secret }", "secret: ClearTextSecret\n        secretFrom: { file: odd }", StringComparison.Ordinal));
        Assert.Equal(3, Lines(refusal).Length);
        foreach (string secret in new[] { "7654321", "ClearTextSecret", "u87h0", "1234567", ConfigurationFolder.AccessKeyId })
        {
            Assert.DoesNotContain(secret, refusal, StringComparison.Ordinal);
        }
    }

    private static string[] Lines(string text) => text.Split(Environment.NewLine);

    private static string TextOf(SecretSource source)
    {
        using Secret secret = source.Read("secret");
        return secret.Use(Encoding.UTF8.GetString);
    }

    private string In(string name) => Path.Combine(folder.Path, name);
}
