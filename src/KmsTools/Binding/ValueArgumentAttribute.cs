using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Takes a value, also as the text of a row, such as true. Anything else is refused: PowerShell leaves out what it cannot convert where it
/// comes from a property of an object in the pipeline, and the call would be made without it. An empty text is a cell that was left empty.
/// </summary>
/// <param name="type">The type of the value: <see cref="bool"/> or <see cref="int"/>.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValueArgumentAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => NamedMember.Unwrap(inputData) switch
    {
        null or "" => null,
        string text when type == typeof(bool) => bool.TryParse(text, out bool flag) ? flag : throw Refusal($"'{text}'"),
        var value => LanguagePrimitives.TryConvertTo(value, type, out object? converted) ? converted
            : throw Refusal(value is string ? $"'{value}'" : $"an object of the type {NamedMember.TypeOf(PSObject.AsPSObject(value))}"),
    };

    private ArgumentTransformationMetadataException Refusal(string given) =>
        new($"{(type == typeof(bool) ? "$true or $false" : "A whole number")} is asked for, and {given} was given.");
}
