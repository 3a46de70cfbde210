using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Alarms;
using KmsTools.Files;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Gets the state of the store on one screen: clock, keys, key stores, HSMs, alarms, orphans, and the commands to type next.
/// </summary>
/// <remarks>
/// Does not create a store. Nothing is recorded. Keys whose material no HSM holds are those that the last connect of their key store in this
/// process has missed, or Get-KmsOrphanedKeyMaterial, which compares the HSMs again.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsStatus
/// </code>
/// <para>Shows the state of the store of this session.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsStatus).NextCommands
/// </code>
/// <para>Gets the commands that put right what needs attention.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsStatus", HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsStatus))]
public sealed class GetKmsStatusCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (KmsSession.Find() is null && !DefaultExists())
        {
            WriteWarning(
                $"No store is open, and there is none in {StoreChoice.DefaultLocation()} yet. New-KmsKey creates it, Connect-Kms opens "
                    + "another one.");
            return;
        }

        if (Connection is { IsSealed: true } sealedStore)
        {
            WriteObject(KmsStatus.OfSealed(sealedStore));
            return;
        }

        KmsEngine engine = Engine;
        engine.ProcessDue();
        ImmutableArray<HsmClusterDescription> clusters = new CallProgress(this, "Asking the HSMs").Run(() => engine.HsmClusters.Find());
        using IStateReader state = engine.OpenReader();
        ImmutableArray<CustomKeyStore> stores =
            [.. state.ListRegions().SelectMany(region => state.ListCustomKeyStores(region, null, int.MaxValue))];
        Key[] keys = [.. state.ListRegions().SelectMany(region => state.ListKeyIds(region, null, int.MaxValue)
            .Select(keyId => state.FindKey(region, keyId)).OfType<Key>())];
        KmsStatus status = new()
        {
            Connection = Connection,
            Clock = new KmsClock(engine.UtcNow.UtcDateTime, engine.Properties.IsSimulatedClock),
            AuthorizationMode = engine.Authorization.Read().Mode,
            Keys = KmsStatus.CountKeys(keys.Select(static key => key.State)),
            KeyStores = [.. stores.Select(store => new KmsKeyStoreStatus(
                store.CustomKeyStoreId,
                store.Name,
                store.Region,
                store.ConnectionState,
                store.ConnectionErrorCode,
                state.CountKeysInStore(store.CustomKeyStoreId)))],
            Clusters = clusters,
            Alarms = [.. engine.Alarms.List().Where(static alarm => alarm.State == AlarmState.ALARM)],
            OrphanCount = state.ListStrayKeyMaterial(null).Count(static stray => stray.Reason == StrayReason.ORPHANED),
            LostKeyCount = keys.Count(engine.KeyMaterial.WasLost),
            NextDue = keys.Where(static key => key.NextDue is not null).MinBy(static key => key.NextDue) is { } next
                ? DueChange.Of(next, state)[0]
                : null,
            Endpoints = [.. KmsEndpoints.Running],
            NextCommands = [],
        };
        ImmutableArray<string> sealRisks = engine.RootKey.FindSealRisks();
        foreach (string risk in sealRisks)
        {
            WriteWarning(risk);
        }

        string[] sealing = sealRisks.IsEmpty ? [] : ["Protect-KmsStore"];
        WriteObject(status with { NextCommands = [.. sealing, .. NextCommands(status, state, stores, SessionRegion.Name)] });
    }

    // The store of the user is opened by this if it is shared: nobody else knows whether it exists.
    private static bool DefaultExists() => DefaultStore.Shared is null ? DefaultStore.ExistsInFolder : KmsSession.RequireExisting();

    // Each is complete: it can be pasted.
    private static IEnumerable<string> NextCommands(
        KmsStatus status, IStateReader state, ImmutableArray<CustomKeyStore> stores, string region)
    {
        // Their HSMs cannot be asked without a login.
        HashSet<string> unasked =
        [
            .. state.ListStrayKeyMaterial(null)
                .Where(static stray => stray.Reason == StrayReason.ORPHANED)
                .Select(static stray => stray.ClusterId)
                .Except(stores.Where(static store => store.ConnectionState == ConnectionStateType.CONNECTED)
                    .Select(static store => store.CloudHsmClusterId)
                    .OfType<string>()),
        ];
        foreach (CustomKeyStore store in stores.Where(StoreAdvice.NeedsReconnection))
        {
            yield return StoreAdvice.Reconnection(state, store, region);
        }

        foreach (HsmClusterDescription cluster in status.Clusters.Where(static cluster => cluster.ActiveHsmCount < cluster.HsmCount))
        {
            yield return $"Get-KmsHsm {cluster.ClusterId}";
        }

        foreach (CustomKeyStore store in stores.Where(store => store.ConnectionState == ConnectionStateType.DISCONNECTED
            && (state.CountKeysInStore(store.CustomKeyStoreId) > 0
                || (store.CloudHsmClusterId is { } clusterId && unasked.Contains(clusterId)))))
        {
            yield return $"Connect-KmsCustomKeyStore {StoreAdvice.NameIn(region, store.CustomKeyStoreId, store.Region)}";
        }

        foreach (AlarmDescription alarm in status.Alarms)
        {
            yield return $"Get-KmsAlarm {QuotedText.Of(alarm.Name)}";
        }

        if (status.OrphanCount > 0 || status.LostKeyCount > 0)
        {
            yield return "Get-KmsOrphanedKeyMaterial";
        }

        if (status.AuthorizationMode == AuthorizationMode.Record)
        {
            yield return "Set-KmsAuthorization -Mode Enforce";
        }

        if (status.NextDue is not null)
        {
            yield return "Get-KmsSchedule";
        }

        if (status.Keys.IsEmpty)
        {
            yield return "New-KmsKey";
        }
    }
}
