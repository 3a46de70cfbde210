using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <content>The seal of the root key.</content>
public sealed partial class RootKeyRegistry
{
    /// <summary>The seal of the store, as it is now; null if the store is not sealed.</summary>
    /// <exception cref="StateStoreException">root.key is missing or damaged.</exception>
    public Seal? ReadSeal() => _store.ReadSeal();

    /// <summary>A copy of the key of the seal, to open the store in another process of the user; null if the store is not sealed.</summary>
    /// <returns>The key; the caller disposes of it.</returns>
    public SealKey? CopySealKey() => _store.CopySealKey();

    /// <summary>
    /// Seals the root key, or seals it again: only what is given here opens the store from then on. Processes that have the store open go
    /// on.
    /// </summary>
    /// <param name="openers">What is to open the store: 1-8.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>The seal, and what could not be deleted of the former root.key.</returns>
    /// <exception cref="StateStoreException">root.key cannot be written. The store is as it was, unless the seal opens by then.</exception>
    /// <exception cref="HsmException">
    /// An HSM cannot be used, or not for a seal: its PIN is managed, or the key is that of a KMS key.
    /// </exception>
    public SealedStore Seal(IReadOnlyCollection<SealOpener> openers, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(openers);
        Seal made = _administration.Do(SealingAct(openers.Select(static opener => opener.Kind), caller), context =>
        {
            using SealKey key = SealKey.Generate();
            try
            {
                Seal seal = Create(key, openers);
                context.Commit(transaction =>
                {
                    // Within the transaction: no cluster is registered or changed in the meantime.
                    HsmsOfSeal.RequireLasting(seal, _hsms, transaction);
                    if (_store.ReadSeal() is { } former)
                    {
                        context.AdditionalEventData[Members.From] = former.Id;
                    }

                    context.ResponseElements[Members.To] = seal.Id;
                    transaction.SealRootKey(seal, key);
                    return true;
                });
                return seal;
            }
            catch when (!context.IsRecorded)
            {
                foreach (SealOpener opener in openers)
                {
                    opener.Withdraw();
                }

                throw;
            }
        });
        return new SealedStore(made, ForgetFormerFile());
    }

    /// <summary>Refuses an HSM that <see cref="Seal"/> would refuse, as far as its URI shows it. Changes nothing and asks no HSM.</summary>
    /// <param name="hsmUri">The PKCS#11 URI.</param>
    /// <param name="openedBy">The kinds of what is to open the store.</param>
    /// <param name="triedBy">Who has asked for the act, whose refusal is recorded; null to record nothing.</param>
    /// <exception cref="HsmException">NotPermitted: its PIN is managed, or the key is that of a KMS key.</exception>
    /// <exception cref="ArgumentException">The URI is malformed, has a PIN, or names no library.</exception>
    public void PreviewSeal(string hsmUri, IEnumerable<SealSlotKind> openedBy, Caller? triedBy = null) =>
        _administration.Preview(SealingAct(openedBy, triedBy), triedBy, _ =>
        {
            using IStateReader reader = _store.OpenReader();
            HsmsOfSeal.RequireLasting(hsmUri, _hsms, reader);
            return true;
        });

    /// <summary>
    /// What KMS itself does to the seal, such that it cannot be opened any more: a sentence for each. Such a seal is refused now, and was
    /// made by an earlier version, or has an HSM that was given to a cluster later. Asks no HSM.
    /// </summary>
    public ImmutableArray<string> FindSealRisks()
    {
        Seal? seal = _store.ReadSeal();
        if (seal is null)
        {
            return [];
        }

        using IStateReader reader = _store.OpenReader();
        return [.. HsmsOfSeal.FindRisks(seal, _hsms, reader)];
    }

    /// <summary>Takes the seal away: root.key lies in plaintext in the folder of the store, as in a new one.</summary>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="InvalidOperationException">The store is not sealed. Nothing is recorded.</exception>
    /// <exception cref="StateStoreException">root.key cannot be written. The store is as it was.</exception>
    public void Unseal(Caller? caller = null)
    {
        if (_store.ReadSeal() is null)
        {
            throw new InvalidOperationException("The store is not sealed.");
        }

        _administration.Do(new AdministrativeAct(AuditNames.UnsealStore, caller), (context, transaction) =>
        {
            context.AdditionalEventData[Members.From] = _store.ReadSeal()?.Id ?? "";
            transaction.UnsealRootKey();
            return true;
        });

        // What is left is sealed, and tells nothing that root.key does not tell. The next opening deletes it.
        _ = ForgetFormerFile();
    }

    /// <summary>Opens the seal where the store was sealed again while this process had it open, and did not notice in time.</summary>
    /// <param name="unlock">As <see cref="StateStoreOptions.Unlock"/>.</param>
    /// <exception cref="StateStoreException">The seal was not opened.</exception>
    public void Unlock(Func<Seal, SealKey> unlock) => _store.Unlock(unlock);

    private static AdministrativeAct SealingAct(IEnumerable<SealSlotKind> openedBy, Caller? caller) =>
        new AdministrativeAct(AuditNames.SealStore, caller)
            .With(Members.OpenedBy, openedBy.Select(static kind => kind.ToString()));

    private Seal Create(SealKey key, IReadOnlyCollection<SealOpener> openers)
    {
        try
        {
            return Sealing.Seal.Create(key, openers);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.InvalidCredentials)
        {
            using IStateReader reader = _store.OpenReader();
            throw HsmsOfSeal.FindManaged(openers, _hsms, reader) ?? exception;
        }
    }

    private string? ForgetFormerFile()
    {
        try
        {
            _store.ForgetFormerRootKeyFile();
            return null;
        }
        catch (StateStoreException exception)
        {
            return exception.Message;
        }
    }
}

/// <summary>A store that was sealed.</summary>
/// <param name="Seal">The seal.</param>
/// <param name="Leftover">
/// Why the former root.key could not be deleted, which then is still there as root.key-new, until the store is opened again; null if
/// nothing is left of it.
/// </param>
public sealed record SealedStore(Seal Seal, string? Leftover);
