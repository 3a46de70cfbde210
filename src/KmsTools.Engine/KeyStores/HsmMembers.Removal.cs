using System.Collections.Immutable;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <content>Removes HSMs from clusters.</content>
public sealed partial class HsmMembers
{
    /// <summary>The consequences of removing an HSM from its cluster.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The label of the HSM.</param>
    /// <param name="force">Whether it is to be removed even if keys exist nowhere else, or this cannot be determined.</param>
    /// <param name="serialNumber">Its serial number; needed where two HSMs of the cluster have this label.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; KMSInvalidStateException: without <paramref name="force"/>, while keys would be lost.
    /// </exception>
    /// <exception cref="ArgumentException">The cluster has no such HSM, or several.</exception>
    public HsmRemoval PreviewRemoval(
        string clusterId, string tokenLabel, bool force = false, string? serialNumber = null, Caller? triedBy = null) =>
        _administration.Preview(
            Removing(clusterId, tokenLabel, force, serialNumber, triedBy),
            triedBy,
            _ => RequireRemovable(clusterId, tokenLabel, force, serialNumber));

    /// <summary>Removes an HSM from its cluster. The HSM keeps what it holds.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="tokenLabel">The label of the HSM.</param>
    /// <param name="force">Remove it even if keys exist nowhere else, or this cannot be determined.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="serialNumber">Its serial number; needed where two HSMs of the cluster have this label.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; KMSInvalidStateException: without <paramref name="force"/>, while keys would be lost.
    /// </exception>
    /// <exception cref="ArgumentException">The cluster has no such HSM, or several.</exception>
    public HsmRemoval Remove(string clusterId, string tokenLabel, bool force = false, Caller? caller = null, string? serialNumber = null)
    {
        return _administration.Do(Removing(clusterId, tokenLabel, force, serialNumber, caller), context =>
        {
            HsmRemoval removal = RequireRemovable(clusterId, tokenLabel, force, serialNumber);
            string leaving = removal.Hsm.SerialNumber;
            Change(context, clusterId, removal.Hsm, now => now with { Tokens = now.Tokens.Remove(Require(now, tokenLabel, leaving)) });
            return removal;
        });
    }

    private static AdministrativeAct Removing(string clusterId, string tokenLabel, bool force, string? serialNumber, Caller? caller) =>
        new AdministrativeAct(AuditNames.RemoveHsm, caller)
            .With(Members.ClusterId, clusterId).With(Members.TokenLabel, tokenLabel).With(Members.SerialNumber, serialNumber)
            .With(Members.Force, force ? true : null);

    private HsmRemoval RequireRemovable(string clusterId, string tokenLabel, bool force, string? serialNumber)
    {
        HsmRemoval removal = Compare(clusterId, tokenLabel, serialNumber);
        return force || removal.OnlyThere.IsEmpty ? removal : throw KmsErrors.HsmHoldsOnlyCopies(clusterId, removal);
    }

    private static HsmToken Require(HsmCluster cluster, string tokenLabel, string? serialNumber)
    {
        TokenSelector wanted = new() { Label = tokenLabel, SerialNumber = serialNumber };
        HsmToken[] found = [.. cluster.Tokens.Where(wanted.Allows)];
        return found switch
        {
            [var only] => only,
            [] => throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has no HSM with the token "
                    + $"{(serialNumber is null ? $"label '{tokenLabel}'" : wanted.ToString())}. {Present(cluster)}",
                nameof(tokenLabel)),
            _ => throw new ArgumentException(
                $"Cluster {cluster.ClusterId} has {found.Length} HSMs with the token label '{tokenLabel}'. Give the serial number too: "
                + $"{string.Join(", ", found.Select(static token => token.SerialNumber))}.",
                nameof(tokenLabel)),
        };
    }

    private static string Present(HsmCluster cluster) => cluster.Tokens.IsEmpty
        ? "It has none."
        : $"It has {string.Join(", ", cluster.Tokens.Select(static token => $"'{token.TokenLabel}'"))}.";

    private HsmRemoval Compare(string clusterId, string tokenLabel, string? serialNumber)
    {
        HsmCluster cluster;
        ImmutableArray<CustomKeyStore> users;
        Dictionary<string, string> living = [];
        using (IStateReader reader = _store.OpenReader())
        {
            cluster = Require(reader, clusterId);
            users = reader.ListCustomKeyStoresOfCluster(clusterId);
            foreach (CustomKeyStore user in users)
            {
                foreach (string id in reader.ListKeyIdsInStore(user.Region, user.CustomKeyStoreId))
                {
                    Key key = reader.FindKey(user.Region, id)!;
                    living[key.CurrentMaterial!.KeyMaterialId] = key.Arn;
                }
            }
        }

        HsmToken leaving = Require(cluster, tokenLabel, serialNumber);
        int left = cluster.Tokens.Length - 1;
        bool isTooFew = cluster.HighAvailability && left < 2;
        ImmutableArray<HsmInventory>? inventories = living.Count == 0 || left == 0 ? [] : Inventory(users);
        IEnumerable<HsmInventory> others = (inventories ?? []).Where(hsm => !hsm.Token.IsSame(leaving));
        foreach (HsmKeyObject held in others.SelectMany(static hsm => hsm.Keys).Where(static key => key.IsUsable))
        {
            living.Remove(held.Id);
        }

        return new HsmRemoval(leaving, [.. living.Values.Order(StringComparer.Ordinal)], IsKnown: inventories is not null, isTooFew);
    }

    private ImmutableArray<HsmInventory>? Inventory(ImmutableArray<CustomKeyStore> users)
    {
        if (CustomKeyStore.FirstConnected(users) is not { } connected)
        {
            return null;
        }

        try
        {
            using HsmLease lease = _hsms.Rent(connected);
            return lease.Connection.ListKeys();
        }
        catch (HsmException)
        {
            return null;
        }
    }
}
