using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The source of copies: clusters with their current HSMs.</summary>
internal sealed class BackupSource(IStateStore store, HsmConnections hsms, HsmClusterRegistry clusters)
{
    /// <summary>An HSM of a cluster, with the library through which it is reached.</summary>
    public static HsmToken WithLibrary(HsmCluster cluster, HsmToken token) => token with { Library = token.Library ?? cluster.Library };

    /// <summary>A cluster with the custom key stores that it backs.</summary>
    /// <exception cref="KmsException">CloudHsmClusterNotFoundException.</exception>
    public (HsmCluster Cluster, ImmutableArray<CustomKeyStore> Users) Read(string clusterId)
    {
        using IStateReader reader = store.OpenReader();
        HsmCluster cluster = reader.FindCluster(clusterId) ?? throw KmsErrors.ClusterNotFound(clusterId);
        return (cluster, reader.ListCustomKeyStoresOfCluster(clusterId));
    }

    /// <summary>Requires that the tokens of a library can be copied.</summary>
    /// <param name="library">The library.</param>
    /// <param name="cause">The cause of the refusal.</param>
    /// <param name="otherwise">What the user can do instead.</param>
    /// <exception cref="HsmException">NotPermitted: they cannot be copied.</exception>
    public void RequireCopier(string library, ErrorCause cause, string otherwise)
    {
        if (hsms.Provider.Copier.WhyNot(library) is { } reason)
        {
            throw new HsmException(HsmFailure.NotPermitted, $"{reason} {otherwise}") { Cause = cause };
        }
    }

    /// <summary>The active HSMs of a cluster, each with its library. The caller is warned of the others.</summary>
    /// <exception cref="KmsException">CloudHsmClusterNotActiveException: no HSM is active.</exception>
    public ImmutableArray<HsmToken> Active(HsmCluster cluster, CallObserver observer)
    {
        ImmutableArray<HsmToken>.Builder active = ImmutableArray.CreateBuilder<HsmToken>();
        foreach ((HsmToken token, HsmStatus status) in cluster.Tokens.Zip(clusters.Inspect(cluster)))
        {
            if (status.State == HsmState.ACTIVE)
            {
                active.Add(WithLibrary(cluster, token));
            }
            else
            {
                observer.Warn($"HSM '{token.TokenLabel}' of {cluster.ClusterId} is {status.State} and is not in the backup.");
            }
        }

        return active.Count == 0 ? throw KmsErrors.ClusterNotActive(cluster.ClusterId) : active.DrainToImmutable();
    }

    /// <summary>What the HSMs hold; null when it cannot be determined now.</summary>
    /// <param name="users">The custom key stores on the cluster.</param>
    public ImmutableArray<HsmInventory>? Inventory(ImmutableArray<CustomKeyStore> users)
    {
        // Logging in while a password change has yet to be completed requires the lock, which the caller holds.
        if (CustomKeyStore.FirstConnected(users.Where(static user => user.OtherWrappedPassword is null)) is not { } connected)
        {
            return null;
        }

        try
        {
            using HsmLease lease = hsms.Rent(connected);
            return lease.Connection.ListKeys();
        }
        catch (HsmException)
        {
            return null;
        }
    }
}
