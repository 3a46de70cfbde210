using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>How a store authorizes calls.</summary>
internal sealed class AuthorizationFormat() : PartFormat<EstateAuthorization>("authorization", "How the store authorizes calls.")
{
    /// <summary>The one instance.</summary>
    public static readonly AuthorizationFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateAuthorization>> Members { get; } =
    [
        Member("mode", Value.Name<AuthorizationMode>(), static authorization => authorization.Mode,
            static (authorization, mode) => authorization with { Mode = mode },
            "What happens to calls that are not allowed. Enforce refuses them, Record notes them and lets them pass, Off decides nothing."),
        Member("directUseOfAwsManagedKeys", Value.Flag, static authorization => authorization.DirectUseOfAwsManagedKeys,
            static (authorization, direct) => authorization with { DirectUseOfAwsManagedKeys = direct },
            "Whether callers may use AWS managed keys directly."),
        Member("serviceControlPolicies", Value.List(Value.List(new PolicyFormat())),
            static authorization => authorization.ServiceControlPolicies,
            static (authorization, levels) => authorization with { ServiceControlPolicies = levels },
            "All service control policies: a list of levels, each a list of policies. Every level must allow a call."),
        Member("resourceControlPolicies", Value.List(new PolicyFormat()), static authorization => authorization.ResourceControlPolicies,
            static (authorization, policies) => authorization with { ResourceControlPolicies = policies },
            "All resource control policies, which only deny."),
    ];

    /// <inheritdoc/>
    protected override EstateAuthorization Begin(SourcePosition position) => new() { Position = position };
}
