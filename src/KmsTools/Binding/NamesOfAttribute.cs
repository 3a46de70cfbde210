using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Ignores a value of another enumeration that happens to have the name of the parameter: a KMS key that is piped to New-KmsDataKey has a
/// KeySpec, but it is not the KeySpec of a data key.
/// </summary>
/// <param name="enumeration">The enumeration whose names the parameter accepts.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamesOfAttribute(Type enumeration) : ArgumentTransformationAttribute
{
    /// <summary>The enumeration whose names the parameter accepts.</summary>
    public Type Enumeration => enumeration;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        return value is Enum && value.GetType() != enumeration ? null : inputData;
    }
}
