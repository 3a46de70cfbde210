using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A part of an estate that is written as text if text can express all of it.</summary>
/// <typeparam name="T">The type of the part in an estate.</typeparam>
/// <param name="part">The part.</param>
/// <param name="make">Creates the part from text.</param>
/// <param name="find">Returns the text that expresses all of the part, or null.</param>
internal sealed class TextOrPartFormat<T>(
    PartFormat<T> part,
    Func<Located<string>, T> make,
    Func<T, Located<string>?> find) : ValueFormat<T>
    where T : class
{
    /// <inheritdoc/>
    public override IEnumerable<PartFormat> Parts => [part];

    /// <inheritdoc/>
    public override T? Read(YamlNode node, string what, EstateErrors errors) => node switch
    {
        YamlMap => part.Read(node, errors),
        YamlText => Value.Text.Read(node, what, errors) is { } text ? make(text) : null,
        _ => Wrong(
            errors,
            node.Position,
            $"{what} must be text, or a mapping with some of these members: {string.Join(", ", part.MemberNames)}."),
    };

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, T value)
    {
        if (find(value) is { } text)
        {
            Value.Text.Write(writer, text);
        }
        else
        {
            part.Write(writer, value);
        }
    }

    /// <inheritdoc/>
    public override bool IsText(T value) => find(value) is not null;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) => schema["anyOf"] = new JsonArray(
        new JsonObject { ["$ref"] = $"#/$defs/{TextFormat.Any}" }, new JsonObject { ["$ref"] = $"#/$defs/{part.Name}" });
}
