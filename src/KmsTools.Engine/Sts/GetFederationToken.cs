using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>Issues credentials that a user hands to others. Source: GetFederationToken in the AWS STS API.</summary>
public sealed record GetFederationTokenRequest
{
    /// <summary>The name of the federated user, 2-32 characters.</summary>
    [Member(Required = true, Min = 2, Max = 32, Pattern = @"[\w+=,.@-]*")]
    public string? Name { get; init; }

    /// <summary>
    /// A session policy (JSON); at most 2,048 characters. What it and the policies of the user allow, the session may do; without one it
    /// has only what key policies give it.
    /// </summary>
    [Member(Min = 1, Max = 2048)]
    public string? Policy { get; init; }

    /// <summary>Managed policies, which a store does not have: refused.</summary>
    [Member]
    public IReadOnlyList<PolicyDescriptor>? PolicyArns { get; init; }

    /// <summary>
    /// How long the credentials work in seconds, 900-129600. The default is 43200. Those of a root user work for 3600 at most, whatever is
    /// asked for.
    /// </summary>
    [Member(Min = 900, Max = 129600)]
    public int? DurationSeconds { get; init; }

    /// <summary>Session tags, at most 50.</summary>
    [Member(Max = 50)]
    public IReadOnlyList<SessionTag>? Tags { get; init; }
}

/// <summary>Credentials of a federated user.</summary>
public sealed record GetFederationTokenResponse
{
    /// <summary>The credentials.</summary>
    public required TemporaryCredentials Credentials { get; init; }

    /// <summary>The account and the name of the federated user.</summary>
    public required string FederatedUserId { get; init; }

    /// <summary>The ARN of the session.</summary>
    public required string Arn { get; init; }

    /// <summary>The percentage of the space for them that session policy and tags use; null where there are none.</summary>
    public int? PackedPolicySize { get; init; }
}

/// <inheritdoc/>
internal sealed class GetFederationToken : StsOperation<GetFederationTokenRequest, GetFederationTokenResponse>
{
    /// <inheritdoc/>
    public override string Name => AuditNames.GetFederationToken;

    /// <inheritdoc/>
    public override GetFederationTokenResponse Handle(GetFederationTokenRequest request, StsCall call)
    {
        GetSessionToken.RequireLongTerm(call, Name);
        SessionTags.Require(request.Tags, transitiveTagKeys: null, incoming: null);
        CallerSession session = call.Begin(call.Principal.Text, GetSessionToken.DurationOf(request.DurationSeconds, call)) with
        {
            Policies = StsCall.Policies(request.Policy, request.PolicyArns),
            Tags = SessionTags.Merge(request.Tags, incoming: null),
        };
        string arn = $"arn:aws:sts::{call.AccountId}:federated-user/{request.Name}";
        foreach (string action in session.Tags.IsEmpty ? [Name] : new[] { Name, "TagSession" })
        {
            StsAuthorizer.Require(call, action, arn, trust: null, name => name == ConditionKeys.TagKeys
                ? Facts.OfAll(session.Tags.Keys)
                : Facts.OfPair(session.Tags, name, ConditionKeys.RequestTagPrefix));
        }

        int? packed = StsCall.PackedSize(session);
        return new GetFederationTokenResponse
        {
            Credentials = call.Issue(arn, call.Identity.Principal?.UniqueId, session),
            FederatedUserId = $"{call.AccountId}:{request.Name}",
            Arn = arn,
            PackedPolicySize = packed,
        };
    }

    /// <inheritdoc/>
    public override void WriteResponseElements(Utf8JsonWriter writer, GetFederationTokenResponse response)
    {
        writer.WriteStartObject();
        WriteCredentials(writer, response.Credentials);
        writer.WriteStartObject("federatedUser"u8);
        writer.WriteString("federatedUserId"u8, response.FederatedUserId);
        writer.WriteString("arn"u8, response.Arn);
        writer.WriteEndObject();
        if (response.PackedPolicySize is { } packed)
        {
            writer.WriteNumber("packedPolicySize"u8, packed);
        }

        writer.WriteEndObject();
    }
}
