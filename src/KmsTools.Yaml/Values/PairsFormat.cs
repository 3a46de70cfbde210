using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A pair of texts.</summary>
/// <param name="Position">The position of its name.</param>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
internal sealed record YamlPair(SourcePosition Position, string Name, string Value);

/// <summary>Pairs of texts, with different names.</summary>
internal sealed class PairsFormat : ValueFormat<IReadOnlyList<YamlPair>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<YamlPair>? Read(YamlNode node, string what, EstateErrors errors) => node is YamlMap map
        ? [.. map.Entries.Select(pair => Read(pair, what, errors)).OfType<YamlPair>()]
        : Wrong(errors, node.Position, $"{what} must be a mapping of names to texts.");

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, IReadOnlyList<YamlPair> value) => writer.Map(() =>
    {
        foreach (YamlPair pair in value)
        {
            writer.Text(pair.Name);
            writer.Text(pair.Value);
        }
    });

    /// <inheritdoc/>
    public override bool IsEmpty(IReadOnlyList<YamlPair> value) => value.Count == 0;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        JsonObject values = new();
        Value.Text.Describe(values);
        schema["type"] = "object";
        schema["additionalProperties"] = values;
    }

    private static YamlPair? Read(YamlEntry pair, string what, EstateErrors errors)
    {
        string name = $"'{pair.Key}' of {what}";
        if (pair.Value is YamlText { IsNull: true })
        {
            errors.Add(new EstateError(pair.Value.Position, $"{name} has no value. Empty text is \"\"."));
            return null;
        }

        return Value.Text.Read(pair.Value, name, errors) is { } value ? new YamlPair(pair.Position, pair.Key, value.Value) : null;
    }
}
