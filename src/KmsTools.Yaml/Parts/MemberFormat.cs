using System.Text.Json.Nodes;

namespace KmsTools.Yaml;

/// <summary>A member of a part of an estate.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it means, for editors; null where the part that it holds says it.</param>
/// <param name="isRequired">Whether it must be given.</param>
internal abstract class MemberFormat(string name, string? description, bool isRequired)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether it must be given.</summary>
    public bool IsRequired => isRequired;

    /// <summary>The parts of an estate that its value has.</summary>
    public abstract IEnumerable<PartFormat> Parts { get; }

    /// <summary>Its JSON Schema.</summary>
    public JsonObject Describe()
    {
        var schema = new JsonObject();
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
    /// <summary>The part with what is given of the member.</summary>
    public abstract TPart Read(YamlObject given, TPart part);

    /// <summary>Writes the member, if the part says anything of it.</summary>
    public abstract void Write(YamlWriter writer, TPart part);
}

/// <summary>A member of a part of an estate.</summary>
/// <typeparam name="TPart">What the part is in an estate.</typeparam>
/// <typeparam name="TValue">What its value is.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="format">The kind of its value.</param>
/// <param name="get">The value of a part, or null where it says nothing; null for a member that is never written, because it is secret.</param>
/// <param name="set">The part with a value that was read.</param>
/// <param name="description">What it means, for editors; null where the part that it holds says it.</param>
/// <param name="isRequired">Whether it must be given.</param>
internal sealed class MemberFormat<TPart, TValue>(
    string name, ValueFormat<TValue> format, Func<TPart, TValue?>? get, Func<TPart, TValue, TPart> set, string? description, bool isRequired)
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
