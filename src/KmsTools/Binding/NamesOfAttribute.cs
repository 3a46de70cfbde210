using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Takes the names of an enumeration as AWS.Tools does: in any case, and sends them in the spelling of AWS. A name that the enumeration
/// does not have is left for the service to refuse.
/// </summary>
/// <remarks>
/// A value of another enumeration that happens to have the parameter's name is dropped: a KMS key that is piped to New-KmsDataKey has a
/// KeySpec, but it is not the KeySpec of a data key.
/// </remarks>
/// <param name="enumeration">The enumeration whose names the parameter takes.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamesOfAttribute(Type enumeration) : ArgumentTransformationAttribute
{
    private readonly string[] _names = Enum.GetNames(enumeration);

    /// <summary>The enumeration whose names the parameter takes.</summary>
    public Type Enumeration => enumeration;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapper ? wrapper.BaseObject : inputData) switch
        {
            Enum value when value.GetType() != enumeration => null,
            string text => Array.Find(_names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? inputData,
            _ => inputData,
        };
}
