using System.Management.Automation;
using System.Net;
using System.Security;

namespace KmsTools.Binding;

/// <summary>
/// Accepts a SecureString or a credential where the API takes a password as text, so that it need not be typed in plaintext.
/// </summary>
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
