using System.Text.Json.Nodes;

namespace KmsTools.Yaml;

/// <summary>One part of an estate.</summary>
/// <typeparam name="T">The type of the part in an estate.</typeparam>
/// <param name="part">The part.</param>
internal sealed class SinglePartFormat<T>(PartFormat<T> part) : ValueFormat<T>
    where T : class
{
    /// <inheritdoc/>
    public override IEnumerable<PartFormat> Parts => [part];

    /// <inheritdoc/>
    public override T? Read(YamlNode node, string what, EstateErrors errors) => part.Read(node, errors);

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, T value) => part.Write(writer, value);

    /// <inheritdoc/>
    public override bool IsText(T value) => false;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema) => schema["$ref"] = $"#/$defs/{part.Name}";
}
