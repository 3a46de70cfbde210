using System.Collections.Immutable;
using System.Globalization;
using KmsTools.AccessKeys;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Pipeline;

/// <summary>
/// Wraps everything in a store again, once its root key has a new generation, while calls of this and other processes go on. Wherever a
/// process dies, the next one that maintains the store goes on with it: what is left to do is seen from the wrapped values.
/// </summary>
internal sealed class RootKeyRotation(IStateStore store, SoftwareKeyStore software)
{
    /// <summary>The maximum number of materials in one transaction: others wait for it.</summary>
    public const int MaxItems = 250;

    // Of one call that maintains a store with very many keys. The others do the rest.
    private const int MaxTransactions = 4;

    private const long MillisecondsAfterFailure = 60_000;

    // Where the previous transaction of this process has stopped. Used within transactions only, of which a process has one at a time.
    private StoredMaterial? _last;
    private int _isAdvancing;

    // In milliseconds of Environment.TickCount64.
    private long _notBefore;

    /// <summary>Makes the next generation, within a transaction.</summary>
    /// <returns>The state before, and after it.</returns>
    public static (RootKeyState Before, RootKeyState After) Begin(IStateTransaction transaction, DateTimeOffset now) =>
        (transaction.ReadRootKey(), transaction.BeginRootKeyRotation(now));

    /// <summary>Wraps all that is left again, and drops the former generation.</summary>
    public void Finish()
    {
        while (Step(clock: null))
        {
        }

        store.DropFormerRootKeys();
    }

    /// <summary>
    /// Goes on with a rotation, or begins one that is due by the age of the generation, for a call that has other work. After a failure,
    /// such as a full disk or a damaged value, it does nothing for a minute.
    /// </summary>
    /// <param name="clock">The clock of the store.</param>
    /// <exception cref="StateStoreException">A value cannot be wrapped again, or the store cannot be written.</exception>
    public void Advance(StoreClock clock)
    {
        if (Environment.TickCount64 < Volatile.Read(ref _notBefore) || Interlocked.Exchange(ref _isAdvancing, 1) != 0)
        {
            return;
        }

        try
        {
            for (int i = 0; i < MaxTransactions; i++)
            {
                if (!Step(clock))
                {
                    store.DropFormerRootKeys();
                    return;
                }
            }
        }
        catch (StateStoreException)
        {
            Volatile.Write(ref _notBefore, Environment.TickCount64 + MillisecondsAfterFailure);
            throw;
        }
        finally
        {
            Volatile.Write(ref _isAdvancing, 0);
        }
    }

    /// <summary>Performs one transaction of a rotation.</summary>
    /// <param name="clock">Shows whether one is due where none is in progress; null to begin none.</param>
    /// <returns>Whether the rotation goes on after it.</returns>
    private bool Step(StoreClock? clock)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        bool goesOn = true;
        if (transaction.ReadRootKey().IsRotating)
        {
            goesOn = !WrapSome(transaction);
        }
        else if (clock is null || !BeginIfDue(transaction, clock.Now(transaction)))
        {
            return false;
        }

        transaction.Commit();
        return goesOn;
    }

    private bool BeginIfDue(IStateTransaction transaction, DateTimeOffset now)
    {
        if (!transaction.ReadRootKey().IsDue(now))
        {
            return false;
        }

        (RootKeyState before, RootKeyState after) = Begin(transaction, now);
        transaction.Append(AuditWriter.Service(AuditNames.RotateRootKey, store.Properties, now, new Dictionary<string, string?>
        {
            [Members.From] = before.Generation.ToString(CultureInfo.InvariantCulture),
            [Members.To] = after.Generation.ToString(CultureInfo.InvariantCulture),
        }));
        return true;
    }

    /// <summary>Wraps as much again as one transaction may.</summary>
    /// <returns>Whether all is.</returns>
    private bool WrapSome(IStateTransaction transaction)
    {
        ImmutableArray<StoredMaterial> materials = transaction.ListFormerMaterials(_last, MaxItems);
        foreach (StoredMaterial material in materials)
        {
            transaction.RewrapMaterial(material with
            {
                Material = software.WrapAgain(material.Region, material.KeyId, material.Material),
            });
        }

        if (!materials.IsEmpty)
        {
            _last = materials[^1];
            return false;
        }

        // From the beginning the next time, if anything is left: that a transaction has failed is not noted.
        _last = null;
        WrapFew(transaction);
        return transaction.TryEndRootKeyRotation();
    }

    // What a store has few of. Last, because held material and that of keys change places.
    private void WrapFew(IStateTransaction transaction)
    {
        foreach (HeldMaterial held in transaction.ListHeldMaterials())
        {
            transaction.HoldMaterial(held with { Material = software.WrapAgain(held.Region, held.KeyId, held.Material) });
        }

        foreach (string region in transaction.ListRegions())
        {
            foreach (CustomKeyStore keyStore in transaction.ListCustomKeyStores(region, null, int.MaxValue))
            {
                transaction.UpdateCustomKeyStore(keyStore.IsExternal
                    ? ProxySecret.WrapAgain(store.RootKey, keyStore)
                    : CryptoUserPassword.WrapAgain(store.RootKey, keyStore));
            }
        }

        foreach (HsmClusterBackup backup in transaction.ListBackups().Where(static backup => backup.WrappedPassword is not null))
        {
            transaction.UpdateBackup(CryptoUserPassword.WrapAgain(store.RootKey, backup));
        }

        foreach (HsmCluster cluster in transaction.ListClusters().Where(static cluster => cluster.WrappedPin is not null))
        {
            transaction.UpdateCluster(HsmClusterRegistry.WrapPinAgain(store.RootKey, cluster));
        }

        foreach (AccessKey accessKey in transaction.ListAccessKeys())
        {
            transaction.UpdateAccessKey(AccessKeyRegistry.WrapAgain(store.RootKey, store.Properties.InstallationId, accessKey));
        }
    }
}
