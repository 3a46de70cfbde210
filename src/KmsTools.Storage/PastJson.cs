using System.Text.Json;
using System.Text.Json.Serialization;

namespace KmsTools.Storage;

/// <summary>Items as JSON, in which their past values are kept: whatever properties keys, aliases and grants have.</summary>
internal static class PastJson
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Writes a key without what the store derives, and without the bytes of its materials: no copy outlives them.</summary>
    public static string Write(Key key) => JsonSerializer.Serialize(
        key with
        {
            CustomKeyStore = null,
            RelatedKeys = [],
            Materials = [.. key.Materials.Select(static material => material with { Wrapped = [] })],
        },
        s_options);

    public static string Write(KeyAlias alias) => JsonSerializer.Serialize(alias, s_options);

    public static string Write(Grant grant) => JsonSerializer.Serialize(grant, s_options);

    public static T Read<T>(string json)
        where T : class => JsonSerializer.Deserialize<T>(json, s_options)!;
}
