using System.Text.Json.Nodes;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A type of value: how it is read and written, and how the schema describes it.</summary>
/// <typeparam name="T">The type of the value in an estate.</typeparam>
internal abstract class ValueFormat<T>
    where T : class
{
    /// <summary>The parts of an estate that the value contains.</summary>
    public virtual IEnumerable<PartFormat> Parts => [];

    /// <summary>Reads a value.</summary>
    /// <param name="node">The value in the text.</param>
    /// <param name="what">Its name in error messages, such as <c>'region'</c>.</param>
    /// <param name="errors">Receives the errors.</param>
    /// <returns>The value, or null if it is not valid.</returns>
    public abstract T? Read(YamlNode node, string what, EstateErrors errors);

    /// <summary>Writes a value.</summary>
    public abstract void Write(YamlWriter writer, T value);

    /// <summary>Whether the value is empty, so that it is not written.</summary>
    public virtual bool IsEmpty(T value) => false;

    /// <summary>Whether the value is written as text rather than as a mapping.</summary>
    public virtual bool IsText(T value) => true;

    /// <summary>Adds the keywords of JSON Schema (draft 2020-12) that describe the values.</summary>
    public abstract void Describe(JsonObject schema);

    /// <summary>Adds an error.</summary>
    /// <returns>Null, for the value that is not valid.</returns>
    private protected static T? Wrong(EstateErrors errors, SourcePosition position, string message)
    {
        errors.Add(new EstateError(position, message));
        return null;
    }
}
