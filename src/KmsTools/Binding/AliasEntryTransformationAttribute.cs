using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Binding;

/// <summary>
/// Takes an alias as Get-KmsAliasList returns it, also where only its text is left, after JSON or a job: it says of which Region it is, which
/// its name does not. Anything else is left to other parameters.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class AliasEntryTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        inputData is PSObject { BaseObject: PSCustomObject } remains
            && Text(remains, nameof(AliasListEntry.AliasName)) is { } name
            && Text(remains, nameof(AliasListEntry.AliasArn)) is { } arn
            ? new AliasListEntry { AliasName = name, AliasArn = arn }
            : inputData;

    private static string? Text(PSObject value, string property) =>
        value.Properties[property]?.Value is { } text && LanguagePrimitives.ConvertTo<string>(text) is { Length: > 0 } found ? found : null;
}
