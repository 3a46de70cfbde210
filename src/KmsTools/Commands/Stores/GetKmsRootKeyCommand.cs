using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>Gets the generation of the root key that the store uses, and when it gets the next.</summary>
/// <remarks>
/// The root key wraps everything secret in the store. In AWS KMS, keys that are never shown have this task; they belong to AWS and are
/// not what the documentation of AWS calls AWS owned keys, which are KMS keys that AWS services use. See about_KmsTools_Security.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsRootKey
/// </code>
/// <para>Shows the number and the age of the generation. Nothing of the key itself is shown.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsRootKey).NextRotationDate
/// </code>
/// <para>Shows when the store rotates its root key by itself; nothing if it does not.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsRootKey", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsRootKey))]
public sealed class GetKmsRootKeyCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(KmsRootKey.Of(Engine.RootKey.Read(), Engine.RootKey.ReadSeal()));
}
