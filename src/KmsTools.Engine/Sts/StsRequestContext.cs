using System.Collections.Immutable;
using KmsTools.Authorization;

namespace KmsTools.Sts;

/// <summary>The values of a call of AWS STS that conditions are compared with.</summary>
/// <param name="call">The call.</param>
/// <param name="facts">The values of its request, which take precedence; null where it has none.</param>
internal sealed class StsRequestContext(StsCall call, Func<string, ConditionValues?> facts) : IRequestContext
{
    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> EncryptionContext => ImmutableDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public ConditionValues? Find(string key) => facts(key) ?? key switch
    {
        ConditionKeys.RequestedRegion => Facts.Of(call.Region.ToString()),
        ConditionKeys.ResourceAccount => Facts.Of(call.AccountId.ToString()),
        _ => new CallerContext(call.Identity, call.Now).Find(key),
    };
}
