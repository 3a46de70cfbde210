using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets the public key of an asymmetric KMS key.</summary>
/// <example>
/// <code>
/// $rsa = [Security.Cryptography.RSA]::Create()
/// $read = 0
/// $rsa.ImportSubjectPublicKeyInfo((Get-KmsPublicKey alias/release -Select PublicKey).ToArray(), [ref] $read)
/// $rsa.ExportSubjectPublicKeyInfoPem()
/// </code>
/// <para>Shows the public key of an RSA key as PEM.</para>
/// </example>
/// <example>
/// <code>
/// [IO.File]::WriteAllBytes('/tmp/release.der', (Get-KmsPublicKey alias/release).PublicKey.ToArray())
/// </code>
/// <para>Writes the public key (SubjectPublicKeyInfo, DER) to a file.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsPublicKey", HelpUri = HelpPages.Api + "GetPublicKey.html")]
[OutputType(typeof(GetPublicKeyResponse))]
public sealed class GetKmsPublicKeyCommand : KeyQueryCmdlet<GetPublicKeyRequest, GetPublicKeyResponse>
{
    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    private protected override GetPublicKeyRequest CreateRequest() => new() { KeyId = KeyId, GrantTokens = GrantToken };
}
