using KmsTools.Auditing;
using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Creates the managed keys of AWS services when a call first refers to them: a change of state with a separate event.
/// </summary>
internal sealed class ManagedKeyCreation(IStateStore store, StoreClock clock, SnapshotCache snapshots, SoftwareKeyStore software)
{
    /// <summary>Creates the managed key that an alias names, unless another process has done so.</summary>
    /// <param name="region">The Region of the call.</param>
    /// <param name="aliasName">The alias of a known service, such as <c>alias/aws/s3</c>.</param>
    /// <returns>The state with the key in it.</returns>
    public IStateReader Create(RegionName region, AliasName aliasName)
    {
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            // Another process may have been first. Without a ChangeTime the key is seen at once, as the call that names it needs it.
            if (transaction.FindAlias(region, aliasName) is null)
            {
                DateTimeOffset now = clock.Now(transaction);
                StateStoreProperties properties = store.Properties;
                Key key = AwsManagedKeys.Create(
                    transaction, software, properties.AccountId, region, aliasName, properties.AwsManagedKeyRotationPeriodInDays, now);
                transaction.Append(AuditWriter.Service("CreateKey", key, now, new Dictionary<string, string?> { ["keyId"] = key.KeyId }));
                transaction.Commit();
            }
        }

        return snapshots.Open();
    }
}
