namespace KmsTools.Estates;

/// <summary>Changes how the store authorizes calls.</summary>
/// <param name="Settings">What they become.</param>
internal sealed record SetAuthorizationStep(AuthorizationSettings Settings) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) => run.Engine.Authorization.Set(
        Settings.Mode,
        Settings.DirectUseOfAwsManagedKeys,
        Settings.ServiceControlPolicies,
        Settings.ResourceControlPolicies,
        run.Caller);
}
