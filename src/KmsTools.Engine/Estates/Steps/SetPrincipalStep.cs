namespace KmsTools.Estates;

/// <summary>Creates a user, role or group, or changes it.</summary>
/// <param name="Principal">What it becomes; its unique ID and time of creation do not matter.</param>
/// <param name="IsNew">Whether it is created.</param>
internal sealed record SetPrincipalStep(Principal Principal, bool IsNew) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run)
    {
        PrincipalSettings settings = new()
        {
            Tags = Principal.Tags,
            Policies = Principal.Policies,
            PermissionsBoundary = Principal.PermissionsBoundary,
            Groups = Principal.Groups,
            TrustPolicy = Principal.TrustPolicy,
            MaxSessionDuration = Principal.Type == PrincipalType.Role ? Principal.MaxSessionDuration : null,
        };
        if (IsNew)
        {
            run.Engine.Principals.Create(Principal.Type, Principal.Name, settings with { Path = Principal.Path }, run.Caller);
        }
        else
        {
            run.Engine.Principals.Change(Principal.Type, Principal.Name, settings, run.Caller);
        }
    }
}
