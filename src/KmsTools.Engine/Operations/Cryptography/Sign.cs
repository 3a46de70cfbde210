using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Signs a message, or its digest, with an asymmetric key. Source: Sign in the AWS KMS API.</summary>
public sealed record SignRequest : IKmsRequest<SignResponse>, IDryRunRequest
{
    /// <summary>Key ID, key ARN, alias name or alias ARN of an asymmetric key for signing.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The message, 1-4096 bytes. For longer messages, sign the digest.</summary>
    [Member(Required = true, Min = 1, Max = 4096, Sensitive = true)]
    public byte[]? Message { get; init; }

    /// <summary>What <see cref="Message"/> is; RAW when absent.</summary>
    [Member(Values = typeof(MessageType))]
    public string? MessageType { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>The algorithm.</summary>
    [Member(Required = true, Values = typeof(SigningAlgorithmSpec))]
    public string? SigningAlgorithm { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The signature.</summary>
public sealed record SignResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>
    /// The signature: the bytes of RFC 8017 for RSA, DER (RFC 3279) for ECDSA, the bytes of RFC 8032 for Ed25519 and of FIPS 204 for
    /// ML-DSA.
    /// </summary>
    public required KmsBlob Signature { get; init; }

    /// <summary>The algorithm.</summary>
    public required SigningAlgorithmSpec SigningAlgorithm { get; init; }
}

internal sealed class Sign : Operation<SignRequest, SignResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.SIGN_VERIFY;

    internal override ConditionValues? Fact(SignRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.MessageType => Facts.Of(request.MessageType ?? nameof(KmsTools.MessageType.RAW)),
        ConditionKeys.SigningAlgorithm => Facts.Of(request.SigningAlgorithm),
        _ => null,
    };

    protected internal override void Check(SignRequest request, OperationContext context) =>
        MessageRules.Require(context.Key, request.SigningAlgorithm!, request.Message!, request.MessageType);

    protected internal override SignResponse Handle(SignRequest request, OperationContext context)
    {
        Key key = context.Key;
        SigningAlgorithmSpec algorithm = key.RequireSigningAlgorithm(request.SigningAlgorithm!);
        MessageToSign message = MessageRules.Read(algorithm, request.Message!, request.MessageType);
        context.EndDryRun();
        using PrivateKeyPool.Lease<PrivateKey> lease = context.Services.Software.Borrow<PrivateKey>(key);
        return new SignResponse { KeyId = key.Arn, Signature = new KmsBlob(lease.Key.Sign(message)), SigningAlgorithm = algorithm };
    }
}
