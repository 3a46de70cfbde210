using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A kind of value: how it is read and written, and how the schema describes it.</summary>
/// <typeparam name="T">What a value is in an estate.</typeparam>
internal abstract class ValueFormat<T>
    where T : class
{
    /// <summary>The parts of an estate that the value has.</summary>
    public virtual IEnumerable<PartFormat> Parts => [];

    /// <summary>Reads a value.</summary>
    /// <param name="node">The value as it stands in the text.</param>
    /// <param name="what">What it is called in errors, such as <c>'region'</c>.</param>
    /// <param name="errors">Gets what is wrong with it.</param>
    /// <returns>The value, or null when it is wrong.</returns>
    public abstract T? Read(YamlNode node, string what, List<EstateError> errors);

    /// <summary>Writes a value.</summary>
    public abstract void Write(YamlWriter writer, T value);

    /// <summary>Whether the value says nothing, so that it is not written.</summary>
    public virtual bool IsEmpty(T value) => false;

    /// <summary>Whether the value is written as text, and not as a mapping.</summary>
    public virtual bool IsText(T value) => true;

    /// <summary>Adds the keywords of JSON Schema (draft 2020-12) that describe the values.</summary>
    public abstract void Describe(JsonObject schema);

    /// <summary>Notes an error.</summary>
    /// <returns>Null, the value that is wrong.</returns>
    private protected static T? Wrong(List<EstateError> errors, SourcePosition position, string message)
    {
        errors.Add(new EstateError(position, message));
        return null;
    }
}
