using System.Management.Automation;
using System.Net;
using System.Security;

namespace KmsTools.Binding;

/// <summary>Lets a SecureString or a credential be given where the API takes a password as text, so that nobody must type it in clear.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PlainTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapper ? wrapper.BaseObject : inputData) switch
        {
            SecureString secure => new NetworkCredential("", secure).Password,
            PSCredential credential => credential.GetNetworkCredential().Password,
            _ => inputData,
        };
}
