using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Performs what becomes due, in the whole store, in the order of the due times and with those times as its timestamps: expiry of imported
/// material, automatic rotation, deletion. Every call runs it before it reads a key, so no caller sees a stale state.
/// </summary>
internal sealed class DueWork(SoftwareKeyStore software)
{
    /// <summary>Performs everything that is due, within a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">The current time (UTC).</param>
    /// <param name="changes">Gets what was done; null if it is of no interest.</param>
    /// <returns>The number of items.</returns>
    public int Apply(IStateTransaction transaction, DateTimeOffset now, ICollection<DueChange>? changes = null)
    {
        int done = 0;
        while (transaction.FindDueKey(now) is { } key && KeySchedule.Next(key) is { } due)
        {
            changes?.Add(DueChange.Of(key, due, transaction));
            Apply(transaction, key, due);
            done++;
        }

        return done;
    }

    private void Apply(IStateTransaction transaction, Key key, DueItem due)
    {
        transaction.ChangeTime = due.Time;
        switch (due.Kind)
        {
            case DueKind.MaterialExpiry:
                MultiRegionKeys.DropMaterial(transaction, key, due.KeyMaterialId!, due.Time);
                Dictionary<string, string?> details = new() { ["keyId"] = key.KeyId };
                if (key.VisibleMaterialId(due.KeyMaterialId) is { } keyMaterialId)
                {
                    details["keyMaterialId"] = keyMaterialId;
                }

                transaction.Append(AuditWriter.Service("DeleteExpiredKeyMaterial", key, due.Time, details));
                break;
            case DueKind.Rotation:
                MultiRegionKeys.Rotate(transaction, software, key, RotationType.AUTOMATIC, due.Time);
                break;
            case DueKind.Deletion:
                ImmutableArray<string> aliases = key.CustomKeyStore is null ? []
                    : [.. transaction.ListAliases(key.Region, key.KeyId, null, int.MaxValue).Select(static alias => alias.AliasName)];
                transaction.DeleteKey(key);
                MultiRegionKeys.Deleted(transaction, key, due.Time);
                if (key.CustomKeyStore is null)
                {
                    transaction.Append(
                        AuditWriter.Service("DeleteKey", key, due.Time, new Dictionary<string, string?> { ["keyId"] = key.KeyId }));
                }
                else
                {
                    BackingKeyDeletion.Begin(transaction, key, aliases, due.Time);
                }

                break;
            default:
                throw new InvalidOperationException($"Unknown due item {due.Kind}.");
        }
    }
}
