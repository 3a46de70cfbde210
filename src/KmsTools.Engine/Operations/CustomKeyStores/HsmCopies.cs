using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>Brings HSMs that lack keys of their cluster up to date, as far as the modules allow.</summary>
internal static class HsmCopies
{
    private const int MostNamed = 5;

    /// <summary>
    /// Looks at a connection that has just been made, and copies to each HSM what it lacks: one that was added while nobody was
    /// connected, or was lost when a key was created. The keys work meanwhile; a copy that fails is told, and tried at the next connect.
    /// </summary>
    public static void Complete(OperationContext context, CustomKeyStore store, HsmCluster cluster, IHsmConnection connection)
    {
        context.Caller.Progress?.Invoke($"Comparing the HSMs of {cluster.ClusterId}");
        ImmutableArray<HsmInventory> inventories;
        try
        {
            inventories = connection.ListKeys();
        }
        catch (HsmException e)
        {
            context.Caller.Warning?.Invoke($"The HSMs of {cluster.ClusterId} could not be compared: {e.Message}");
            return;
        }

        HashSet<string> living = Living(context.Engine.Store, store.Region, store.CustomKeyStoreId);
        HashSet<string> held = [.. inventories.SelectMany(static hsm => hsm.Keys).Where(key => key.IsUsable && living.Contains(key.Id)).Select(static key => key.Id)];
        foreach (HsmInventory hsm in inventories.Where(static hsm => hsm.Failure is null))
        {
            if (!held.IsSubsetOf(hsm.Keys.Where(static key => key.IsUsable).Select(static key => key.Id)))
            {
                context.Caller.Progress?.Invoke($"Copying keys to HSM {hsm.Name}");
                try
                {
                    HsmSynchronization outcome = connection.Synchronize(hsm.Token);
                    Record(context.Engine.Administration, context.Caller, store.Region, cluster.ClusterId, hsm.Token, outcome);
                    if (Shortfall(hsm.Token, outcome) is { } shortfall)
                    {
                        context.Caller.Warning?.Invoke(shortfall);
                    }
                }
                catch (HsmException e)
                {
                    context.Caller.Warning?.Invoke($"HSM {hsm.Name} could not be given the keys that it lacks: {e.Message}");
                }
            }
        }
    }

    /// <summary>What people should know of an HSM that lacks keys after all that could be done; null when it lacks none.</summary>
    public static string? Shortfall(HsmToken token, HsmSynchronization outcome)
    {
        if (outcome.NotCopied.IsEmpty)
        {
            return null;
        }

        string names = string.Join(", ", outcome.NotCopied.Take(MostNamed).Select(static key => key.Label.Length > 0 ? key.Label : key.Id));
        return $"HSM {token.TokenLabel} lacks {outcome.NotCopied.Length} key{(outcome.NotCopied.Length == 1 ? "" : "s")} that cannot leave the other HSMs: "
            + $"{names}{(outcome.NotCopied.Length > MostNamed ? ", ..." : "")}. Calls with them go to the other HSMs.";
    }

    /// <summary>Records a copy that did, or could not do, anything.</summary>
    public static void Record(Administration administration, Caller caller, string region, string clusterId, HsmToken token, HsmSynchronization outcome)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SynchronizeHsm, caller, region)
            .With(Members.ClusterId, clusterId).With(Members.TokenLabel, token.TokenLabel).With(Members.SerialNumber, token.SerialNumber);
        administration.Do(act, context =>
        {
            context.AdditionalEventData[Members.AlreadyThere] = outcome.AlreadyThere.ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.Copied] = outcome.Copied.ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.NotCopied] = outcome.NotCopied.Length.ToString(CultureInfo.InvariantCulture);
            return outcome;
        });
    }

    /// <summary>The backing key IDs of the keys of a custom key store.</summary>
    private static HashSet<string> Living(IStateStore store, string region, string customKeyStoreId)
    {
        using IStateReader reader = store.OpenReader();
        return
        [
            .. reader.ListKeyIdsInStore(region, customKeyStoreId)
                .SelectMany(keyId => reader.FindKey(region, keyId)!.Materials)
                .Select(static material => material.KeyMaterialId),
        ];
    }
}
