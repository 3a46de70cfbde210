using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Decrypts a ciphertext. Source: Decrypt in the AWS KMS API.</summary>
public sealed record DecryptRequest : IKmsRequest<DecryptResponse>, IDryRunRequest
{
    /// <summary>The ciphertext, 1-6144 bytes. Required unless a dry run ignores it.</summary>
    [Member(Min = 1, Max = 6144)]
    public byte[]? CiphertextBlob { get; init; }

    /// <summary>The encryption context of the ciphertext.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>The key that encrypted the ciphertext, in any form. Optional for symmetric ciphertexts, which identify it.</summary>
    [Member(Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The algorithm; SYMMETRIC_DEFAULT when absent. Required for asymmetric ciphertexts.</summary>
    [Member(Values = typeof(EncryptionAlgorithmSpec), LoggedDefault = nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT))]
    public string? EncryptionAlgorithm { get; init; }

    /// <summary>Encrypts the response to a Nitro enclave. Not supported here.</summary>
    [Member]
    public RecipientInfo? Recipient { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }

    /// <summary>What a dry run leaves unchecked.</summary>
    [Member]
    public IReadOnlyList<string>? DryRunModifiers { get; init; }
}

/// <summary>The plaintext.</summary>
public sealed record DecryptResponse
{
    /// <summary>The ARN of the key that encrypted the ciphertext.</summary>
    public required string KeyId { get; init; }

    /// <summary>The plaintext, at most 4096 bytes.</summary>
    public KmsSecretBlob? Plaintext { get; init; }

    /// <summary>The algorithm.</summary>
    public required EncryptionAlgorithmSpec EncryptionAlgorithm { get; init; }

    /// <summary>The plaintext encrypted to an enclave. Always null here.</summary>
    public KmsBlob? CiphertextForRecipient { get; init; }

    /// <summary>The material that encrypted the ciphertext; null for asymmetric keys.</summary>
    public string? KeyMaterialId { get; init; }
}

/// <summary>The Nitro enclave that a response is encrypted to.</summary>
public sealed record RecipientInfo
{
    /// <summary>How to encrypt to the enclave.</summary>
    [Member(Values = typeof(KeyEncryptionMechanism))]
    public string? KeyEncryptionAlgorithm { get; init; }

    /// <summary>The attestation document of the enclave, 1-262144 bytes.</summary>
    [Member(Min = 1, Max = 262_144)]
    public byte[]? AttestationDocument { get; init; }
}

internal sealed class Decrypt : Operation<DecryptRequest, DecryptResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    internal override IReadOnlyDictionary<string, string>? ContextOf(DecryptRequest request, Permission permission) =>
        request.EncryptionContext;

    internal override ConditionValues? Fact(
        DecryptRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.EncryptionAlgorithm => Facts.Of(request.EncryptionAlgorithm ?? nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
        _ => null,
    };

    protected internal override void Validate(DecryptRequest request, OperationContext context)
    {
        Recipients.Refuse(request.Recipient);
        EncryptionContext.Require(request.EncryptionContext);
        CiphertextSource.RequireModifiers(request.DryRunModifiers, request.DryRun);
    }

    internal override IEnumerable<Permission> Permissions(DecryptRequest request, OperationContext context)
    {
        ResolvedKey key = CiphertextSource.FindKey(
            request.CiphertextBlob, request.KeyId, request.EncryptionAlgorithm, request.DryRunModifiers, context, Name, "keyId");
        yield return OnKey(key) with { Subject = CiphertextSource.SubjectOf(request.KeyId) };
    }

    protected internal override void Check(DecryptRequest request, OperationContext context) =>
        KeyCipher.Require(context.Key, request.EncryptionAlgorithm, request.EncryptionContext);

    protected internal override DecryptResponse Handle(DecryptRequest request, OperationContext context)
    {
        Key key = context.Key;
        KeyCipher cipher = KeyCipher.Of(context, key, request.EncryptionAlgorithm, request.EncryptionContext);
        context.DescribeCustomKeyStore(key);
        if (CiphertextSource.IsIgnored(request.DryRunModifiers))
        {
            context.Materials = new UsedMaterials { KeyMaterialId = cipher.CurrentMaterialId };
            context.EndDryRun();
        }

        // A dry run decrypts as well: the call would succeed only if the ciphertext is valid.
        byte[] plaintext = cipher.Decrypt(request.CiphertextBlob, out string? keyMaterialId);
        context.Materials = new UsedMaterials { KeyMaterialId = keyMaterialId };
        KmsSecretBlob blob = new(plaintext);
        try
        {
            context.EndDryRun();
        }
        catch (KmsException)
        {
            blob.Dispose();
            throw;
        }

        return new DecryptResponse
        {
            KeyId = key.Arn,
            Plaintext = blob,
            EncryptionAlgorithm = cipher.Algorithm,
            KeyMaterialId = keyMaterialId,
        };
    }
}
