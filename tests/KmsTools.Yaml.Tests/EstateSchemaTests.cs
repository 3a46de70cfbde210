using System.Text;
using System.Text.Json.Nodes;
using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools;

/// <summary>The schema that is made of the tables of the format, and what the tables say to the reader and the writer.</summary>
public sealed class EstateSchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(YamlEstateFormat.Schema)!.AsObject();

    [Theory]
    [InlineData(
        "cluster",
        "id, library, tokens, trustAnchorCertificate, highAvailability, managePassword, commandsFromElsewhere, pin, pinFrom",
        "id, tokens")]
    [InlineData("token", "label, library, uri", "")]
    [InlineData("pinFrom", "environment, file, prompt", "")]
    [InlineData("secretFrom", "environment, file, prompt", "")]
    [InlineData("keyStore", "name, region, cluster, proxy, connected", "name")]
    [InlineData(
        "proxy",
        "connectivity, uriEndpoint, uriPath, vpcEndpointServiceName, vpcEndpointServiceOwner, accessKeyId, secretFrom",
        "uriEndpoint, uriPath, accessKeyId")]
    [InlineData("proxyAddress", "host, address, port, trustAnchors, clientCertificate, timeoutInMilliseconds", "host")]
    [InlineData(
        "vpcEndpointService",
        "name, owner, privateDnsName, domainVerified, allowedPrincipals, availabilityZones, acceptanceRequired",
        "name")]
    [InlineData(
        "key",
        "id, region, aliases, description, spec, usage, origin, material, multiRegion, keyStore, xksKeyId, enabled, rotation, policy, "
            + "bypassPolicyLockoutSafetyCheck, tags, grants, replicas",
        "")]
    [InlineData("replica", "region, aliases, description, enabled, policy, bypassPolicyLockoutSafetyCheck, tags, grants", "region")]
    [InlineData("material", "hex, base64", "")]
    [InlineData("rotation", "enabled, periodInDays", "")]
    [InlineData("grant", "name, grantee, granteeService, retiring, retiringService, operations, constraints", "operations")]
    [InlineData("constraints", "encryptionContextSubset, encryptionContextEquals, sourceArn", "")]
    [InlineData("alarm", "name, event, region, key, keyStore, threshold", "name, event")]
    [InlineData(
        "principal", "user, role, group, path, groups, trustPolicy, maxSessionDuration, policies, permissionsBoundary, tags", "")]
    [InlineData("authorization", "mode, directUseOfAwsManagedKeys, serviceControlPolicies, resourceControlPolicies", "")]
    public void Schema_EachPart_HasTheseMembers(string part, string members, string required)
    {
        JsonObject described = Schema["$defs"]![part]!.AsObject();
        Assert.Equal(members, string.Join(", ", described["properties"]!.AsObject().Select(static member => member.Key)));
        Assert.Equal(required, string.Join(", ", described["required"]?.AsArray().Select(static member => (string)member!) ?? []));
    }

    [Fact]
    public void Schema_Root_IsTheEstate()
    {
        Assert.Equal(
            "$schema, title, type, description, additionalProperties, properties, $defs", string.Join(
                ", ",
                Schema.Select(static keyword => keyword.Key)));
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string)Schema["$schema"]!);
        Assert.Equal(
            "version, clusters, proxyAddresses, vpcEndpointServices, keyStores, keys, alarms, principals, authorization",
            string.Join(", ", Schema["properties"]!.AsObject().Select(static member => member.Key)));
        Assert.Equal(
            [
                "alarm", "authorization", "cluster", "constraints", "grant", "key", "keyStore", "material", "pinFrom", "principal", "proxy", "proxyAddress",
                "replica", "rotation", "secretFrom", "text", "token", "vpcEndpointService",
            ],
            Schema["$defs"]!.AsObject().Select(static part => part.Key).Order(StringComparer.Ordinal));
        Assert.EndsWith("}\n", YamlEstateFormat.Schema, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', YamlEstateFormat.Schema);
    }

    // One part of each shape, word for word; each kind of value is in one of them, or in the next test.
    [Theory]
    [InlineData("text", """{ "type": ["string", "number", "boolean"] }""")]
    [InlineData("keyStore", """
        {
          "type": "object",
          "description": "A custom key store, identified by its name in its Region.",
          "additionalProperties": false,
          "properties": {
            "name": { "$ref": "#/$defs/text", "description": "The friendly name." },
            "region": { "type": "string", "pattern": "^[a-z0-9-]{1,32}$", "description": "The Region. The default is that of the store." },
            "cluster": { "type": "string", "description": "The ID of its cluster." },
            "proxy": { "$ref": "#/$defs/proxy" },
            "connected": { "type": "boolean", "description": "Whether it is connected. A new key store is connected unless this is false." }
          },
          "required": ["name"],
          "not": { "required": ["cluster", "proxy"] },
          "anyOf": [{ "required": ["cluster"] }, { "required": ["proxy"] }]
        }
        """)]
    [InlineData("token", """
        {
          "type": "object",
          "description": "A token of a cluster that has a separate library, or is identified by a PKCS#11 URI.",
          "additionalProperties": false,
          "properties": {
            "label": { "$ref": "#/$defs/text", "description": "Its label, unique in the cluster." },
            "library": { "type": "string", "description": "The PKCS#11 library of this HSM. A relative path is relative to this file. The default is that of the cluster." },
            "uri": { "type": "string", "pattern": "^[pP][kK][cC][sS]11:", "description": "Its PKCS#11 URI (RFC 7512). module-path specifies the library, pin-source=file:/path the file with the PIN." }
          },
          "oneOf": [{ "required": ["label"] }, { "required": ["uri"], "not": { "required": ["library"] } }]
        }
        """)]
    [InlineData("pinFrom", """
        {
          "type": "object",
          "description": "The source of the PIN of the crypto user: one of the members.",
          "additionalProperties": false,
          "properties": {
            "environment": { "type": "string", "description": "The name of an environment variable." },
            "file": { "type": "string", "description": "A file that contains the PIN. A relative path is relative to this file." },
            "prompt": { "const": true, "description": "Prompts the user." }
          },
          "minProperties": 1,
          "maxProperties": 1
        }
        """)]
    [InlineData("proxy", """
        {
          "type": "object",
          "description": "The proxy of an external key store.",
          "additionalProperties": false,
          "properties": {
            "connectivity": { "enum": ["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"], "description": "How it is reached. The default is PUBLIC_ENDPOINT." },
            "uriEndpoint": { "type": "string", "pattern": "^https://[a-zA-Z0-9.-]+$", "description": "The endpoint: https:// and the host name. proxyAddresses can name another port." },
            "uriPath": { "type": "string", "pattern": "^(/[a-zA-Z0-9/_-]+)?/kms/xks/v\\d{1,2}$", "description": "The path of the proxy API, such as /example/kms/xks/v1." },
            "vpcEndpointServiceName": { "type": "string", "pattern": "^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$", "description": "The VPC endpoint service. Required with connectivity VPC_ENDPOINT_SERVICE." },
            "vpcEndpointServiceOwner": { "type": ["string", "integer"], "pattern": "^[0-9]{12}$", "description": "The account that owns the VPC endpoint service. The default is that of the store." },
            "accessKeyId": { "type": "string", "pattern": "^[A-Z2-7]{20,30}$", "description": "The access key ID of the credential." },
            "secretFrom": { "$ref": "#/$defs/secretFrom" }
          },
          "required": ["uriEndpoint", "uriPath", "accessKeyId"],
          "if": { "properties": { "connectivity": { "const": "VPC_ENDPOINT_SERVICE" } }, "required": ["connectivity"] },
          "then": { "required": ["vpcEndpointServiceName"] },
          "else": {
            "if": { "required": ["connectivity"] },
            "then": { "properties": { "vpcEndpointServiceName": false, "vpcEndpointServiceOwner": false } }
          }
        }
        """)]
    [InlineData("secretFrom", """
        {
          "type": "object",
          "description": "The source of the secret access key of the proxy: one of the members.",
          "additionalProperties": false,
          "properties": {
            "environment": { "type": "string", "description": "The name of an environment variable." },
            "file": { "type": "string", "description": "A file that contains the secret access key. A relative path is relative to this file." },
            "prompt": { "const": true, "description": "Prompts the user." }
          },
          "minProperties": 1,
          "maxProperties": 1
        }
        """)]
    [InlineData("rotation", """
        {
          "type": "object",
          "description": "The automatic rotation.",
          "additionalProperties": false,
          "properties": {
            "enabled": { "type": "boolean", "default": true, "description": "Whether automatic rotation is on. The default is true." },
            "periodInDays": { "type": "integer", "minimum": 90, "maximum": 2560, "default": 365, "description": "Days between rotations. The default is 365." }
          }
        }
        """)]
    [InlineData("alarm", """
        {
          "type": "object",
          "description": "An alarm, identified by its name. It has no action: a file must not run code.",
          "additionalProperties": false,
          "properties": {
            "name": { "$ref": "#/$defs/text", "minLength": 1, "maxLength": 255, "description": "The name, unique in the store." },
            "event": { "enum": ["KeyUsedWhilePendingDeletion", "KeyMaterialExpiring", "KeyStoreFailed", "OrphanedKeyMaterial", "ProxyCertificateExpiring"], "description": "The event to watch for." },
            "region": { "type": "string", "pattern": "^[a-z0-9-]{1,32}$", "description": "The Region of the key or key store. The default is that of the store." },
            "key": { "type": "string", "description": "The key to watch: its ID or an alias. With KeyStoreFailed and ProxyCertificateExpiring, a key in the key store. The default is all keys." },
            "keyStore": { "$ref": "#/$defs/text", "description": "With KeyStoreFailed and ProxyCertificateExpiring, the name of the custom key store to watch. The default is all." },
            "threshold": { "type": "integer", "minimum": 1, "maximum": 1000, "description": "The value at which the alarm goes off: refused calls within five minutes, failed key stores or orphaned key materials (1 to 1000, default 1); for KeyMaterialExpiring and ProxyCertificateExpiring, days before the expiration (1 to 365, default 30 and 10)." }
          },
          "required": ["name", "event"],
          "not": { "required": ["key", "keyStore"] },
          "dependentSchemas": {
            "keyStore": { "properties": { "event": { "enum": ["KeyStoreFailed", "ProxyCertificateExpiring"] } } },
            "region": { "anyOf": [{ "required": ["key"] }, { "required": ["keyStore"] }] }
          },
          "if": { "properties": { "event": { "enum": ["KeyMaterialExpiring", "ProxyCertificateExpiring"] } } },
          "then": { "properties": { "threshold": { "maximum": 365 } } }
        }
        """)]
    public void Schema_TheseParts_AreDescribedSo(string part, string expected) => Same(expected, Schema["$defs"]![part]!);

    [Theory]
    [InlineData(
        "cluster",
        "id",
        """{ "type": "string", "pattern": "^cluster-[2-7a-zA-Z]{11,16}$", "description": "The ID: cluster- and 11 to 16 characters." }""")]
    [InlineData("cluster", "tokens", """
        {
          "type": "array",
          "description": "The tokens, one per HSM: the label, or a mapping with the label and the library of this HSM, or with a PKCS#11 URI.",
          "items": { "anyOf": [{ "$ref": "#/$defs/text" }, { "$ref": "#/$defs/token" }] },
          "minItems": 1
        }
        """)]
    [InlineData("cluster", "pinFrom", """{ "$ref": "#/$defs/pinFrom" }""")]
    [InlineData("key", "id", """
        { "type": "string", "pattern": "^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$", "description": "The key ID. A new key gets it only in stores with a simulated clock." }
        """)]
    [InlineData("key", "usage", """
        { "enum": ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"], "description": "The key usage. Cannot be changed. Required for all except symmetric encryption keys." }
        """)]
    [InlineData("key", "aliases", """
        { "type": "array", "description": "The aliases. Without an id, the first one identifies the key.", "items": { "type": "string", "pattern": "^alias/" } }
        """)]
    [InlineData("key", "policy", """{ "type": ["string", "object"], "description": "The key policy: JSON text, or the same as YAML." }""")]
    [InlineData("key", "tags", """{ "type": "object", "description": "The tags. Other tags of the key are kept.", "additionalProperties": { "$ref": "#/$defs/text" } }""")]
    [InlineData("key", "replicas", """
        { "type": "array", "description": "The replicas of a multi-Region key in other Regions.", "items": { "$ref": "#/$defs/replica" } }
        """)]
    [InlineData("material", "hex", """{ "type": ["string", "number"], "description": "The bytes as hexadecimal digits." }""")]
    [InlineData(
        "grant",
        "name",
        """{ "type": "string", "pattern": "^[a-zA-Z0-9:/_-]+$", "maxLength": 256, "description": "The friendly name." }""")]
    public void Schema_TheseMembers_AreDescribedSo(string part, string member, string expected) =>
        Same(expected, Schema["$defs"]![part]!["properties"]![member]!);

    [Fact]
    public void Schema_EachMember_HasADescriptionAndEachReferenceATarget()
    {
        foreach (JsonObject part in Schema["$defs"]!.AsObject().Select(static part => part.Value!.AsObject()).Append(Schema)
            .Where(static part => part.ContainsKey("properties")))
        {
            Assert.False((bool)part["additionalProperties"]!);
            Assert.NotEmpty((string)part["description"]!);
            foreach ((string name, JsonNode? member) in part["properties"]!.AsObject())
            {
                string? target = (string?)(member!["$ref"] ?? member["items"]?["$ref"]);
                JsonNode? referred = target is null ? null : Schema["$defs"]![target["#/$defs/".Length..]];
                Assert.True(target is null || referred is not null, $"{name} refers to {target}");
                Assert.True(
                    !string.IsNullOrEmpty((string?)(member["description"] ?? referred?["description"])),
                    $"{name} has no description");
            }
        }
    }

    // What is new in a table must be in the text that the other tests hold against the estate, member by member.
    [Fact]
    public void Schema_EveryMember_IsReadAndWrittenByTheTests()
    {
        string[] all = [.. Schema["$defs"]!.AsObject().Append(KeyValuePair.Create<string, JsonNode?>("estate", Schema))
            .SelectMany(static part => part.Value!["properties"]?.AsObject().Select(member => $"{part.Key}.{member.Key}") ?? [])];
        string[] alternatives =
        [
            "cluster.pin", "pinFrom.file", "pinFrom.prompt", "secretFrom.file", "secretFrom.prompt", "material.base64",
        ];
        string[] secrets = ["cluster.pin", "key.material", "material.hex", "material.base64"];
        Assert.Equal(all.Except(alternatives).Order(), MembersOf(YamlEstateFormatTests.Everything).Order());
        using Estate estate = new YamlEstateFormat().Read(Text(YamlEstateFormatTests.Everything));
        Assert.Equal(all.Except(alternatives).Except(secrets).Order(), MembersOf(new YamlEstateFormat().Write(estate, null)).Order());
    }

    private static IEnumerable<string> MembersOf(string text) => MembersOf(EstateFormat.Instance, YamlTree.Read(Text(text), EstateFormat.Instance, new EstateErrors())).Distinct();

    private static IEnumerable<string> MembersOf(PartFormat part, YamlNode node) => node is not YamlMap map
        ? []
        : map.Entries.SelectMany(entry =>
        part.AllMembers.Single(member => member.Name == entry.Key).Parts
            .SelectMany(inner => entry.Value is YamlList list
                ? list.Items.SelectMany(item => MembersOf(inner, item))
                : MembersOf(inner, entry.Value))
            .Prepend($"{part.Name}.{entry.Key}"));

    private static MemoryStream Text(string text) => new(Encoding.UTF8.GetBytes(text));

    private static void Same(string expected, JsonNode described) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), described), $"This is described otherwise: {described.ToJsonString()}");
}
