using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Drops a value of another enumeration that happens to have the parameter's name: a KMS key that is piped to New-KmsDataKey has a
/// KeySpec, but it is not the KeySpec of a data key.
/// </summary>
/// <param name="enumeration">The enumeration whose names the parameter takes.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NamesOfAttribute(Type enumeration) : ArgumentTransformationAttribute
{
    /// <summary>The enumeration whose names the parameter takes.</summary>
    public Type Enumeration => enumeration;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = inputData is PSObject wrapper ? wrapper.BaseObject : inputData;
        return value is Enum && value.GetType() != enumeration ? null : inputData;
    }
}
