namespace KmsTools.Estates;

/// <summary>Changes the settings of a cluster; what is null stays.</summary>
/// <param name="ClusterId">The ID of the cluster.</param>
/// <param name="HighAvailability">Whether keys are made only while two of its HSMs are active.</param>
/// <param name="ManagePassword">Whether each connect changes the password of the crypto user.</param>
/// <param name="CommandsFromElsewhere">Commands per second that it serves for others.</param>
internal sealed record ConfigureClusterStep(
    string ClusterId, bool? HighAvailability = null, bool? ManagePassword = null, int? CommandsFromElsewhere = null) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) =>
        run.Engine.HsmClusters.Configure(ClusterId, CommandsFromElsewhere, HighAvailability, ManagePassword, run.Caller);
}
