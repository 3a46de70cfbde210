using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Gets information about a key. Source: DescribeKey in the AWS KMS API.</summary>
public sealed record DescribeKeyRequest : IKmsRequest<DescribeKeyResponse>
{
    /// <summary>Key ID, key ARN, alias name or alias ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }
}

/// <summary>The key.</summary>
public sealed record DescribeKeyResponse
{
    /// <summary>The metadata of the key.</summary>
    public required KeyMetadata KeyMetadata { get; init; }
}

internal sealed class DescribeKey : Operation<DescribeKeyRequest, DescribeKeyResponse>
{
    public override bool ReadOnly => true;

    protected internal override DescribeKeyResponse Handle(DescribeKeyRequest request, OperationContext context) =>
        new() { KeyMetadata = KeyMetadata.Of(context.Key) };
}
