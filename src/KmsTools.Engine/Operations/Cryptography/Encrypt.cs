using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Encrypts up to 4096 bytes under a key. Source: Encrypt in the AWS KMS API.</summary>
public sealed record EncryptRequest : IKmsRequest<EncryptResponse>, IDryRunRequest
{
    /// <summary>Key ID, key ARN, alias name or alias ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>1-4096 bytes, fewer under an RSA key. The caller zeroes them.</summary>
    [Member(Required = true, Min = 1, Max = 4096, Sensitive = true)]
    public byte[]? Plaintext { get; init; }

    /// <summary>Authenticated with the ciphertext, and required again to decrypt. Recorded in plaintext. At most 8192 bytes. For
    /// symmetric keys only.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>The algorithm; SYMMETRIC_DEFAULT when absent.</summary>
    [Member(Values = typeof(EncryptionAlgorithmSpec), LoggedDefault = nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT))]
    public string? EncryptionAlgorithm { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The ciphertext.</summary>
public sealed record EncryptResponse
{
    /// <summary>The ciphertext, at most 6144 bytes.</summary>
    public required KmsBlob CiphertextBlob { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The algorithm.</summary>
    public required EncryptionAlgorithmSpec EncryptionAlgorithm { get; init; }
}

internal sealed class Encrypt : Operation<EncryptRequest, EncryptResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    internal override IReadOnlyDictionary<string, string>? ContextOf(EncryptRequest request, Permission permission) =>
        request.EncryptionContext;

    internal override ConditionValues? Fact(
        EncryptRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.EncryptionAlgorithm => Facts.Of(request.EncryptionAlgorithm ?? nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
        _ => null,
    };

    protected internal override void Validate(EncryptRequest request, OperationContext context) =>
        EncryptionContext.Require(request.EncryptionContext);

    protected internal override void Check(EncryptRequest request, OperationContext context)
    {
        EncryptionAlgorithmSpec algorithm = KeyCipher.Require(context.Key, request.EncryptionAlgorithm, request.EncryptionContext);
        KeyCipher.RequireRoom(context.Key, algorithm, request.Plaintext!.Length);
    }

    protected internal override EncryptResponse Handle(EncryptRequest request, OperationContext context)
    {
        Key key = context.Key;
        KeyCipher cipher = KeyCipher.Of(context, key, request.EncryptionAlgorithm, request.EncryptionContext);
        context.DescribeCustomKeyStore(key);
        context.Materials = new UsedMaterials { KeyMaterialId = cipher.CurrentMaterialId };
        context.EndDryRun();
        return new EncryptResponse
        {
            CiphertextBlob = new KmsBlob(cipher.Encrypt(request.Plaintext!)),
            KeyId = key.Arn,
            EncryptionAlgorithm = cipher.Algorithm,
        };
    }
}
