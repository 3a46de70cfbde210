using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>Issues credentials of a role. Source: AssumeRole in the AWS STS API.</summary>
public sealed record AssumeRoleRequest
{
    /// <summary>The ARN of the role, with its path.</summary>
    [Member(Required = true, Min = 20, Max = 2048)]
    public string? RoleArn { get; init; }

    /// <summary>The name of the session, 2-64 characters.</summary>
    [Member(Required = true, Min = 2, Max = 64, Pattern = @"[\w+=,.@-]*")]
    public string? RoleSessionName { get; init; }

    /// <summary>Managed policies, which a store does not have: refused.</summary>
    [Member]
    public IReadOnlyList<PolicyDescriptor>? PolicyArns { get; init; }

    /// <summary>A session policy (JSON), which limits the session; at most 2,048 characters.</summary>
    [Member(Min = 1, Max = 2048)]
    public string? Policy { get; init; }

    /// <summary>
    /// How long the credentials work in seconds: 900 up to the maximum of the role, and up to 3600 for a session that itself is one of a
    /// role. The default is 3600.
    /// </summary>
    [Member(Min = 900, Max = 43200)]
    public int? DurationSeconds { get; init; }

    /// <summary>Session tags, at most 50. They override the tags of the role.</summary>
    [Member(Max = 50)]
    public IReadOnlyList<SessionTag>? Tags { get; init; }

    /// <summary>The keys of those session tags that are handed on when the session assumes another role.</summary>
    [Member(Max = 50, ItemMin = 1, ItemMax = 128)]
    public IReadOnlyList<string>? TransitiveTagKeys { get; init; }

    /// <summary>What the trust policy of the role may ask for, 2-1224 characters.</summary>
    [Member(Min = 2, Max = 1224, Pattern = @"[\w+=,.@:\/-]*")]
    public string? ExternalId { get; init; }

    /// <summary>The multi-factor device of the caller, 9-256 characters.</summary>
    [Member(Min = 9, Max = 256, Pattern = @"[\w+=/:,.@-]*")]
    public string? SerialNumber { get; init; }

    /// <summary>The code of the device: any six digits.</summary>
    [Member(Min = 6, Max = 6, Pattern = @"[\d]*", Sensitive = true)]
    public string? TokenCode { get; init; }

    /// <summary>
    /// Who is behind the session, 2-64 characters. It is kept when the session assumes other roles, and cannot be changed.
    /// </summary>
    [Member(Min = 2, Max = 64, Pattern = @"[\w+=,.@-]*")]
    public string? SourceIdentity { get; init; }
}

/// <summary>The credentials of a role.</summary>
public sealed record AssumeRoleResponse
{
    /// <summary>The credentials.</summary>
    public required TemporaryCredentials Credentials { get; init; }

    /// <summary>The unique ID of the role and the name of the session.</summary>
    public required string AssumedRoleId { get; init; }

    /// <summary>The ARN of the session.</summary>
    public required string Arn { get; init; }

    /// <summary>The percentage of the space for them that session policy and tags use; null where there are none.</summary>
    public int? PackedPolicySize { get; init; }

    /// <summary>The source identity of the session, or null.</summary>
    public string? SourceIdentity { get; init; }
}

/// <inheritdoc/>
internal sealed class AssumeRole : StsOperation<AssumeRoleRequest, AssumeRoleResponse>
{
    private const int DefaultDuration = 3600;
    private const int MaxChainedDuration = 3600;

    /// <inheritdoc/>
    public override string Name => AuditNames.AssumeRole;

    /// <inheritdoc/>
    public override AssumeRoleResponse Handle(AssumeRoleRequest request, StsCall call)
    {
        string roleArn = request.RoleArn!;
        if (!PrincipalArn.TryParse(roleArn, out PrincipalArn? arn) || arn.Kind != PrincipalKind.Role)
        {
            throw KmsErrors.StsValidation($"{roleArn} is invalid");
        }

        call.RoleArn = roleArn;
        bool hasCode = StsCall.HasMultiFactorCode(request.SerialNumber, request.TokenCode);
        SessionTags.Require(request.Tags, request.TransitiveTagKeys, call.Caller.Session);
        ImmutableArray<string> policies = StsCall.Policies(request.Policy, request.PolicyArns);
        Principal role = RequireRole(arn, call);
        Authorize(request, role, hasCode, call);
        string sessionArn = $"arn:aws:sts::{call.AccountId}:assumed-role/{role.Name}/{request.RoleSessionName}";
        CallerSession session = call.Begin(role.Arn, RequireDuration(request.DurationSeconds, role, call)) with
        {
            MultiFactorAuthPresent = hasCode || IsOfUserWithCode(call),
            SourceIdentity = SourceIdentityOf(request, call),
            Policies = policies,
            Tags = SessionTags.Merge(request.Tags, call.Caller.Session),
            TransitiveTagKeys = [.. call.Caller.Session?.TransitiveTagKeys ?? [], .. request.TransitiveTagKeys ?? []],
        };
        int? packed = StsCall.PackedSize(session);
        return new AssumeRoleResponse
        {
            Credentials = call.Issue(sessionArn, role.UniqueId, session),
            AssumedRoleId = $"{role.UniqueId}:{request.RoleSessionName}",
            Arn = sessionArn,
            PackedPolicySize = packed,
            SourceIdentity = session.SourceIdentity,
        };
    }

