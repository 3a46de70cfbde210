using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KmsTools.XksProxy.Labs;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The schema for editors, held against what is read.</summary>
public sealed class ConfigurationSchemaTests(ConfigurationFolder folder) : IClassFixture<ConfigurationFolder>
{
    private static readonly JsonObject Schema = JsonNode.Parse(ProxyConfiguration.Schema)!.AsObject();

    [Fact]
    public void Schema_Parts_AreThoseOfTheConfiguration()
    {
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)Schema["$schema"]);
        Assert.Equal("KmsTools XKS proxy", (string?)Schema["title"]);
        Assert.Equal(
            "version, address, port, allowPlainHttp, tls, metrics, logFile, fleetSize, stopDelaySeconds, limits, tokens, keyStores",
            string.Join(", ", Schema["properties"]!.AsObject().Select(static member => member.Key)));
        Assert.Equal("tokens, keyStores", string.Join(", ", Schema["required"]!.AsArray().Select(static name => (string?)name)));
        Assert.Equal(
            ["credential", "formerKey", "healthKey", "key", "keyStore", "limits", "rule", "secret", "text", "tls", "token"],
            Schema["$defs"]!.AsObject().Select(static part => part.Key).Order());
        Assert.EndsWith("}\n", ProxyConfiguration.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void Schema_EveryMember_IsInTheConfigurationWithEveryMember()
    {
        IEnumerable<string> described = Schema["$defs"]!.AsObject().Append(new("configuration", Schema))
            .SelectMany(static part => part.Value!["properties"]?.AsObject().Select(member => $"{part.Key}.{member.Key}") ?? []);

        // Those that exclude others there.
        string[] elsewhere = ["configuration.allowPlainHttp", "healthKey.label", "healthKey.uri", "key.uri", "formerKey.label", "formerKey.ckaId"];
        Assert.Equal(described.Except(elsewhere).Order(), MembersOf(ProxyFormat.Instance, NodeOf(ConfigurationFolder.Everything)).Distinct().Order());
    }

    [Theory]
    [InlineData(ConfigurationFolder.Good)]
    [InlineData(ConfigurationFolder.Everything)]
    public void Schema_ConfigurationThatIsRead_IsValid(string text)
    {
        _ = folder.Read(text);
        Assert.Null(Fault(Schema, ToJson(NodeOf(text))));
    }

    [Theory]
    [InlineData("name: lab", "nam: lab")]
    [InlineData("    library: library.so\n", "")]
    [InlineData("    label: lab\n", "")]
    [InlineData("    label: lab\n", "    label: lab\n    uri: pkcs11:token=x\n")]
    [InlineData("    pinFrom: { file: pin }\n", "")]
    [InlineData("{ file: pin }", "{ file: pin, environment: X }")]
    [InlineData("{ file: pin }", "{ credential: a/b }")]
    [InlineData("healthKey: { label: health }", "healthKey: { }")]
    [InlineData("healthKey: { label: health }", "healthKey: { label: a, ckaId: ab }")]
    [InlineData("healthKey: { label: health }", "maxSessions: 0")]
    [InlineData("healthKey: { label: health }", "hsmMakesIv: perhaps")]
    [InlineData("prefix: /orders", "prefix: orders/")]
    [InlineData("regions: [us-east-1]", "regions: []")]
    [InlineData("regions: [us-east-1]", "regions: us-east-1")]
    [InlineData("AAAAABBBBBCCCCCDDDDD", "AAAAA")]
    [InlineData("        secretFrom: { file: secret }\n", "")]
    [InlineData("id: one", "id: o/ne")]
    [InlineData("label: one", "usage: encrypt")]
    [InlineData("label: one", "label: one\n        version: 300")]
    [InlineData("label: one", "label: one\n    rules: [{ name: a }]")]
    [InlineData("tokens:", "version: 2\ntokens:")]
    [InlineData("tokens:", "port: 70000\ntokens:")]
    [InlineData("tokens:", "tls: { certificate: cert.pem }\nallowPlainHttp: true\ntokens:")]
    [InlineData("tokens:", "tls: { certificate: cert.pem, clientNames: [a] }\ntokens:")]
    public void Schema_ConfigurationOfAnotherForm_IsRefusedByBoth(string line, string instead)
    {
        string text = ConfigurationFolder.Good.Replace(line, instead, StringComparison.Ordinal);
        Assert.NotNull(Fault(Schema, ToJson(NodeOf(text))));
        if (!instead.Contains("a/b", StringComparison.Ordinal))
        {
            _ = folder.Refusal(text);
        }
    }

    private static YamlNode NodeOf(string text) =>
        YamlTree.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), ProxyFormat.Instance, new EstateErrors());

    private static IEnumerable<string> MembersOf(PartFormat part, YamlNode node) => node is not YamlMap map ? [] : map.Entries.SelectMany(entry =>
    {
        MemberFormat member = part.AllMembers.Single(member => member.Name == entry.Key);
        IEnumerable<YamlNode> values = entry.Value is YamlList list ? list.Items : [entry.Value];
        return member.Parts.SelectMany(inner => values.SelectMany(value => MembersOf(inner, value))).Prepend($"{part.Name}.{member.Name}");
    });

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(static entry => KeyValuePair.Create(entry.Key, ToJson(entry.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlText { Flag: { } flag } => flag,
        YamlText { IsPlain: true } text when long.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        YamlText text => text.Text,
        _ => null,
    };

    // What the schema says against a value, by the keywords that schemas of ours have; null if it allows it.
    private static string? Fault(JsonObject schema, JsonNode? value)
    {
        foreach ((string keyword, JsonNode? rule) in schema)
        {
            bool isGood = keyword switch
            {
                "$ref" => Fault(Schema["$defs"]![((string)rule!)["#/$defs/".Length..]]!.AsObject(), value) is null,
                "type" => (rule as JsonArray ?? [rule!.DeepClone()]).Any(type => IsOf((string)type!, value)),
                "enum" => rule!.AsArray().Any(allowed => JsonNode.DeepEquals(allowed, value)),
                "const" => (rule!.ToJsonString() == value?.ToJsonString()),
                "pattern" => Regex.IsMatch(value!.ToString(), (string)rule!),
                "minimum" => value!.GetValue<long>() >= (long)rule!,
                "maximum" => value!.GetValue<long>() <= (long)rule!,
                "minItems" => value!.AsArray().Count >= (int)rule!,
                "items" => value!.AsArray().All(item => Fault(rule!.AsObject(), item) is null),
                "required" => rule!.AsArray().All(name => value!.AsObject().ContainsKey((string)name!)),
                "minProperties" => value!.AsObject().Count >= (int)rule!,
                "maxProperties" => value!.AsObject().Count <= (int)rule!,
                "properties" => value!.AsObject().All(
                    member => rule![member.Key] is not JsonObject described || Fault(described, member.Value) is null),
                "additionalProperties" => value!.AsObject().All(member => schema["properties"]!.AsObject().ContainsKey(member.Key)),
                "not" => Fault(rule!.AsObject(), value) is not null,
                "anyOf" => rule!.AsArray().Any(one => Fault(one!.AsObject(), value) is null),
                "oneOf" => rule!.AsArray().Count(one => Fault(one!.AsObject(), value) is null) == 1,
                "dependentRequired" => rule!.AsObject().All(pair => !value!.AsObject().ContainsKey(pair.Key)
                    || pair.Value!.AsArray().All(name => value.AsObject().ContainsKey((string)name!))),
                "$schema" or "title" or "description" or "default" or "format" or "$defs" => true,
                _ => throw new NotSupportedException(keyword),
            };
            if (!isGood)
            {
                return keyword;
            }
        }

        return null;
    }

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind()) switch
    {
        ("object", System.Text.Json.JsonValueKind.Object) or ("array", System.Text.Json.JsonValueKind.Array)
            or ("string", System.Text.Json.JsonValueKind.String) or ("number" or "integer", System.Text.Json.JsonValueKind.Number)
            or ("boolean", System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False) => true,
        _ => false,
    };
}
