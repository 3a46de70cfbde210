using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// The best-effort deletion of key material in HSMs, after its key is deleted. The deletion of the key is committed first; then the
/// HSM is asked once. Material that it does not delete becomes an orphan, which is recorded and stays.
/// </summary>
internal sealed class BackingKeyDeletion(IStateStore store, HsmConnections connections)
{
    // A process that takes this long is considered dead, and another one takes over.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);

    /// <summary>Records, in the transaction that deletes the key, that its material is to be deleted.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The key as it was.</param>
    /// <param name="aliases">The aliases of the key.</param>
    /// <param name="time">When it was deleted (UTC).</param>
    public static void Begin(IStateTransaction transaction, Key key, ImmutableArray<string> aliases, DateTimeOffset time)
    {
        CustomKeyStore customKeyStore = key.CustomKeyStore!;
        foreach (KeyMaterial material in key.Materials)
        {
            StrayKeyMaterial stray = new()
            {
                ClusterId = customKeyStore.HsmClusterId,
                BackingKeyId = material.KeyMaterialId,
                CustomKeyStoreId = customKeyStore.CustomKeyStoreId,
                Region = key.Region,
                KeyArn = key.Arn,
                Reason = StrayReason.DELETING,
                Since = time,
                KeyCreationDate = key.CreationDate,
                Messages = key.ReservedMessages,
                Aliases = aliases,
            };

            transaction.AddKeyMaterialFact(Fact(KeyMaterialFactKind.DELETED, stray));

            // No process is logged in to the HSMs of a store that is not connected: the material becomes an orphan immediately.
            if (customKeyStore.ConnectionState == ConnectionStateType.CONNECTED)
            {
                transaction.PutStrayKeyMaterial(stray);
            }
            else
            {
                transaction.PutStrayKeyMaterial(stray with { Reason = StrayReason.ORPHANED });
                transaction.Append(DeletionEvent(stray, key.AccountId, deleted: false));
            }
        }
    }

    /// <summary>Asks the HSMs to delete the recorded material. Called after the commit; also takes over what a dead process left.</summary>
    public void Finish()
    {
        while (TakeOne() is { } work)
        {
            bool deleted = TryDestroy(work);
            using IStateTransaction transaction = store.BeginTransaction();
            if (deleted)
            {
                transaction.DeleteStrayKeyMaterial(work.ClusterId, work.BackingKeyId);
                transaction.AddKeyMaterialFact(Fact(KeyMaterialFactKind.DESTROYED, work));
            }
            else
            {
                transaction.PutStrayKeyMaterial(work with { Reason = StrayReason.ORPHANED, ClaimedUntil = null });
            }

            transaction.Append(DeletionEvent(work, store.Properties.AccountId, deleted));
            transaction.Commit();
        }
    }

    private static KeyMaterialFact Fact(KeyMaterialFactKind kind, StrayKeyMaterial stray) =>
        new(kind, stray.Region, KeyIdentifier.KeyIdOf(stray.KeyArn), stray.Since, stray.ClusterId, stray.BackingKeyId);

    private StrayKeyMaterial? TakeOne()
    {
        DateTimeOffset now = StoreClock.TimeOfClaims(store);
        bool Free(StrayKeyMaterial stray) => stray.Reason == StrayReason.DELETING && !(stray.ClaimedUntil > now);

        using (IStateReader reader = store.OpenReader())
        {
            if (!reader.ListStrayKeyMaterial(null).Any(Free))
            {
                return null;
            }
        }

        using IStateTransaction transaction = store.BeginTransaction();
        if (transaction.ListStrayKeyMaterial(null).FirstOrDefault(Free) is not { } work)
        {
            return null;
        }

        work = work with { ClaimedUntil = now + Claim };
        transaction.PutStrayKeyMaterial(work);
        transaction.Commit();
        return work;
    }

    private bool TryDestroy(StrayKeyMaterial work)
    {
        try
        {
            CustomKeyStore? customKeyStore;
            using (IStateReader reader = store.OpenReader())
            {
                customKeyStore = reader.FindCustomKeyStore(work.Region, work.CustomKeyStoreId);
            }

            if (customKeyStore is not { ConnectionState: ConnectionStateType.CONNECTED })
            {
                return false;
            }

            // Material that no longer exists counts as deleted.
            using HsmLease lease = connections.Rent(customKeyStore);
            _ = lease.Connection.DestroyKey(Convert.FromHexString(work.BackingKeyId));
            return true;
        }
        catch (HsmException)
        {
            return false;
        }
    }

    private static AuditRecord DeletionEvent(StrayKeyMaterial work, string accountId, bool deleted)
    {
        string keyId = KeyIdentifier.KeyIdOf(work.KeyArn);
        Key key = new() { AccountId = accountId, Region = work.Region, KeyId = keyId, CreationDate = work.Since, Policy = "" };
        ImmutableArray<Dictionary<string, string>> backingKeys = [new() { [Members.BackingKeyId] = work.BackingKeyId }];
        ImmutableArray<Dictionary<string, string>> status =
        [
            new()
            {
                [Members.BackingKeyId] = work.BackingKeyId,
                [Members.DeletionStatus] = deleted ? AuditNames.DeletionStatus.Success : AuditNames.DeletionStatus.Failure,
            },
        ];
        return AuditWriter.Deletion(
            key,
            work.Since,
            new Dictionary<string, string>
            {
                [Members.CustomKeyStoreId] = work.CustomKeyStoreId,
                [Members.ClusterId] = work.ClusterId,
                [Members.BackingKeys] = JsonSerializer.Serialize(backingKeys),
                [Members.BackingKeysDeletionStatus] = JsonSerializer.Serialize(status),
            });
    }
}
