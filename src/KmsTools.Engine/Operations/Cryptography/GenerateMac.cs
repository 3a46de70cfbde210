using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Computes an HMAC of a message. Source: GenerateMac in the AWS KMS API.</summary>
public sealed record GenerateMacRequest : IKmsRequest<GenerateMacResponse>, IDryRunRequest
{
    /// <summary>The message, 1-4096 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 4096, Sensitive = true)]
    public byte[]? Message { get; init; }

    /// <summary>Key ID, key ARN, alias name or alias ARN of an HMAC key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.Any)]
    public string? KeyId { get; init; }

    /// <summary>The algorithm; each HMAC key has one.</summary>
    [Member(Required = true, Values = typeof(MacAlgorithmSpec))]
    public string? MacAlgorithm { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }
}

/// <summary>The HMAC.</summary>
public sealed record GenerateMacResponse
{
    /// <summary>The HMAC, as long as the hash.</summary>
    public required KmsBlob Mac { get; init; }

    /// <summary>The algorithm.</summary>
    public required MacAlgorithmSpec MacAlgorithm { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }
}

internal sealed class GenerateMac : Operation<GenerateMacRequest, GenerateMacResponse>
{
    public override bool ReadOnly => true;

    public override bool IsKeyUse => true;

    protected internal override KeyUsageType? Usage => KeyUsageType.GENERATE_VERIFY_MAC;

    internal override ConditionValues? Fact(
        GenerateMacRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.MacAlgorithm => Facts.Of(request.MacAlgorithm),
        _ => null,
    };

    protected internal override void Check(GenerateMacRequest request, OperationContext context) =>
        context.Key.RequireMacAlgorithm(request.MacAlgorithm!);

    protected internal override GenerateMacResponse Handle(GenerateMacRequest request, OperationContext context)
    {
        Key key = context.Key;
        MacAlgorithmSpec algorithm = key.RequireMacAlgorithm(request.MacAlgorithm!);
        context.EndDryRun();
        return new GenerateMacResponse
        {
            Mac = new KmsBlob(context.Services.Software.ComputeMac(key, algorithm, request.Message!)),
            MacAlgorithm = algorithm,
            KeyId = key.Arn,
        };
    }
}