    /// <inheritdoc/>
    public override void WriteResponseElements(Utf8JsonWriter writer, AssumeRoleResponse response)
    {
        writer.WriteStartObject();
        WriteCredentials(writer, response.Credentials);
        writer.WriteStartObject("assumedRoleUser"u8);
        writer.WriteString("assumedRoleId"u8, response.AssumedRoleId);
        writer.WriteString("arn"u8, response.Arn);
        writer.WriteEndObject();
        if (response.PackedPolicySize is { } packed)
        {
            writer.WriteNumber("packedPolicySize"u8, packed);
        }

        if (response.SourceIdentity is { } identity)
        {
            writer.WriteString("sourceIdentity"u8, identity);
        }

        writer.WriteEndObject();
    }

    // Whether the role exists is told to those only who may assume it.
    private static Principal RequireRole(PrincipalArn arn, StsCall call) => call.Principal.Kind switch
    {
        PrincipalKind.Account => throw KmsErrors.StsAccessDenied("Roles may not be assumed by root accounts."),
        not PrincipalKind.FederatedUser when arn.AccountId == call.AccountId && call.Access.Find(arn) is { } role && role.Arn == arn.Text =>
            role,
        _ => throw KmsErrors.StsAccessDenied(call.Caller.PrincipalArn, AuditNames.AssumeRole, arn.Text),
    };

    private static void Authorize(AssumeRoleRequest request, Principal role, bool hasCode, StsCall call)
    {
        PolicyDocument trust = call.Access.PoliciesOf(role).Trust!;
        foreach (string action in Actions(request, call))
        {
            StsAuthorizer.Require(call, action, role.Arn, trust, name => Fact(name, request, hasCode, call));
        }
    }

    // "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles", IAM User Guide: what is handed on counts
    // too.
    private static IEnumerable<string> Actions(AssumeRoleRequest request, StsCall call)
    {
        yield return AuditNames.AssumeRole;
        if (SourceIdentityOf(request, call) is not null)
        {
            yield return "SetSourceIdentity";
        }

        if (request.Tags is { Count: > 0 } || call.Caller.Session is { TransitiveTagKeys.IsEmpty: false })
        {
            yield return "TagSession";
        }
    }

    private static ConditionValues? Fact(string name, AssumeRoleRequest request, bool hasCode, StsCall call) => name switch
    {
        StsConditionKeys.ExternalId => Facts.Of(request.ExternalId),
        StsConditionKeys.RoleSessionName => Facts.Of(request.RoleSessionName),
        StsConditionKeys.SourceIdentity => Facts.Of(SourceIdentityOf(request, call)),
        StsConditionKeys.TransitiveTagKeys => Facts.OfAll(
            [.. call.Caller.Session?.TransitiveTagKeys ?? [], .. request.TransitiveTagKeys ?? []]),
        StsConditionKeys.DurationSeconds => request.DurationSeconds is { } seconds ? Facts.Of(seconds) : null,
        ConditionKeys.TagKeys => Facts.OfAll(SessionTags.Merge(request.Tags, call.Caller.Session).Keys),
        ConditionKeys.MultiFactorAuthPresent when hasCode => Facts.Of(true),
        ConditionKeys.MultiFactorAuthAge when hasCode => Facts.Of(0),
        _ => Facts.OfPair(SessionTags.Merge(request.Tags, call.Caller.Session), name, ConditionKeys.RequestTagPrefix),
    };

    // What a session has is kept.
    private static string? SourceIdentityOf(AssumeRoleRequest request, StsCall call) =>
        call.Caller.Session?.SourceIdentity is { } kept && (request.SourceIdentity ?? kept) != kept
            ? throw KmsErrors.StsAccessDenied(call.Caller.PrincipalArn, "SetSourceIdentity", request.RoleArn!)
            : request.SourceIdentity ?? call.Caller.Session?.SourceIdentity;

    // A user who gave a code when the session began need not give another one; a role has no device.
    private static bool IsOfUserWithCode(StsCall call) =>
        call.Principal.Kind == PrincipalKind.User && call.Caller.Session is { MultiFactorAuthPresent: true };

    private static int RequireDuration(int? requested, Principal role, StsCall call)
    {
        int seconds = requested ?? DefaultDuration;
        if (call.Principal.Kind == PrincipalKind.AssumedRole && seconds > MaxChainedDuration)
        {
            throw KmsErrors.StsValidation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
        }

        return seconds <= role.MaxSessionDuration
            ? seconds
            : throw KmsErrors.StsValidation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
    }
}
