using System.Text.Json.Nodes;

namespace KmsTools.Yaml;

/// <summary>A list: on one line if all its items are text.</summary>
/// <typeparam name="T">The type of an item in an estate.</typeparam>
/// <param name="item">The type of its items.</param>
/// <param name="emptyRefusal">The message for an empty list, or null if it is allowed.</param>
internal sealed class ListFormat<T>(ValueFormat<T> item, string? emptyRefusal) : ValueFormat<IReadOnlyList<T>>
    where T : class
{
    /// <summary>Whether an empty list means something else than none, so that it is written.</summary>
    public bool WritesEmpty { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<PartFormat> Parts => item.Parts;

    /// <inheritdoc/>
    public override IReadOnlyList<T>? Read(YamlNode node, string what, EstateErrors errors)
    {
        if (node is not YamlList list)
        {
            return Wrong(errors, node.Position, $"{what} must be a list: lines that begin with '- '.");
        }

        return list.Items.IsEmpty && emptyRefusal is not null
            ? Wrong(errors, list.Position, emptyRefusal)
            : [.. list.Items.Select(node => item.Read(node, $"An item of {what}", errors)).OfType<T>()];
    }

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, IReadOnlyList<T> value) => writer.List(value.All(item.IsText), () =>
    {
        foreach (T one in value)
        {
            item.Write(writer, one);
        }
    });

    /// <inheritdoc/>
    public override bool IsEmpty(IReadOnlyList<T> value) => value.Count == 0 && !WritesEmpty;

    /// <inheritdoc/>
    public override bool IsText(IReadOnlyList<T> value) => false;

    /// <inheritdoc/>
    public override void Describe(JsonObject schema)
    {
        JsonObject items = new();
        item.Describe(items);
        schema["type"] = "array";
        schema["items"] = items;
        if (emptyRefusal is not null)
        {
            schema["minItems"] = 1;
        }
    }
}
