using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Generates a data key and returns it in plaintext and encrypted under a key. Source: GenerateDataKey in the AWS KMS API.
/// </summary>
public sealed record GenerateDataKeyRequest : IKmsRequest<GenerateDataKeyResponse>, IDryRunRequest
{
    /// <summary>Key ID, key ARN, alias name or alias ARN of a symmetric encryption key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>Authenticated with the encrypted data key, and required again to decrypt it. Recorded in plaintext.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>The length in bytes, 1-1024. Either this or <see cref="KeySpec"/>.</summary>
    [Member(Min = 1, Max = 1024)]
    public int? NumberOfBytes { get; init; }

    /// <summary>The length by name. Either this or <see cref="NumberOfBytes"/>.</summary>
    [Member(Values = typeof(DataKeySpec))]
    public string? KeySpec { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Encrypts the response to a Nitro enclave. Not supported here.</summary>
    [Member]
    public RecipientInfo? Recipient { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The data key.</summary>
public sealed record GenerateDataKeyResponse
{
    /// <summary>The data key encrypted under the KMS key.</summary>
    public required KmsBlob CiphertextBlob { get; init; }

    /// <summary>The data key in plaintext.</summary>
    public KmsSecretBlob? Plaintext { get; init; }

    /// <summary>The ARN of the KMS key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The data key encrypted to an enclave. Always null here.</summary>
    public KmsBlob? CiphertextForRecipient { get; init; }

    /// <summary>The material that encrypted the data key.</summary>
    public string? KeyMaterialId { get; init; }
}

internal sealed class GenerateDataKey : Operation<GenerateDataKeyRequest, GenerateDataKeyResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    internal override IReadOnlyDictionary<string, string>? ContextOf(GenerateDataKeyRequest request, Permission permission) =>
        request.EncryptionContext;

    internal override ConditionValues? Fact(
        GenerateDataKeyRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.EncryptionAlgorithm => Facts.Of(nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
        _ => null,
    };

    protected internal override void Validate(GenerateDataKeyRequest request, OperationContext context)
    {
        DataKey.RequireLength(request.NumberOfBytes, request.KeySpec);
        EncryptionContext.Require(request.EncryptionContext);
        Recipients.Refuse(request.Recipient);
    }

    protected internal override void Check(GenerateDataKeyRequest request, OperationContext context) =>
        KeyCipher.RequireDataKeys(context.Key);

    protected internal override GenerateDataKeyResponse Handle(GenerateDataKeyRequest request, OperationContext context)
    {
        KeyCipher cipher = KeyCipher.Of(context, context.Key, null, request.EncryptionContext);
        context.DescribeCustomKeyStore(context.Key);
        context.Materials = new UsedMaterials { KeyMaterialId = cipher.CurrentMaterialId };
        context.EndDryRun();
        using Secret dataKey = DataKey.Generate(request.NumberOfBytes, request.KeySpec);
        return dataKey.Use(bytes => new GenerateDataKeyResponse
        {
            CiphertextBlob = new KmsBlob(cipher.Encrypt(bytes)),
            Plaintext = new KmsSecretBlob(bytes.ToArray()),
            KeyId = context.Key.Arn,
            KeyMaterialId = cipher.CurrentMaterialId,
        });
    }
}
