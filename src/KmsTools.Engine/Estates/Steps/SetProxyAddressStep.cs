namespace KmsTools.Estates;

/// <summary>Sets how the proxies of a host are reached.</summary>
/// <param name="Part">The part of the estate.</param>
/// <param name="Address">What it becomes.</param>
internal sealed record SetProxyAddressStep(EstateProxyAddress Part, XksProxyAddress Address) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) =>
        run.Ids[Part] = run.Engine.ExternalKeyStores.SetAddress(Address, run.Caller).HostName;
}
