using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.KeyStores;

/// <content>Removes material that no key uses.</content>
public sealed partial class KeyMaterialReconciler
{
    // A process that takes this long is considered dead, and another one takes over.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(2);

    /// <summary>Destroys material that no key uses, in all HSMs of a cluster. It is checked once more at that moment.</summary>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="backingKeyId">CKA_ID of the material in hex, 64 digits.</param>
    /// <param name="password">PIN of the crypto user, for a cluster without a connected key store; otherwise null.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">
    /// CloudHsmClusterNotFoundException; CustomKeyStoreInvalidStateException: no process is logged in; NotFoundException: no HSM holds it;
    /// ConflictException: a key uses it, or it was not created by this store; KMSInvalidStateException: an HSM could not be asked, or refused,
    /// and what it holds remains an orphan.
    /// </exception>
    /// <exception cref="HsmException">The HSMs cannot be asked.</exception>
    /// <exception cref="ArgumentException">The ID is malformed.</exception>
    public void Remove(string clusterId, string backingKeyId, Secret? password = null, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(backingKeyId);
        AdministrativeAct act = new AdministrativeAct(AuditNames.RemoveOrphanedKeyMaterial, caller)
            .With(Members.ClusterId, clusterId).With(Members.BackingKeyId, backingKeyId);
        _administration.Do(act, context =>
        {
            if (backingKeyId.Length != BackingKeyIdLength || !backingKeyId.All(char.IsAsciiHexDigitLower))
            {
                throw new ArgumentException(
                    $"'{backingKeyId}' is not a valid backing key ID: it has 64 hexadecimal digits.", nameof(backingKeyId));
            }

            return WithHsms(clusterId, password, connection => Remove(context, clusterId, backingKeyId, connection));
        });
    }

    private StrayKeyMaterial Remove(AdministrativeContext context, string clusterId, string backingKeyId, IHsmConnection connection)
    {
        ImmutableArray<HsmInventory> inventories = connection.ListKeys();
        ImmutableArray<HsmKeyObject> held =
            [.. inventories.SelectMany(static hsm => hsm.Keys).Where(key => key.Id == backingKeyId)];
        string[] holders = [.. held.Select(static key => key.TokenLabel).Distinct()];
        if (held.IsEmpty)
        {
            if (inventories.FirstOrDefault(hsm => hsm.Hidden.Contains(backingKeyId)) is { } hiding)
            {
                throw KmsErrors.MaterialHidden(clusterId, backingKeyId, hiding.Name);
            }

            throw KmsErrors.NoSuchMaterial(clusterId, backingKeyId);
        }

        string label = held.Select(static key => key.Label).FirstOrDefault(static label => label.Length > 0) ?? "";
        StrayKeyMaterial work = BeginRemoval(clusterId, backingKeyId, label);
        try
        {
            connection.DestroyKey(Convert.FromHexString(backingKeyId));
        }
        catch (HsmException exception)
        {
            using IStateTransaction transaction = _store.BeginTransaction();
            transaction.PutStrayKeyMaterial(work with { Reason = StrayReason.ORPHANED, ClaimedUntil = null });
            transaction.Commit();
            throw HsmKeyStore.Error(work.KeyArn, null, exception);
        }

        context.Act = context.Act with { Region = work.Region, KeyArn = work.KeyArn };
        context.AdditionalEventData[Members.Hsms] = string.Join(", ", holders);
        return context.Commit(transaction =>
        {
            transaction.DeleteStrayKeyMaterial(clusterId, backingKeyId);
            transaction.AddKeyMaterialFact(new(
                KeyMaterialFactKind.DESTROYED, work.Region, KeyIdentifier.KeyIdOf(work.KeyArn), context.Now, clusterId, backingKeyId));
            return work;
        });
    }

    // From here on no key can use the material: a creation that is still in progress is refused when it finds its record changed.
    private StrayKeyMaterial BeginRemoval(string clusterId, string backingKeyId, string label)
    {
        using IStateTransaction transaction = _store.BeginTransaction();
        StrayKeyMaterial? stray = transaction.FindStrayKeyMaterial(clusterId, backingKeyId);
        string keyArn = stray?.KeyArn ?? label;
        Key? user = transaction.FindKeyByBackingKey(backingKeyId)
            ?? (Parse(keyArn) is { } name ? transaction.FindKey(name.Region, name.KeyId) : null);
        if (user is not null)
        {
            throw KmsErrors.MaterialInUse(backingKeyId, user);
        }

        if (stray is null && !IsOurs(transaction, label))
        {
            throw KmsErrors.MaterialForeign(clusterId, backingKeyId);
        }

        if (stray is not null && IsAtWork(stray))
        {
            throw KmsErrors.MaterialInProgress(backingKeyId, stray);
        }

        StrayKeyMaterial work = (stray ?? NewStray(transaction, clusterId, backingKeyId, keyArn)) with
        {
            Reason = StrayReason.DELETING,
            ClaimedUntil = StoreClock.TimeOfClaims(_store) + Claim,
        };
        transaction.PutStrayKeyMaterial(work);
        transaction.Commit();
        return work;
    }
}
