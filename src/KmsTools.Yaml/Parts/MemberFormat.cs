using System.Text.Json.Nodes;

namespace KmsTools.Yaml;

/// <summary>A member of a part of an estate.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">Its description, for editors; null if the part that it contains has one.</param>
/// <param name="isRequired">Whether it is required.</param>
internal abstract class MemberFormat(string name, string? description, bool isRequired)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether it is required.</summary>
    public bool IsRequired => isRequired;

    /// <summary>The parts of an estate that its value contains.</summary>
    public abstract IEnumerable<PartFormat> Parts { get; }

    /// <summary>Its JSON Schema.</summary>
    public JsonObject Describe()
    {
        JsonObject schema = new();
        DescribeValue(schema);
        if (description is not null)
        {
            schema["description"] = description;
        }

        return schema;
    }

    private protected abstract void DescribeValue(JsonObject schema);
}

/// <summary>A member of a part of an estate.</summary>
/// <typeparam name="TPart">What the part is in an estate.</typeparam>
internal abstract class MemberFormat<TPart>(string name, string? description, bool isRequired) : MemberFormat(name, description, isRequired)
{
    /// <summary>The part with the given value of the member.</summary>
    public abstract TPart Read(YamlObject given, TPart part);

    /// <summary>Writes the member if the part has a value for it.</summary>
    public abstract void Write(YamlWriter writer, TPart part);
}

/// <summary>A member of a part of an estate.</summary>
/// <typeparam name="TPart">What the part is in an estate.</typeparam>
/// <typeparam name="TValue">The type of its value.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="format">The format of its value.</param>
/// <param name="get">
/// Returns the value of a part, or null if it has none; null for a member that is never written, because it is secret.
/// </param>
/// <param name="set">Returns the part with a value that was read.</param>
/// <param name="description">What it means, for editors; null where the part that it holds says it.</param>
/// <param name="isRequired">Whether it must be given.</param>
internal sealed class MemberFormat<TPart, TValue>(
    string name,
    ValueFormat<TValue> format,
    Func<TPart, TValue?>? get,
    Func<TPart, TValue, TPart> set,
    string? description,
    bool isRequired)
    : MemberFormat<TPart>(name, description, isRequired)
    where TValue : class
{
    /// <inheritdoc/>
    public override IEnumerable<PartFormat> Parts => format.Parts;

    /// <inheritdoc/>
    public override TPart Read(YamlObject given, TPart part) => given.Read(Name, format) is { } value ? set(part, value) : part;

    /// <inheritdoc/>
    public override void Write(YamlWriter writer, TPart part)
    {
        if (get?.Invoke(part) is { } value && !format.IsEmpty(value))
        {
            writer.Plain(Name);
            format.Write(writer, value);
        }
    }

    private protected override void DescribeValue(JsonObject schema) => format.Describe(schema);
}
