using System.Security.Cryptography;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Decrypts a ciphertext and encrypts it again, under another key or with another context. Source: ReEncrypt in the AWS KMS API.
/// </summary>
public sealed record ReEncryptRequest : IKmsRequest<ReEncryptResponse>, IDryRunRequest
{
    /// <summary>The ciphertext, 1-6144 bytes. Required unless a dry run ignores it.</summary>
    [Member(Min = 1, Max = 6144)]
    public byte[]? CiphertextBlob { get; init; }

    /// <summary>The encryption context of the ciphertext.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? SourceEncryptionContext { get; init; }

    /// <summary>The key that encrypted the ciphertext, in any form. Optional for symmetric ciphertexts.</summary>
    [Member(Min = 1, Max = 2048, Key = KeyReferenceForms.Any, Unlogged = true)]
    public string? SourceKeyId { get; init; }

    /// <summary>The key to encrypt with, in any form.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? DestinationKeyId { get; init; }

    /// <summary>The encryption context of the new ciphertext.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? DestinationEncryptionContext { get; init; }

    /// <summary>The algorithm of the ciphertext; SYMMETRIC_DEFAULT when absent.</summary>
    [Member(Values = typeof(EncryptionAlgorithmSpec), LoggedDefault = nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT))]
    public string? SourceEncryptionAlgorithm { get; init; }

    /// <summary>The algorithm of the new ciphertext; SYMMETRIC_DEFAULT when absent.</summary>
    [Member(Values = typeof(EncryptionAlgorithmSpec), LoggedDefault = nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT))]
    public string? DestinationEncryptionAlgorithm { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }

    /// <summary>What a dry run leaves unchecked.</summary>
    [Member]
    public IReadOnlyList<string>? DryRunModifiers { get; init; }
}

/// <summary>The new ciphertext.</summary>
public sealed record ReEncryptResponse
{
    /// <summary>The new ciphertext.</summary>
    public required KmsBlob CiphertextBlob { get; init; }

    /// <summary>The ARN of the key that encrypted the old ciphertext.</summary>
    public required string SourceKeyId { get; init; }

    /// <summary>The ARN of the key that encrypted the new ciphertext.</summary>
    public required string KeyId { get; init; }

    /// <summary>The algorithm of the old ciphertext.</summary>
    public required EncryptionAlgorithmSpec SourceEncryptionAlgorithm { get; init; }

    /// <summary>The algorithm of the new ciphertext.</summary>
    public required EncryptionAlgorithmSpec DestinationEncryptionAlgorithm { get; init; }

    /// <summary>The material that encrypted the old ciphertext; null for asymmetric keys.</summary>
    public string? SourceKeyMaterialId { get; init; }

    /// <summary>The material that encrypted the new ciphertext; null for asymmetric keys.</summary>
    public string? DestinationKeyMaterialId { get; init; }
}

internal sealed class ReEncrypt : Operation<ReEncryptRequest, ReEncryptResponse>
{
    private const string From = "ReEncryptFrom";
    private const string To = "ReEncryptTo";

    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.ENCRYPT_DECRYPT;

    protected internal override void Validate(ReEncryptRequest request, OperationContext context)
    {
        EncryptionContext.Require(request.SourceEncryptionContext, "sourceEncryptionContext");
        EncryptionContext.Require(request.DestinationEncryptionContext, "destinationEncryptionContext");
        CiphertextSource.RequireModifiers(request.DryRunModifiers, request.DryRun);
    }

    internal override IEnumerable<Permission> Permissions(ReEncryptRequest request, OperationContext context)
    {
        ResolvedKey source = CiphertextSource.FindKey(
            request.CiphertextBlob,
            request.SourceKeyId,
            request.SourceEncryptionAlgorithm,
            request.DryRunModifiers,
            context,
            From,
            "sourceKeyId");
        yield return OnKey(source, From) with { Subject = CiphertextSource.SubjectOf(request.SourceKeyId) };
        yield return OnKey(context.ResolveKey(request.DestinationKeyId!, KeyReferenceForms.Any, To), To);
    }

    internal override IReadOnlyDictionary<string, string>? ContextOf(ReEncryptRequest request, Permission permission) =>
        permission.Action == From ? request.SourceEncryptionContext : request.DestinationEncryptionContext;

    internal override ConditionValues? Fact(ReEncryptRequest request, string key, Permission permission, OperationContext context) =>
        key switch
        {
            ConditionKeys.EncryptionAlgorithm => Facts.Of(
                (permission.Action == From ? request.SourceEncryptionAlgorithm : request.DestinationEncryptionAlgorithm)
                    ?? nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
            ConditionKeys.ReEncryptOnSameKey => Facts.Of(permission.Action == From
                ? KeyResolver.Names(request.DestinationKeyId!, permission.Key!, context)
                : permission.Key!.Arn == context.Key.Arn),
            _ => null,
        };

    protected internal override void Check(ReEncryptRequest request, OperationContext context)
    {
        _ = KeyCipher.Require(context.Keys[0], request.SourceEncryptionAlgorithm, request.SourceEncryptionContext);
        _ = KeyCipher.Require(context.Keys[1], request.DestinationEncryptionAlgorithm, request.DestinationEncryptionContext);
    }

    protected internal override ReEncryptResponse Handle(ReEncryptRequest request, OperationContext context)
    {
        (Key source, Key destination) = (context.Keys[0], context.Keys[1]);
        KeyCipher from = KeyCipher.Of(context, source, request.SourceEncryptionAlgorithm, request.SourceEncryptionContext);
        KeyCipher to = KeyCipher.Of(
            context,
            destination,
            request.DestinationEncryptionAlgorithm,
            request.DestinationEncryptionContext);
        context.DescribeCustomKeyStore(destination);
        if (CiphertextSource.IsIgnored(request.DryRunModifiers))
        {
            context.Materials = Use(from.CurrentMaterialId, to);
            context.EndDryRun();
        }

        byte[] plaintext = from.Decrypt(request.CiphertextBlob, out string? sourceMaterialId);
        context.Materials = Use(sourceMaterialId, to);
        try
        {
            KeyCipher.RequireRoom(destination, to.Algorithm, plaintext.Length);
            context.EndDryRun();
            return new ReEncryptResponse
            {
                CiphertextBlob = new KmsBlob(to.Encrypt(plaintext)),
                SourceKeyId = source.Arn,
                KeyId = destination.Arn,
                SourceEncryptionAlgorithm = from.Algorithm,
                DestinationEncryptionAlgorithm = to.Algorithm,
                SourceKeyMaterialId = sourceMaterialId,
                DestinationKeyMaterialId = to.CurrentMaterialId,
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static UsedMaterials Use(string? sourceMaterialId, KeyCipher to) =>
        new() { SourceKeyMaterialId = sourceMaterialId, DestinationKeyMaterialId = to.CurrentMaterialId };
}
