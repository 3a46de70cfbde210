using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <summary>
/// When which clusters held the material of a key, as far as the store and its events show, also for a deleted key. Where they do not
/// show it, the material may have been there.
/// </summary>
internal sealed class KeyMaterialHistory
{
    // A longer chain of restores than occurs in practice.
    private const int DeepestLineage = 32;


    private static readonly string[] s_aliasEvents = [AuditNames.CreateAlias, AuditNames.UpdateAlias];

    private readonly IStateReader _reader;
    private readonly string _backingKeyId;
    private readonly DateTimeOffset _created;
    private readonly string? _trustAnchor;
    private readonly string? _clusterId;
    private readonly ImmutableArray<(string ClusterId, DateTimeOffset Time)> _removals;
    private readonly ImmutableArray<Restoration> _restorations;

    private KeyMaterialHistory(
        string keyArn,
        string backingKeyId,
        DateTimeOffset created,
        string? clusterId,
        string? trustAnchor,
        IStateReader reader,
        ImmutableArray<(string ClusterId, DateTimeOffset Time)> removals,
        ImmutableArray<Restoration> restorations)
    {
        KeyArn = keyArn;
        _backingKeyId = backingKeyId;
        _created = created;
        _clusterId = clusterId;
        _trustAnchor = trustAnchor;
        _reader = reader;
        _removals = removals;
        _restorations = restorations;
    }

    private sealed record Restoration(
        string ClusterId,
        DateTimeOffset Time,
        string BackupId,
        string BackupClusterId,
        DateTimeOffset BackupTime);

    /// <summary>The key.</summary>
    public string KeyArn { get; }

    /// <summary>Finds what is known about a key.</summary>
    /// <exception cref="KmsException">NotFoundException or UnsupportedOperationException.</exception>
    public static KeyMaterialHistory Of(string keyReference, RegionName region, IStateStore store, IStateReader reader)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyReference);
        (region, string keyId) = Resolve(keyReference, region, store, reader);
        string keyArn = KeyIdentifier.KeyArn(region, store.Properties.AccountId, keyId);
        EventQuery Called(string name) => new() { Region = region, KeyId = keyId, EventName = name };

        (DateTimeOffset Time, AuditEvent? Event) creation = Events(store, Called(AuditNames.CreateKey)).FirstOrDefault();
        StrayKeyMaterial? stray = reader.ListStrayKeyMaterial(null).FirstOrDefault(stray => stray.KeyArn == keyArn);
        Key? key = reader.FindKey(region, keyId);
        if (key is null && creation.Event is null && stray is null)
        {
            throw KmsErrors.NoSuchKeyEver(keyReference);
        }

        ImmutableArray<(DateTimeOffset Time, AuditEvent Event)> deletions = [.. Events(store, Called(AuditNames.DeleteKey))];
        string? backingKeyId = stray?.BackingKeyId
            ?? (key?.CustomKeyStoreId is null ? null : key.CurrentMaterial?.KeyMaterialId)
            ?? BackingKeyId(creation.Event)
            ?? deletions.Select(static deletion => BackingKeyId(deletion.Event)).FirstOrDefault(static id => id is not null);
        if (backingKeyId is null)
        {
            throw KmsErrors.NotInHsms(keyArn);
        }

        string? clusterId = Text(creation.Event?.AdditionalEventData, Members.ClusterId)
            ?? stray?.ClusterId ?? key?.CustomKeyStore?.CloudHsmClusterId;
        return new KeyMaterialHistory(
            keyArn,
            backingKeyId,
            key?.CreationDate ?? stray?.KeyCreationDate ?? creation.Time,
            clusterId,
            key?.CustomKeyStore?.TrustAnchorCertificate ?? TrustAnchor(clusterId, reader),
            reader,
            [
                .. deletions.Where(static deletion => Text(deletion.Event.AdditionalEventData, Members.BackingKeysDeletionStatus)?.Contains(
                    AuditNames.DeletionStatus.Success,
                    StringComparison.Ordinal) == true)
                    .Select(static deletion => (Text(deletion.Event.AdditionalEventData, Members.ClusterId) ?? "", deletion.Time)),
                .. Events(store, Called(AuditNames.RemoveOrphanedKeyMaterial))
                    .Select(static removal => (Text(removal.Event.RequestParameters, Members.ClusterId) ?? "", removal.Time)),
            ],
            [
                .. Events(store, new EventQuery { EventName = AuditNames.RestoreHsmCluster })
                    .Select(static restore => new Restoration(
                        Text(restore.Event.RequestParameters, Members.ClusterId)!,
                        restore.Time,
                        Text(restore.Event.RequestParameters, Members.BackupId)!,
                        Text(restore.Event.AdditionalEventData, Members.BackupClusterId)!,
                        DateTimeOffset.Parse(
                            Text(restore.Event.AdditionalEventData, Members.BackupCreationDate)!,
                            CultureInfo.InvariantCulture))),
            ]);
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
            .KeyArn
            ?? LastTarget(resource, region, store);
        return keyArn is null ? throw KmsErrors.NoSuchKeyEver(reference) : (region, KeyIdentifier.KeyIdOf(keyArn));
    }

    // The alias was deleted with its key, but the calls that set it are recorded.
    private static string? LastTarget(string aliasName, RegionName region, IStateStore store) => s_aliasEvents
        .SelectMany(name => store.Events.Query(new EventQuery { EventName = name, Region = region }))
        .Where(static record => record.ErrorCode is null)
        .OrderBy(static record => record.Time)
        .Select(AuditEvent.Parse)
        .Where(call => Text(call.RequestParameters, Members.AliasName) == aliasName)
        .Select(static call => Text(call.RequestParameters, Members.TargetKeyId))
        .LastOrDefault();

    // The record has the time to the millisecond, its content to the second.
    private static IEnumerable<(DateTimeOffset Time, AuditEvent Event)> Events(IStateStore store, EventQuery query) => store.Events
        .Query(query)
        .Where(static record => record.ErrorCode is null)
        .Select(static record => (record.Time, AuditEvent.Parse(record)));

    private static string? Text(IReadOnlyDictionary<string, object?>? values, string name) =>
        values is not null && values.TryGetValue(name, out object? value) ? value as string : null;

    private static string? BackingKeyId(AuditEvent? about)
    {
        if ((Text(about?.AdditionalEventData, Members.BackingKey) ?? Text(about?.AdditionalEventData, Members.BackingKeys)) is not { } json)
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement first = document.RootElement.ValueKind == JsonValueKind.Array
            ? document.RootElement.EnumerateArray().FirstOrDefault()
            : document.RootElement;
        return first.ValueKind == JsonValueKind.Object && first.TryGetProperty(Members.BackingKeyId, out JsonElement id)
            ? id.GetString()
            : null;
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

        Restoration? restoration = _restorations.LastOrDefault(restore => restore.ClusterId == clusterId && restore.Time <= time);
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

    private bool WasIn(Restoration restoration, int depth) => _reader.FindBackup(restoration.BackupId) is { IsContentKnown: true } known
        ? _reader.FindBackupKey(known.BackupId, _backingKeyId) is not null
        : MayHold(restoration.BackupClusterId, restoration.BackupTime, depth - 1);
}
