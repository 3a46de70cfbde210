using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>True or false.</summary>
internal sealed class FlagFormat : ValueFormat<Located<bool>>
{
    /// <summary>The default value; null if it depends on other members.</summary>
    public bool? Default { get; init; }

    /// <summary>The only value that is allowed, or null. The part that contains it refuses the other.</summary>
    public bool? Only { get; init; }

    /// <inheritdoc/>
    public override Located<bool>? Read(YamlNode node, string what, EstateErrors errors) => node is YamlText { Flag: { } flag }
        ? new Located<bool>(flag, node.Position)
        : Wrong(errors, node.Position, $"{what} must be true or false.");

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, Located<bool> value) => writer.Plain(value.Value ? "true" : "false");

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        if (Only is { } only)
        {
            schema["const"] = only;
            return;
        }

        schema["type"] = "boolean";
        if (Default is { } absent)
        {
            schema["default"] = absent;
        }
    }
}
