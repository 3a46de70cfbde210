using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Tells about a KMS key.</summary>
/// <example>
/// <code>
/// Get-KmsKey alias/orders
/// </code>
/// <para>Shows the key that an alias names.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyList | Get-KmsKey | Where-Object KeyState -eq PendingDeletion
/// </code>
/// <para>Finds the keys that wait for their deletion.</para>
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
