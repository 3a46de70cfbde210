using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSMs of clusters: the counterpart of CreateHsm and DeleteHsm of AWS CloudHSM. After a change every process connects to the
/// cluster again, at its next call.
/// </summary>
public sealed partial class HsmMembers
{
    private readonly IStateStore _store;
    private readonly HsmConnections _hsms;
    private readonly HsmClusterRegistry _clusters;
    private readonly Administration _administration;

    internal HsmMembers(IStateStore store, HsmConnections hsms, HsmClusterRegistry clusters, Administration administration)
    {
        _store = store;
        _hsms = hsms;
        _clusters = clusters;
        _administration = administration;
    }

    /// <summary>The current state of the HSMs of a cluster, with sessions and keys where a key store of the cluster is connected.</summary>
    /// <param name="clusterId">The cluster; null for all clusters.</param>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    public ImmutableArray<HsmDescription> Find(string? clusterId = null)
    {
        ImmutableArray<HsmCluster> clusters;
        using (IStateReader reader = _store.OpenReader())
        {
            clusters = clusterId is null ? reader.ListClusters() : [Require(reader, clusterId)];
        }

        return [.. clusters.SelectMany(
            cluster => Status(cluster).Zip(cluster.Tokens, (now, registered) => Describe(cluster, registered, now)))];
    }

    private static HsmCluster Require(IStateReader reader, string clusterId) =>
        reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);

    private static HsmDescription Describe(HsmCluster cluster, HsmToken registered, HsmStatus now) => new(
        cluster.ClusterId,
        registered.TokenLabel,
        registered.SerialNumber,
        now.State,
        registered.Library ?? cluster.Library,
        now.Manufacturer,
        now.Model,
        now.FirmwareVersion,
        now.FreeSessions,
        now.KeyCount)
    {
        Reason = now.Reason,

        // What an older store does not know about an HSM, the HSM reports.
        Uri = HsmUri.Of(
            registered.Library ?? cluster.Library,
            registered with { Manufacturer = registered.Manufacturer ?? now.Manufacturer, Model = registered.Model ?? now.Model }),
    };

    private ImmutableArray<HsmStatus> Status(HsmCluster cluster)
    {
        ImmutableArray<CustomKeyStore> users;
        using (IStateReader reader = _store.OpenReader())
        {
            users = reader.ListCustomKeyStoresOfCluster(cluster.ClusterId);
        }

        if (CustomKeyStore.FirstConnected(users) is { } connected)
        {
            try
            {
                using HsmLease lease = _hsms.Rent(connected);
                ImmutableArray<HsmStatus> status = lease.Connection.Status();
                if (status.Length == cluster.Tokens.Length)
                {
                    return status;
                }
            }
            catch (HsmException)
            {
                // This process cannot log in; what is visible without a login is still worth reporting.
            }
        }

        return _clusters.Inspect(cluster);
    }

    private static void Change(
        AdministrativeContext context,
        string clusterId,
        HsmToken token,
        Func<HsmCluster, HsmCluster> change) => context.Commit(transaction =>
    {
        HsmCluster cluster = change(Require(transaction, clusterId));
        transaction.UpdateCluster(cluster);
        ConnectedKeyStores.Reconnect(transaction, clusterId);
        context.Act = context.Act.With(Members.TokenLabel, token.TokenLabel).With(Members.SerialNumber, token.SerialNumber)
            .With(Members.Uri, HsmUri.Of(token.Library ?? cluster.Library, token));
        context.AdditionalEventData[Members.Hsms] = cluster.Tokens.Length.ToString(CultureInfo.InvariantCulture);
        return cluster;
    });
}
