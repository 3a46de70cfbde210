using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Creates a grant, which permits a principal to use a key. Source: CreateGrant in the AWS KMS API.</summary>
public sealed record CreateGrantRequest : IKmsRequest<CreateGrantResponse>, IDryRunRequest
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The principal that gets the permissions: the ARN of an account, user, role, federated user or role session.</summary>
    [Member(Min = 1, Max = 256, Pattern = @"^[\w+=,.@:/-]+$")]
    public string? GranteePrincipal { get; init; }

    /// <summary>The service that gets the permissions. Requires a SourceArn constraint and a retiring principal.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$")]
    public string? GranteeServicePrincipal { get; init; }

    /// <summary>The principal that may retire the grant.</summary>
    [Member(Min = 1, Max = 256, Pattern = @"^[\w+=,.@:/-]+$")]
    public string? RetiringPrincipal { get; init; }

    /// <summary>The service that may retire the grant.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$")]
    public string? RetiringServicePrincipal { get; init; }

    /// <summary>The permitted operations; the key must be of a type that has these operations.</summary>
    [Member(Required = true, Values = typeof(GrantOperation))]
    public IReadOnlyList<string>? Operations { get; init; }

    /// <summary>The constraints that the permitted operations must meet.</summary>
    [Member]
    public GrantConstraints? Constraints { get; init; }

    /// <summary>Grant tokens, at most 10.</summary>
    [Member(Min = 0, Max = 10, ItemMin = 1, ItemMax = 8192, Sensitive = true)]
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>A friendly name. The same request with the same name does not create a second grant.</summary>
    [Member(Min = 1, Max = 256, Pattern = "^[a-zA-Z0-9:/_-]+$")]
    public string? Name { get; init; }

    /// <summary>Checks everything and does nothing.</summary>
    [Member]
    public bool? DryRun { get; init; }

    /// <summary>The operations that grants of a type of key can permit, in the order of their names.</summary>
    /// <param name="spec">The key spec.</param>
    /// <param name="usage">The key usage.</param>
    public static ImmutableArray<GrantOperation> OperationsFor(KeySpec spec, KeyUsageType usage) =>
    [
        .. Enum.GetValues<GrantOperation>().Where(operation => GrantRules.Supports(spec, usage, operation))
            .OrderBy(static operation => $"{operation}", StringComparer.Ordinal),
    ];
}

/// <summary>The grant.</summary>
public sealed record CreateGrantResponse
{
    /// <summary>A grant token, which identifies the grant in calls that need it immediately. Every call returns a different one.</summary>
    public required string GrantToken { get; init; }

    /// <summary>The ID of the grant.</summary>
    public required string GrantId { get; init; }
}

internal sealed class CreateGrant : Operation<CreateGrantRequest, CreateGrantResponse>
{
    protected internal override void Validate(CreateGrantRequest request, OperationContext context)
    {
        GrantPrincipal grantee = Grantee(request.GranteePrincipal, request.GranteeServicePrincipal);
        GrantPrincipal? retiring = Retiring(request);
        _ = Operations(request);
        GrantConstraints? constraints = GrantRules.Constraints(request.Constraints);
        if (grantee.IsService && (constraints?.SourceArn is null || retiring is null))
        {
            throw KmsErrors.Validation(
                "When you specify a GranteeServicePrincipal, you must also specify a SourceArn grant constraint and either a "
                    + "RetiringPrincipal or a RetiringServicePrincipal.");
        }
    }

    internal override IReadOnlyDictionary<string, string>? ContextOf(CreateGrantRequest request, Permission permission) =>
        GrantRules.ContextOf(request.Constraints);

    internal override ConditionValues? Fact(CreateGrantRequest request, string key, Permission permission, OperationContext context) =>
        key switch
        {
            ConditionKeys.GrantConstraintSourceArn => Facts.Of(request.Constraints?.SourceArn),
            ConditionKeys.GrantConstraintType => Facts.Of(GrantRules.ConstraintType(request.Constraints)),
            ConditionKeys.GranteePrincipal => Facts.Of(request.GranteePrincipal),
            ConditionKeys.GranteeServicePrincipal => Facts.Of(request.GranteeServicePrincipal),
            ConditionKeys.GrantIsForAwsResource => Facts.Of(false),
            ConditionKeys.GrantOperations => Facts.OfAll(request.Operations),
            ConditionKeys.RetiringPrincipal => Facts.Of(request.RetiringPrincipal),
            ConditionKeys.RetiringServicePrincipal => Facts.Of(request.RetiringServicePrincipal),
            _ => null,
        };

    protected internal override void Check(CreateGrantRequest request, OperationContext context)
    {
        Key key = context.Key;
        Grant asked = Read(request, context);
        GrantRules.RequireFits(key, asked);
        long limit = context.Quotas[QuotaName.GrantsPerKey];
        if (context.State.CountGrants(key.Region, key.KeyId) >= limit && FindPresent(asked, context) is null)
        {
            throw KmsErrors.LimitExceeded($"{key.Arn} has {limit} grant{(limit == 1 ? "" : "s")}, the most that are allowed.");
        }
    }

    protected internal override CreateGrantResponse Handle(CreateGrantRequest request, OperationContext context)
    {
        Grant asked = Read(request, context);
        context.EndDryRun();
        Grant? present = FindPresent(asked, context);
        if (present is null)
        {
            context.Transaction.InsertGrant(asked);
        }

        Grant grant = present ?? asked;
        return new CreateGrantResponse { GrantToken = GrantToken.Make(context.Services.Secrets, grant), GrantId = grant.GrantId };
    }

    protected internal override void WriteResponseElements(Utf8JsonWriter writer, OperationContext context, CreateGrantResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("grantId", response.GrantId);
        WriteChangedKey(writer, context);
        writer.WriteEndObject();
    }

    private static Grant Read(CreateGrantRequest request, OperationContext context)
    {
        Key key = context.Key;
        return new Grant
        {
            Region = key.Region,
            KeyId = key.KeyId,
            GrantId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
            Name = request.Name ?? "",
            CreationDate = context.Now,
            Grantee = Grantee(request.GranteePrincipal, request.GranteeServicePrincipal),
            Retiring = Retiring(request),
            Operations = Operations(request),
            Constraints = GrantRules.Constraints(request.Constraints),
        };
    }

    // The operation is idempotent for grants that have a name.
    private static Grant? FindPresent(Grant asked, OperationContext context) =>
        asked.RequestDigest is { } digest ? context.State.FindGrantByDigest(asked.Region, asked.KeyId, digest) : null;

    /// <summary>The principal that gets the permissions.</summary>
    /// <exception cref="KmsException">ValidationException or InvalidArnException: none, two, or not a valid principal.</exception>
    internal static GrantPrincipal Grantee(string? principal, string? servicePrincipal) =>
        GrantPrincipal.Of("Grantee", principal, servicePrincipal)
            ?? throw KmsErrors.Validation("You must specify either GranteePrincipal or GranteeServicePrincipal.");

    private static ImmutableArray<GrantOperation> Operations(CreateGrantRequest request) =>
        GrantRules.Operations(request.Operations!.Select(Enum.Parse<GrantOperation>));

    private static GrantPrincipal? Retiring(CreateGrantRequest request) =>
        GrantPrincipal.Of("Retiring", request.RetiringPrincipal, request.RetiringServicePrincipal);
}
