using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>The values for condition keys that depend on the caller and the occasion only, whatever is called.</summary>
/// <param name="identity">The caller.</param>
/// <param name="now">The time on the clock of the store.</param>
internal readonly struct CallerContext(CallerIdentity identity, DateTimeOffset now)
{
    /// <summary>The values of a key, or null.</summary>
    /// <param name="name">The key as <see cref="ConditionKeys"/> spells it.</param>
    public ConditionValues? Find(string name)
    {
        Caller caller = identity.Caller;
        return name switch
        {
            ConditionKeys.CurrentTime => Facts.OfDate(now),
            ConditionKeys.EpochTime => Facts.Of(now.ToUnixTimeSeconds()),
            ConditionKeys.SecureTransport => Facts.Of(caller.SecureTransport),
            ConditionKeys.SourceIp => Facts.Of(caller.SourceIPAddress),
            ConditionKeys.UserAgent => Facts.Of(caller.UserAgent),
            ConditionKeys.ViaAwsService => Facts.Of(false),
            ConditionKeys.PrincipalIsAwsService => Facts.Of(identity.Service is not null),
            ConditionKeys.PrincipalServiceName => Facts.Of(identity.Service),
            _ => OfPrincipal(name) ?? OfSession(name),
        };
    }

    private ConditionValues? OfPrincipal(string name) => identity.Arn is { } arn
        ? name switch
        {
            ConditionKeys.PrincipalArn => Facts.Of(identity.PrincipalArn),
            ConditionKeys.PrincipalAccount => Facts.Of(arn.AccountId.ToString()),
            ConditionKeys.PrincipalType => Facts.Of(arn.Kind switch
            {
                PrincipalKind.Account => "Account",
                PrincipalKind.AssumedRole or PrincipalKind.Role => "AssumedRole",
                PrincipalKind.FederatedUser => "FederatedUser",
                _ => "User",
            }),
            ConditionKeys.UserId => Facts.Of(UserId.Of(arn, identity.Principal?.UniqueId)),
            ConditionKeys.UserName => Facts.Of(arn.Kind == PrincipalKind.User ? arn.Name : null),
            _ => null,
        }
        : null;

    private ConditionValues? OfSession(string name)
    {
        CallerSession? session = identity.Caller.Session;
        return name switch
        {
            ConditionKeys.TokenIssueTime => session is null ? null : Facts.OfDate(session.IssueTime),
            ConditionKeys.MultiFactorAuthPresent => Facts.Of(session?.MultiFactorAuthPresent),
            ConditionKeys.MultiFactorAuthAge => session is { MultiFactorAuthPresent: true }
                ? Facts.Of((long)(now - session.IssueTime).TotalSeconds)
                : null,
            ConditionKeys.SourceIdentity => Facts.Of(session?.SourceIdentity),
            _ => Facts.OfPair(session?.Tags, name, ConditionKeys.PrincipalTagPrefix)
                ?? Facts.OfPair(
                    identity.Principal?.Tags.Select(static tag => KeyValuePair.Create(tag.TagKey, tag.TagValue)),
                    name,
                    ConditionKeys.PrincipalTagPrefix),
        };
    }
}
