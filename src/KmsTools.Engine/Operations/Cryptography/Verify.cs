using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Verifies a signature with an asymmetric key. Source: Verify in the AWS KMS API.</summary>
public sealed record VerifyRequest : IKmsRequest<VerifyResponse>, IDryRunRequest
{
    /// <summary>Key ID, key ARN, alias name or alias ARN of the key that signed.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The message, 1-4096 bytes, or its digest.</summary>
    [Member(Required = true, Min = 1, Max = 4096, Sensitive = true)]
    public byte[]? Message { get; init; }

    /// <summary>What <see cref="Message"/> is; RAW when absent. Need not be the same as for Sign.</summary>
    [Member(Values = typeof(MessageType))]
    public string? MessageType { get; init; }

    /// <summary>The signature, 1-6144 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 6144)]
    public byte[]? Signature { get; init; }

    /// <summary>The algorithm of the signature.</summary>
    [Member(Required = true, Values = typeof(SigningAlgorithmSpec))]
    public string? SigningAlgorithm { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Checks everything but the signature and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The signature is valid; an invalid one is an error.</summary>
public sealed record VerifyResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>Always true.</summary>
    public required bool SignatureValid { get; init; }

    /// <summary>The algorithm.</summary>
    public required SigningAlgorithmSpec SigningAlgorithm { get; init; }
}

internal sealed class Verify : Operation<VerifyRequest, VerifyResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.SIGN_VERIFY;

    internal override ConditionValues? Fact(
        VerifyRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.MessageType => Facts.Of(request.MessageType ?? nameof(KmsTools.MessageType.RAW)),
        ConditionKeys.SigningAlgorithm => Facts.Of(request.SigningAlgorithm),
        _ => null,
    };

    protected internal override void Check(VerifyRequest request, OperationContext context) =>
        MessageRules.Require(context.Key, request.SigningAlgorithm!, request.Message!, request.MessageType);

    protected internal override VerifyResponse Handle(VerifyRequest request, OperationContext context)
    {
        Key key = context.Key;
        SigningAlgorithmSpec algorithm = key.RequireSigningAlgorithm(request.SigningAlgorithm!);
        MessageToSign message = MessageRules.Read(algorithm, request.Message!, request.MessageType);
        using PrivateKeyPool.Lease<PrivateKey> lease = context.Services.Software.Borrow<PrivateKey>(key);

        // A dry run verifies as well: the call would succeed only if the signature is valid.
        if (!lease.Key.Verify(message, request.Signature!))
        {
            throw KmsErrors.InvalidSignature();
        }

        context.EndDryRun();
        return new VerifyResponse { KeyId = key.Arn, SignatureValid = true, SigningAlgorithm = algorithm };
    }
}
