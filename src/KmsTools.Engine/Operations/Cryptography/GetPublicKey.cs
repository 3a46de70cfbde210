using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Gets the public key of an asymmetric key. Source: GetPublicKey in the AWS KMS API.</summary>
public sealed record GetPublicKeyRequest : IKmsRequest<GetPublicKeyResponse>
{
    /// <summary>Key ID, key ARN, alias name or alias ARN of an asymmetric key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }
}

/// <summary>The public key.</summary>
public sealed record GetPublicKeyResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The public key: SubjectPublicKeyInfo (DER, RFC 5280).</summary>
    public required KmsBlob PublicKey { get; init; }

    /// <summary>The key spec, under its old name.</summary>
    public required KeySpec CustomerMasterKeySpec { get; init; }

    /// <summary>The key spec.</summary>
    public required KeySpec KeySpec { get; init; }

    /// <summary>What the key is for.</summary>
    public required KeyUsageType KeyUsage { get; init; }

    /// <summary>The encryption algorithms; null unless the key is for encryption.</summary>
    public IReadOnlyList<EncryptionAlgorithmSpec>? EncryptionAlgorithms { get; init; }

    /// <summary>The signing algorithms; null unless the key is for signing.</summary>
    public IReadOnlyList<SigningAlgorithmSpec>? SigningAlgorithms { get; init; }

    /// <summary>The key agreement algorithms; null unless the key is for key agreement.</summary>
    public IReadOnlyList<KeyAgreementAlgorithmSpec>? KeyAgreementAlgorithms { get; init; }
}

internal sealed class GetPublicKey : Operation<GetPublicKeyRequest, GetPublicKeyResponse>
{
    public override bool ReadOnly => true;

    protected internal override bool UsesMaterial => true;

    protected internal override void Check(GetPublicKeyRequest request, OperationContext context)
    {
        if (!context.Key.KeySpec.IsAsymmetric)
        {
            throw KmsErrors.NoPublicKey(context.Key);
        }
    }

    protected internal override GetPublicKeyResponse Handle(GetPublicKeyRequest request, OperationContext context)
    {
        Key key = context.Key;
        using PrivateKeyPool.Lease<PrivateKey> lease = context.Services.Software.Borrow<PrivateKey>(key);
        return new GetPublicKeyResponse
        {
            KeyId = key.Arn,
            PublicKey = new KmsBlob(lease.Key.ExportPublicKey()),
            CustomerMasterKeySpec = key.KeySpec,
            KeySpec = key.KeySpec,
            KeyUsage = key.KeyUsage,
            EncryptionAlgorithms = key.EncryptionAlgorithms,
            SigningAlgorithms = key.SigningAlgorithms,
            KeyAgreementAlgorithms = key.KeyAgreementAlgorithms,
        };
    }
}
