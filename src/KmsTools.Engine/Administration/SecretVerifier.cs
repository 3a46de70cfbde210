using System.Collections.Immutable;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>
/// Opens every wrapped value of a store once, past the caches, while calls and rotations of the root key go on. Records that are refused
/// are findings already.
/// </summary>
/// <param name="openReader">Reads the state as it is.</param>
/// <param name="installationId">The ID of the store.</param>
/// <param name="rootKey">Its root key.</param>
/// <param name="software">Opens key material.</param>
/// <param name="found">Gets each finding.</param>
internal sealed class SecretVerifier(
    Func<IStateReader> openReader,
    string installationId,
    RootKey rootKey,
    SoftwareKeyStore software,
    Action<StoreFinding> found)
{
    /// <summary>The keys that were read.</summary>
    public long Keys { get; private set; }

    /// <summary>The values that were opened.</summary>
    public long Secrets { get; private set; }

    /// <summary>Verifies all values.</summary>
    public void Run()
    {
        using IStateReader state = openReader();
        int generation = GenerationIn(state);
        VerifySettings(state);
        VerifyKeys(state, generation);
        VerifyHeldMaterials(state, generation);
        foreach (AccessKey accessKey in Read(state.ListAccessKeys))
        {
            Verify(
                accessKey,
                now => AccessKeyRegistry.OpenSecret(rootKey, installationId, now),
                reader => reader.FindAccessKey(accessKey.AccessKeyId),
                generation);
        }

        VerifyPasswords(state, generation);
        foreach (HsmCluster cluster in Read(state.ListClusters))
        {
            Verify(
                cluster,
                now => now.WrappedPin is { } pin ? HsmClusterRegistry.OpenPin(rootKey, now.ClusterId, pin) : null,
                reader => reader.FindCluster(cluster.ClusterId),
                generation);
        }
    }

    /// <summary>Reads records; what SQLite cannot read is a finding, and so is a record that is not there.</summary>
    /// <param name="read">Reads them.</param>
    /// <param name="found">Gets the finding.</param>
    public static ImmutableArray<T> Read<T>(Func<ImmutableArray<T>> read, Action<StoreFinding> found)
    {
        try
        {
            return read();
        }
        catch (StateStoreException exception)
        {
            if (exception.Damage is null)
            {
                found(new StoreFinding(StoreFindingKind.FILE_DAMAGED, "state.db", exception.Message));
            }
            else if (exception.Damage is { IsMissing: true } damage)
            {
                found(new StoreFinding(StoreFindingKind.RECORDS_MISSING, damage.KeyArn ?? damage.Table, exception.Message)
                {
                    Table = damage.Table,
                    Record = damage.Key,
                    KeyArn = damage.KeyArn,
                });
            }

            return [];
        }
    }

    private ImmutableArray<T> Read<T>(Func<ImmutableArray<T>> read) => Read(read, found);

    // A page that cannot be read is a finding about each key that has a part of it.
    private static Key? Find(IStateReader reader, string region, string keyId, Action<StoreFinding> found) => Read<Key>(
        () => reader.FindKey(region, keyId) is { } key ? [key] : [],
        finding => found(finding.Kind != StoreFindingKind.FILE_DAMAGED ? finding : finding with
        {
            Subject = $"keys: region={region}, key_id={keyId}",
            Message = $"The key {keyId} in Region {region} cannot be read. {finding.Message}",
            Table = "keys",
            Record = $"region={region}, key_id={keyId}",
        })).FirstOrDefault();

    // Of the records of which there is one in each store: one that is missing is found by reading it only.
    private void VerifySettings(IStateReader state)
    {
        _ = Read<AuthorizationSettings>(() => [state.ReadAuthorization()]);
        _ = Read<long>(() => [state.ReadAuthorizationRevision()]);
        _ = Read<EventLogSettings>(() => [state.ReadEventLog()]);
    }

    private void VerifyKeys(IStateReader state, int generation)
    {
        foreach ((string region, string keyId) in Read(state.ListKeys))
        {
            if (Find(state, region, keyId, found) is not { } key)
            {
                continue;
            }

            Keys++;
            foreach (KeyMaterial material in key.Materials)
            {
                Verify(
                    material,
                    now => now.Wrapped.IsEmpty ? null : software.Unwrap(key, now),
                    reader => Find(reader, region, keyId, found)?.FindMaterial(material.KeyMaterialId),
                    generation,
                    key.Arn);
            }
        }
    }

    private void VerifyHeldMaterials(IStateReader state, int generation)
    {
        foreach (HeldMaterial held in Read(state.ListHeldMaterials))
        {
            // What is wrong with the key is a finding already.
            if (Find(state, held.Region, held.KeyId, static _ => { }) is { } key)
            {
                Verify(
                    held,
                    now => software.Unwrap(key, now.Material),
                    reader => Read(reader.ListHeldMaterials).FirstOrDefault(now =>
                        (now.Region, now.KeyId, now.Material.KeyMaterialId) == (held.Region, held.KeyId, held.Material.KeyMaterialId)),
                    generation,
                    key.Arn);
            }
        }
    }

    private void VerifyPasswords(IStateReader state, int generation)
    {
        foreach (CustomKeyStore keyStore in Read<CustomKeyStore>(
            () => [.. state.ListRegions().SelectMany(region => state.ListCustomKeyStores(region, null, int.MaxValue))]))
        {
            string id = keyStore.CustomKeyStoreId;
            CustomKeyStore? FindAgain(IStateReader reader) => reader.FindCustomKeyStore(keyStore.Region, id);
            if (keyStore.IsExternal)
            {
                Verify(keyStore, now => ProxySecret.Open(rootKey, now), FindAgain, generation);
                continue;
            }

            Verify(keyStore, now => CryptoUserPassword.Open(rootKey, id, now.WrappedPassword), FindAgain, generation);
            Verify(
                keyStore,
                now => now.OtherWrappedPassword is { } other ? CryptoUserPassword.Open(rootKey, id, other) : null,
                FindAgain,
                generation);
        }

        foreach (HsmClusterBackup backup in Read(state.ListBackups))
        {
            Verify(
                backup,
                now => now is { WrappedPassword: { } wrapped, CustomKeyStoreId: { } id }
                    ? CryptoUserPassword.Open(rootKey, id, wrapped)
                    : null,
                reader => reader.FindBackup(backup.BackupId),
                generation);
        }
    }

    /// <summary>Opens a value. One of a generation that was dropped since it was read is read again.</summary>
    /// <param name="record">The record as it was read.</param>
    /// <param name="open">Opens its value; null if it has none.</param>
    /// <param name="find">Reads the record again; null if it was deleted.</param>
    /// <param name="generation">The generation of the root key when the record was read.</param>
    /// <param name="keyArn">The key that it belongs to, if it does.</param>
    private void Verify<T>(T record, Func<T, Secret?> open, Func<IStateReader, T?> find, int generation, string? keyArn = null)
        where T : class
    {
        while (true)
        {
            StateStoreException failure;
            try
            {
                using Secret? secret = open(record);
                Secrets += secret is null ? 0 : 1;
                return;
            }
            catch (StateStoreException exception) when (exception.Damage is not null)
            {
                failure = exception;
            }

            using IStateReader again = openReader();
            int newest = GenerationIn(again);
            if (newest == generation)
            {
                found(new StoreFinding(StoreFindingKind.SECRET_UNREADABLE, keyArn ?? failure.Damage!.Key, failure.Message)
                {
                    Table = failure.Damage!.Table,
                    Record = failure.Damage.Key,
                    KeyArn = keyArn,
                });
                return;
            }

            generation = newest;
            if (Read<T>(() => find(again) is { } now ? [now] : []).FirstOrDefault() is not { } changed)
            {
                return;
            }

            record = changed;
        }
    }

    // 0 if the record about it is damaged or missing, which is a finding.
    private int GenerationIn(IStateReader state) => Read<RootKeyState>(() => [state.ReadRootKey()]).FirstOrDefault()?.Generation ?? 0;
}
