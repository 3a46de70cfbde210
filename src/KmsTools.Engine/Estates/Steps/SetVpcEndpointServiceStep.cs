namespace KmsTools.Estates;

/// <summary>Registers a VPC endpoint service, or changes it.</summary>
/// <param name="Part">The part of the estate.</param>
/// <param name="Service">What it becomes.</param>
internal sealed record SetVpcEndpointServiceStep(EstateVpcEndpointService Part, VpcEndpointService Service) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) =>
        run.Ids[Part] = run.Engine.ExternalKeyStores.SetService(Service, run.Caller).ServiceName;
}
