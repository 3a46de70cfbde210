using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Generates an asymmetric data key pair and returns the private key only encrypted under a key. Source:
/// GenerateDataKeyPairWithoutPlaintext in the AWS KMS API.
/// </summary>
public sealed record GenerateDataKeyPairWithoutPlaintextRequest : IKmsRequest<GenerateDataKeyPairWithoutPlaintextResponse>, IDryRunRequest
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

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The data key pair.</summary>
public sealed record GenerateDataKeyPairWithoutPlaintextResponse
{
    /// <summary>The private key encrypted under the KMS key.</summary>
    public required KmsBlob PrivateKeyCiphertextBlob { get; init; }

    /// <summary>The public key: SubjectPublicKeyInfo (DER).</summary>
    public required KmsBlob PublicKey { get; init; }

    /// <summary>The ARN of the KMS key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The type of key pair.</summary>
    public required DataKeyPairSpec KeyPairSpec { get; init; }

    /// <summary>The material that encrypted the private key.</summary>
    public string? KeyMaterialId { get; init; }
}

internal sealed class GenerateDataKeyPairWithoutPlaintext
    : Operation<GenerateDataKeyPairWithoutPlaintextRequest, GenerateDataKeyPairWithoutPlaintextResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    internal override IReadOnlyDictionary<string, string>? ContextOf(
        GenerateDataKeyPairWithoutPlaintextRequest request, Permission permission) =>
        request.EncryptionContext;

    internal override ConditionValues? Fact(
        GenerateDataKeyPairWithoutPlaintextRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.EncryptionAlgorithm => Facts.Of(nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
        ConditionKeys.DataKeyPairSpec => Facts.Of(request.KeyPairSpec),
        _ => null,
    };

    protected internal override void Validate(GenerateDataKeyPairWithoutPlaintextRequest request, OperationContext context) =>
        EncryptionContext.Require(request.EncryptionContext);

    protected internal override void Check(GenerateDataKeyPairWithoutPlaintextRequest request, OperationContext context) =>
        DataKeyPair.Require(context, request.KeyPairSpec!);

    protected internal override GenerateDataKeyPairWithoutPlaintextResponse Handle(
        GenerateDataKeyPairWithoutPlaintextRequest request, OperationContext context)
    {
        using DataKeyPair pair = DataKeyPair.Generate(context, request.KeyPairSpec!, request.EncryptionContext);
        return new GenerateDataKeyPairWithoutPlaintextResponse
        {
            PrivateKeyCiphertextBlob = pair.EncryptPrivateKey(),
            PublicKey = new KmsBlob(pair.PublicKey),
            KeyId = context.Key.Arn,
            KeyPairSpec = Enum.Parse<DataKeyPairSpec>(request.KeyPairSpec!),
            KeyMaterialId = pair.KeyMaterialId,
        };
    }
}
