using System.Collections.Immutable;
using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// Compares the content of the HSMs of clusters with the keys of the store: finds material without a key, keys without material, keys that
/// some HSMs lack, and objects that are incomplete.
/// </summary>
/// <remarks>
/// Only material of this store is listed: its label is the ARN of a key that the store created, or the store has a record of it. AES keys
/// of other programs are counted with -Verbose and never changed. A cluster is inspected through a connected custom key store, or with
/// -KeyStorePassword; a warning names every cluster that is not inspected, and what the store itself knows about it.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsOrphanedKeyMaterial
/// </code>
/// <para>Compares all clusters that have a connected custom key store.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsOrphanedKeyMaterial cluster-abcdefghijk | Where-Object Kind -EQ KEY_WITHOUT_MATERIAL | Format-List
/// </code>
/// <para>Gets the keys of a cluster whose material is lost, with all that is known about the damage.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsOrphanedKeyMaterial cluster-abcdefghijk -KeyStorePassword (Read-Host -AsSecureString)
/// </code>
/// <para>Compares a cluster that no custom key store is connected to.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsOrphanedKeyMaterial", HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(OrphanedKeyMaterial))]
public sealed class GetKmsOrphanedKeyMaterialCommand : KmsCmdlet
{
    /// <summary>The cluster. The default is all clusters that a custom key store is connected to.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? ClusterId { get; set; }

    /// <summary>The custom key store whose cluster is compared, in the Region of the session.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>The password (PIN) of the crypto user, for a cluster that no custom key store is connected to.</summary>
    [Parameter]
    [PinTransformation]
    public SecureString? KeyStorePassword { get; set; }

    private protected override object? Subject => ClusterId ?? CustomKeyStoreId;

    private protected override RegionName? CallRegion => SessionRegion.Parse();

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        foreach (string clusterId in Clusters(KeyStorePassword is not null))
        {
            HsmReconciliation found = new CallProgress(this, $"Comparing what the HSMs of {clusterId} hold with the store").Run(() =>
            {
                using Secret? password = KeyStorePassword is null ? null : PinnedText.Utf8(KeyStorePassword);
                return engine.KeyMaterial.Find(clusterId, password);
            });
            foreach ((string label, string failure) in found.NotAnswered)
            {
                WriteWarning($"HSM '{label}' of {clusterId} did not answer ({failure}): what it holds is not known.");
            }

            foreach ((string label, int count) in found.Hidden)
            {
                (string what, string it) = count == 1 ? ("a key material", "it") : ($"{count} key materials", "them");
                WriteWarning($"HSM '{label}' of {clusterId} refused to destroy {what} and does not show {it} any more; it may still "
                    + $"hold {it}. {Advice.AfterRefusedDestruction}");
            }

            if (found.ForeignObjects > 0)
            {
                WriteVerbose($"{clusterId} holds {found.ForeignObjects} AES key{(found.ForeignObjects == 1 ? "" : "s")} that this store "
                    + "has not made.");
            }

            WriteObject(found.Orphans, enumerateCollection: true);
        }
    }

    private ImmutableArray<string> Clusters(bool hasPassword)
    {
        if (ClusterId is not null)
        {
            return [ClusterId];
        }

        using IStateReader state = Engine.OpenReader();
        if (CustomKeyStoreId is not null)
        {
            // An external key store has no orphans: KMS creates and deletes nothing in external key managers.
            return KeyStoreName.Require(state, CallRegion ?? Engine.Properties.Region, CustomKeyStoreId).CloudHsmClusterId is { } clusterId
                ? [clusterId]
                : [];
        }

        ImmutableArray<string> all = [.. state.ListClusters().Select(static cluster => cluster.ClusterId)];
        if (hasPassword)
        {
            return all;
        }

        ILookup<bool, string> connected = all.ToLookup(Engine.KeyMaterial.IsConnected);
        foreach (string clusterId in connected[false])
        {
            WriteWarning($"The HSMs of {clusterId} were not inspected: no custom key store is connected to it.{Known(state, clusterId)} "
                + Remedy(state, clusterId));
        }

        return [.. connected[true]];
    }

    private static string Known(IStateReader state, string clusterId) =>
        state.ListStrayKeyMaterial(clusterId).Count(static stray => stray.Reason == StrayReason.ORPHANED) switch
        {
            0 => "",
            1 => " The store knows of 1 key material without a key in them.",
            int count => $" The store knows of {count} key materials without a key in them.",
        };

    private string Remedy(IStateReader state, string clusterId) => state.ListCustomKeyStoresOfCluster(clusterId) switch
    {
        [var store, ..] => StoreAdvice.Reconnection(state, store, SessionRegion.Name),
        _ => $"Get-KmsOrphanedKeyMaterial {clusterId} -KeyStorePassword (Read-Host -AsSecureString)",
    };
}
