using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Gets information about a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsKey alias/orders
/// </code>
/// <para>Gets the key that an alias refers to.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKey | Where-Object KeyState -eq PendingDeletion
/// </code>
/// <para>Gets the keys that are pending deletion.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKey")]
[OutputType(typeof(KeyMetadata))]
public sealed class GetKmsKeyCommand : KeyQueryCmdlet<DescribeKeyRequest, DescribeKeyResponse>
{
    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    public string[]? GrantToken { get; set; }

    private protected override string? DefaultSelect => nameof(DescribeKeyResponse.KeyMetadata);

    private protected override DescribeKeyRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        GrantTokens = GrantToken,
    };
}
