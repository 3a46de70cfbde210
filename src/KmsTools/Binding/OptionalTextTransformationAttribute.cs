using System.Management.Automation;
using System.Management.Automation.Language;

namespace KmsTools.Binding;

/// <summary>
/// A text that an object in the pipeline may have or not: its null is a null, where PowerShell makes an empty text of it. An empty text,
/// which is a variable that was not set, is refused.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionalTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            null => NullString.Value,
            "" => throw new ArgumentTransformationMetadataException("The argument is empty."),
            _ => inputData!,
        };
}
