using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// When which clusters held the material of a key, as far as the store shows, also for a deleted key. Where they do not
/// show it, the material may have been there.
/// </summary>
internal sealed class KeyMaterialHistory
{
    // A longer chain of restores than occurs in practice.
    private const int DeepestLineage = 32;

    private readonly IStateReader _reader;
    private readonly string _backingKeyId;
    private readonly DateTimeOffset _created;
    private readonly string? _trustAnchor;
    private readonly string? _clusterId;
    private readonly ImmutableArray<KeyMaterialFact> _removals;
    private readonly ImmutableArray<HsmClusterRestoration> _restorations;

    private KeyMaterialHistory(
        string keyArn,
        string backingKeyId,
        DateTimeOffset created,
        string? clusterId,
        string? trustAnchor,
        IStateReader reader,
        ImmutableArray<KeyMaterialFact> removals)
    {
        KeyArn = keyArn;
        _backingKeyId = backingKeyId;
        _created = created;
        _clusterId = clusterId;
        _trustAnchor = trustAnchor;
        _reader = reader;
        _removals = removals;
        _restorations = reader.ListHsmRestorations();
    }

    /// <summary>The key.</summary>
    public string KeyArn { get; }

    /// <summary>Finds what is known about a key.</summary>
    /// <exception cref="KmsException">NotFoundException or UnsupportedOperationException.</exception>
    public static KeyMaterialHistory Of(string keyReference, RegionName region, IStateStore store, IStateReader reader)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyReference);
        (region, string keyId) = Resolve(keyReference, region, store, reader);
        string keyArn = KeyIdentifier.KeyArn(region, store.Properties.AccountId, keyId);
        ImmutableArray<KeyMaterialFact> facts = reader.ListKeyMaterialFacts(region, keyId);
        KeyMaterialFact? creation = facts.FirstOrDefault(static fact => fact.Kind == KeyMaterialFactKind.CREATED);
        StrayKeyMaterial? stray = reader.ListStrayKeyMaterial(null).FirstOrDefault(stray => stray.KeyArn == keyArn);
        Key? key = reader.FindKey(region, keyId);
        if (key is null && facts.IsEmpty && stray is null)
        {
            throw KmsErrors.NoSuchKeyEver(keyReference);
        }

        string? backingKeyId = stray?.BackingKeyId
            ?? (key?.IsInHsms != true ? null : key.CurrentMaterial?.KeyMaterialId)
            ?? facts.Select(static fact => fact.BackingKeyId).FirstOrDefault(static id => id.Length > 0);
        if (backingKeyId is null)
        {
            throw KmsErrors.NotInHsms(keyArn);
        }

        string? clusterId = stray?.ClusterId ?? key?.CustomKeyStore?.CloudHsmClusterId
            ?? facts.Select(static fact => fact.ClusterId).FirstOrDefault(static id => id.Length > 0);
        return new KeyMaterialHistory(
            keyArn,
            backingKeyId,
            key?.CreationDate ?? stray?.KeyCreationDate ?? creation?.Time ?? default,
            clusterId,
            key?.CustomKeyStore?.TrustAnchorCertificate ?? TrustAnchor(clusterId, reader),
            reader,
            [.. facts.Where(static fact => fact.Kind == KeyMaterialFactKind.DESTROYED)]);
    }

    /// <summary>Whether a backup holds the material.</summary>
    /// <returns>Null when it does not.</returns>
    public HsmBackupContent? Judge(HsmClusterBackup backup)
    {
        if (backup.IsContentKnown)
        {
            return _reader.FindBackupKey(backup.BackupId, _backingKeyId) is not { } held ? null
                : held.IsCertain ? HsmBackupContent.CONTAINS
                : HsmBackupContent.MAY_CONTAIN;
        }

        return IsRelated(backup) && MayHold(backup.ClusterId, backup.CreationDate, DeepestLineage) ? HsmBackupContent.MAY_CONTAIN : null;
    }

    private static (RegionName Region, string KeyId) Resolve(string reference, RegionName region, IStateStore store, IStateReader reader)
    {
        string resource = reference;
        if (KmsArn.TryParse(reference, out KmsArn arn) && arn.IsOfAws)
        {
            if (arn.AccountId != store.Properties.AccountId)
            {
                throw KmsErrors.NoSuchKeyEver(reference);
            }

            string named = arn.Resource;
            (region, resource) = (arn.Region, named.StartsWith(KmsArn.KeyPrefix, StringComparison.Ordinal)
                ? named[KmsArn.KeyPrefix.Length..]
                : named);
        }

        if (!AliasName.HasPrefix(resource))
        {
            return Identifiers.KeyArn.IsKeyId(resource) ? (region, resource) : throw KmsErrors.NoSuchKeyEver(reference);
        }

        if (reader.FindAlias(region, resource) is { } alias)
        {
            return (region, alias.TargetKeyId);
        }

        string? keyArn = reader.ListStrayKeyMaterial(null)
            .LastOrDefault(stray => stray.Region == region && stray.Aliases.Contains(resource))?
            .KeyArn;
        string? target = keyArn is null ? reader.FindFormerTarget(region, resource) : KeyIdentifier.KeyIdOf(keyArn);
        return target is null ? throw KmsErrors.NoSuchKeyEver(reference) : (region, target);
    }

    private static string? TrustAnchor(string? clusterId, IStateReader reader) => clusterId is null ? null
        : reader.FindCluster(clusterId)?.TrustAnchorCertificate
            ?? reader.ListBackups().FirstOrDefault(backup => backup.ClusterId == clusterId)?.TrustAnchorCertificate;

    private bool IsRelated(HsmClusterBackup backup) =>
        _trustAnchor is null
            ? _clusterId is null || backup.ClusterId == _clusterId
            : ClusterCertificate.IsSame(backup.TrustAnchorCertificate, _trustAnchor);

    private bool MayHold(string clusterId, DateTimeOffset time, int depth)
    {
        if (time < _created)
        {
            return false;
        }

        HsmClusterRestoration? restoration = _restorations.LastOrDefault(restore => restore.ClusterId == clusterId && restore.Time <= time);
        DateTimeOffset since = _created;
        if (restoration is not null)
        {
            // From here on it held what the backup held, and what was created in it later.
            bool wasInBackup = depth == 0 || WasIn(restoration, depth);
            if (!wasInBackup && restoration.Time > _created)
            {
                return false;
            }

            since = wasInBackup && restoration.Time > since ? restoration.Time : since;
        }

        return !_removals.Any(removal => removal.ClusterId == clusterId && removal.Time >= since && removal.Time < time);
    }

    private bool WasIn(HsmClusterRestoration restoration, int depth) =>
        _reader.FindBackup(restoration.BackupId) is { IsContentKnown: true } known
            ? _reader.FindBackupKey(known.BackupId, _backingKeyId) is not null
            : MayHold(restoration.BackupClusterId, restoration.BackupTime, depth - 1);
}
