using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Generates an asymmetric data key pair and returns the private key in plaintext and encrypted under a key. Source:
/// GenerateDataKeyPair in the AWS KMS API.
/// </summary>
public sealed record GenerateDataKeyPairRequest : IKmsRequest<GenerateDataKeyPairResponse>, IDryRunRequest
{
    /// <summary>Authenticated with the encrypted private key, and required again to decrypt it. Recorded in plaintext.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Key ID, key ARN, alias name or alias ARN of a symmetric encryption key outside custom key stores.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The type of key pair.</summary>
    [Member(Required = true, Values = typeof(DataKeyPairSpec))]
    public string? KeyPairSpec { get; init; }

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

/// <summary>The data key pair.</summary>
public sealed record GenerateDataKeyPairResponse
{
    /// <summary>The private key encrypted under the KMS key.</summary>
    public required KmsBlob PrivateKeyCiphertextBlob { get; init; }

    /// <summary>The private key in plaintext: PKCS#8 PrivateKeyInfo (DER).</summary>
    public KmsSecretBlob? PrivateKeyPlaintext { get; init; }

    /// <summary>The public key: SubjectPublicKeyInfo (DER).</summary>
    public required KmsBlob PublicKey { get; init; }

    /// <summary>The ARN of the KMS key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The type of key pair.</summary>
    public required DataKeyPairSpec KeyPairSpec { get; init; }

    /// <summary>The private key encrypted to an enclave. Always null here.</summary>
    public KmsBlob? CiphertextForRecipient { get; init; }

    /// <summary>The material that encrypted the private key.</summary>
    public string? KeyMaterialId { get; init; }
}

internal sealed class GenerateDataKeyPair : Operation<GenerateDataKeyPairRequest, GenerateDataKeyPairResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    internal override IReadOnlyDictionary<string, string>? ContextOf(GenerateDataKeyPairRequest request, Permission permission) =>
        request.EncryptionContext;

    internal override ConditionValues? Fact(
        GenerateDataKeyPairRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.EncryptionAlgorithm => Facts.Of(nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
        ConditionKeys.DataKeyPairSpec => Facts.Of(request.KeyPairSpec),
        _ => null,
    };

    protected internal override void Validate(GenerateDataKeyPairRequest request, OperationContext context)
    {
        EncryptionContext.Require(request.EncryptionContext);
        Recipients.Refuse(request.Recipient);
    }

    protected internal override void Check(GenerateDataKeyPairRequest request, OperationContext context) =>
        DataKeyPair.Require(context, request.KeyPairSpec!);

    protected internal override GenerateDataKeyPairResponse Handle(GenerateDataKeyPairRequest request, OperationContext context)
    {
        using DataKeyPair pair = DataKeyPair.Generate(context, request.KeyPairSpec!, request.EncryptionContext);
        return new GenerateDataKeyPairResponse
        {
            PrivateKeyCiphertextBlob = pair.EncryptPrivateKey(),
            PrivateKeyPlaintext = pair.RevealPrivateKey(),
            PublicKey = new KmsBlob(pair.PublicKey),
            KeyId = context.Key.Arn,
            KeyPairSpec = Enum.Parse<DataKeyPairSpec>(request.KeyPairSpec!),
            KeyMaterialId = pair.KeyMaterialId,
        };
    }
}
