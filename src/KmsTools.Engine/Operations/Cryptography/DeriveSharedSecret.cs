using System.Security.Cryptography;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Derives a shared secret from the key and another party's public key. Source: DeriveSharedSecret in the AWS KMS API.</summary>
public sealed record DeriveSharedSecretRequest : IKmsRequest<DeriveSharedSecretResponse>, IDryRunRequest
{
    /// <summary>Key ID, key ARN, alias name or alias ARN of a key for key agreement.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The algorithm.</summary>
    [Member(Required = true, Values = typeof(KeyAgreementAlgorithmSpec))]
    public string? KeyAgreementAlgorithm { get; init; }

    /// <summary>The public key of the other party, on the same curve: SubjectPublicKeyInfo (DER), 1-8192 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 8192)]
    public byte[]? PublicKey { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }

    /// <summary>Encrypts the response to a Nitro enclave. Not supported here.</summary>
    [Member]
    public RecipientInfo? Recipient { get; init; }
}

/// <summary>The shared secret.</summary>
public sealed record DeriveSharedSecretResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The raw shared secret, not yet suitable as a key: the x coordinate of the agreed point.</summary>
    public KmsSecretBlob? SharedSecret { get; init; }

    /// <summary>The shared secret encrypted to an enclave. Always null here.</summary>
    public KmsBlob? CiphertextForRecipient { get; init; }

    /// <summary>The algorithm.</summary>
    public required KeyAgreementAlgorithmSpec KeyAgreementAlgorithm { get; init; }

    /// <summary>Where the material of the key comes from.</summary>
    public required OriginType KeyOrigin { get; init; }
}

internal sealed class DeriveSharedSecret : Operation<DeriveSharedSecretRequest, DeriveSharedSecretResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.KEY_AGREEMENT;

    internal override ConditionValues? Fact(
        DeriveSharedSecretRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.KeyAgreementAlgorithm => Facts.Of(request.KeyAgreementAlgorithm),
        _ => null,
    };

    protected internal override void Validate(DeriveSharedSecretRequest request, OperationContext context) =>
        Recipients.Refuse(request.Recipient);

    protected internal override void Check(DeriveSharedSecretRequest request, OperationContext context)
    {
        _ = context.Key.RequireKeyAgreementAlgorithm(request.KeyAgreementAlgorithm!);
        if (context.IsPreview)
        {
            // A call reads the public key when it derives the secret.
            EcKey.ReadPeer(request.PublicKey!, context.Key.KeySpec.CurveOid!).Dispose();
        }
    }

    protected internal override DeriveSharedSecretResponse Handle(DeriveSharedSecretRequest request, OperationContext context)
    {
        Key key = context.Key;
        KeyAgreementAlgorithmSpec algorithm = key.RequireKeyAgreementAlgorithm(request.KeyAgreementAlgorithm!);
        using PrivateKeyPool.Lease<EcKey> lease = context.Services.Software.Borrow<EcKey>(key);
        using ECDiffieHellman peer = EcKey.ReadPeer(request.PublicKey!, key.KeySpec.CurveOid!);
        context.EndDryRun();
        return new DeriveSharedSecretResponse
        {
            KeyId = key.Arn,
            SharedSecret = new KmsSecretBlob(lease.Key.Derive(peer)),
            KeyAgreementAlgorithm = algorithm,
            KeyOrigin = key.Origin,
        };
    }
}
