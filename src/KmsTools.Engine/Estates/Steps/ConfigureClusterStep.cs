namespace KmsTools.Estates;

/// <summary>Changes the settings of a cluster; a setting that is null is left unchanged.</summary>
/// <param name="ClusterId">The ID of the cluster.</param>
/// <param name="HighAvailability">Whether keys are created only while two of its HSMs are active.</param>
/// <param name="ManagePassword">Whether each connect changes the password of the crypto user.</param>
/// <param name="CommandsFromElsewhere">Commands per second that it serves for others.</param>
internal sealed record ConfigureClusterStep(
    string ClusterId, bool? HighAvailability = null, bool? ManagePassword = null, int? CommandsFromElsewhere = null) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run) =>
        run.Engine.HsmClusters.Configure(ClusterId, CommandsFromElsewhere, HighAvailability, ManagePassword, run.Caller);
}
