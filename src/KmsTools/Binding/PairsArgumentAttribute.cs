using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Takes names with values as a hashtable, another dictionary, or an object that has them as properties, such as JSON. Anything else is
/// refused: PowerShell leaves out what it cannot convert where it comes from a property of an object in the pipeline.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PairsArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => NamedMember.Unwrap(inputData) switch
    {
        null => null,
        Hashtable table => table,
        IDictionary pairs => new Hashtable(pairs, StringComparer.Ordinal),
        PSObject { BaseObject: PSCustomObject } bag when NamedMember.IsBag(bag) => NamedMember.TableOf(bag),
        _ => throw new ArgumentTransformationMetadataException(
            "Names with their values are asked for, such as @{ tenant = 'a' }, "
                + $"and an object of the type {NamedMember.TypeOf(PSObject.AsPSObject(inputData))} was given."),
    };
}
