using System.Security.Cryptography;
using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Verifies an HMAC of a message. Source: VerifyMac in the AWS KMS API.</summary>
public sealed record VerifyMacRequest : IKmsRequest<VerifyMacResponse>, IDryRunRequest
{
    /// <summary>The message, 1-4096 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 4096, Sensitive = true)]
    public byte[]? Message { get; init; }

    /// <summary>Key ID, key ARN, alias name or alias ARN of the HMAC key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The algorithm; each HMAC key has one.</summary>
    [Member(Required = true, Values = typeof(MacAlgorithmSpec))]
    public string? MacAlgorithm { get; init; }

    /// <summary>The HMAC, 1-6144 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 6144)]
    public byte[]? Mac { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Checks everything but the HMAC and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The HMAC is valid; an invalid one is an error.</summary>
public sealed record VerifyMacResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>Always true.</summary>
    public required bool MacValid { get; init; }

    /// <summary>The algorithm.</summary>
    public required MacAlgorithmSpec MacAlgorithm { get; init; }
}

internal sealed class VerifyMac : Operation<VerifyMacRequest, VerifyMacResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.GENERATE_VERIFY_MAC;

    internal override ConditionValues? Fact(
        VerifyMacRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.MacAlgorithm => Facts.Of(request.MacAlgorithm),
        _ => null,
    };

    protected internal override void Check(VerifyMacRequest request, OperationContext context) =>
        context.Key.RequireMacAlgorithm(request.MacAlgorithm!);

    protected internal override VerifyMacResponse Handle(VerifyMacRequest request, OperationContext context)
    {
        Key key = context.Key;
        MacAlgorithmSpec algorithm = key.RequireMacAlgorithm(request.MacAlgorithm!);

        // A dry run compares as well: the call would succeed only if the MAC is valid.
        if (!CryptographicOperations.FixedTimeEquals(context.Services.Software.ComputeMac(key, algorithm, request.Message!), request.Mac))
        {
            throw KmsErrors.InvalidMac();
        }

        context.EndDryRun();
        return new VerifyMacResponse { KeyId = key.Arn, MacValid = true, MacAlgorithm = algorithm };
    }
}
