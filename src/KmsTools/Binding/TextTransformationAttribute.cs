using System.Management.Automation;
using System.Management.Automation.Internal;
using System.Management.Automation.Language;

namespace KmsTools.Binding;

/// <summary>
/// Takes text, and values whose text is what they are: numbers, dates, names of enumerations, URLs. Any other object is refused, because
/// PowerShell would make a text of it that says nothing, such as <c>System.Collections.Hashtable</c>, which would become a description or
/// the name of something new.
/// </summary>
/// <param name="properties">The properties by which objects are taken too, in the order in which they are tried; none by default.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TextTransformationAttribute(params string[] properties) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        LanguagePrimitives.GetEnumerable(inputData) is { } items ? items.Cast<object?>().Select(Take).ToArray() : Take(inputData);

    private object? Take(object? input)
    {
        if (ReferenceEquals(input, AutomationNull.Value))
        {
            return null;
        }

        if (input is null or NullString)
        {
            return input;
        }

        PSObject value = PSObject.AsPSObject(input);
        return TextValue.Is(input) ? value.BaseObject is PSCustomObject ? value.ToString() : input
            : properties.Select(name => NamedMember.Of(value, name)).OfType<string>().FirstOrDefault()
            ?? throw new ArgumentTransformationMetadataException(
                $"Text is asked for, and an object of the type {NamedMember.TypeOf(value)} was given. "
                    + $"Give the property of it that is meant{TextValue.WhereIn(value)}.");
    }
}
