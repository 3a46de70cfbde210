using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Pipeline;

namespace KmsTools.Operations;

/// <summary>
/// Generates key material in HSMs for a new key. The intent is committed before the HSM is called, and removed by the commit of the
/// key: whenever the process dies, there is a record of material without a key.
/// </summary>
internal sealed class BackingKeyCreation : INewKeyMaterial
{
    // A process that takes this long is considered dead, and what it left behind counts as stray.
    private static readonly TimeSpan Claim = TimeSpan.FromMinutes(5);

    private readonly KmsServices _services;
    private readonly StrayKeyMaterial _intent;
    private readonly byte[] _id;
    private readonly CustomKeyStore _store;
    private ulong _handle;
    private bool _completed;

    private BackingKeyCreation(KmsServices services, CustomKeyStore store, StrayKeyMaterial intent, byte[] id)
    {
        _services = services;
        _store = store;
        _intent = intent;
        _id = id;
    }

    /// <summary>Generates material for the key that the call creates.</summary>
    /// <exception cref="KmsException">The HSMs did not generate it; nothing is left behind, or there is a record of what is.</exception>
    public static BackingKeyCreation Begin(OperationContext context, CustomKeyStore store, string? keyId = null)
    {
        byte[] id = RandomNumberGenerator.GetBytes(32);
        keyId ??= Guid.NewGuid().ToString("D");
        StrayKeyMaterial intent = new()
        {
            ClusterId = store.HsmClusterId,
            BackingKeyId = Convert.ToHexStringLower(id),
            CustomKeyStoreId = store.CustomKeyStoreId,
            Region = store.Region,
            KeyArn = KeyIdentifier.KeyArn(store.Region, context.AccountId, keyId),
            Reason = StrayReason.CREATING,
            Since = context.Now,
            ClaimedUntil = StoreClock.TimeOfClaims(context.Services.Store) + Claim,
        };
        using (IStateTransaction transaction = context.Services.Store.BeginTransaction())
        {
            transaction.PutStrayKeyMaterial(intent);
            transaction.Commit();
        }

        BackingKeyCreation creation = new(context.Services, store, intent, id);
        try
        {
            using HsmLease lease = context.Services.Hsms.Rent(store);
            creation._handle = lease.Connection.GenerateKey(intent.KeyArn, id);
            return creation;
        }
        catch (HsmException exception)
        {
            if (exception.IsInDoubt)
            {
                creation.Leave();
            }
            else
            {
                creation.Forget();
            }

            throw HsmKeyStore.ErrorWithoutKey(store.CustomKeyStoreId, exception);
        }
    }

    /// <inheritdoc/>
    public Key GiveTo(Key key, OperationContext context)
    {
        CustomKeyStore now = context.RequireCustomKeyStore(_store.CustomKeyStoreId);
        Key complete = Complete(context.Transaction, key, now) with { CustomKeyStore = now };
        context.AdditionalEventData[AuditNames.Members.BackingKey] = Describe();
        return complete;
    }

    /// <summary>Assigns the material to the key, within the transaction that creates the key.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The key without its material.</param>
    /// <param name="store">The custom key store as it is now.</param>
    /// <exception cref="KmsException">
    /// KMSInternalException: the HSMs of the store have changed in the meantime, so that some may lack the material, or the
    /// material was treated as stray.
    /// </exception>
    public Key Complete(IStateTransaction transaction, Key key, CustomKeyStore store)
    {
        if (store.ConnectionGeneration != _store.ConnectionGeneration)
        {
            throw KmsErrors.Internal(
                $"Custom key store {store.CustomKeyStoreId} was connected again while its HSMs generated the key material. Try again.");
        }

        if (transaction.FindStrayKeyMaterial(_intent.ClusterId, _intent.BackingKeyId) is not { Reason: StrayReason.CREATING })
        {
            throw KmsErrors.Internal("The HSMs took so long to generate the key material that it was removed as stray. Try again.");
        }

        transaction.DeleteStrayKeyMaterial(_intent.ClusterId, _intent.BackingKeyId);
        string keyId = KeyIdentifier.KeyIdOf(_intent.KeyArn);
        transaction.AddKeyMaterialFact(new(
            KeyMaterialFactKind.CREATED, store.Region, keyId, key.CreationDate, _intent.ClusterId, _intent.BackingKeyId));
        _completed = true;
        return key with
        {
            KeyId = keyId,
            CustomKeyStoreId = _store.CustomKeyStoreId,
            Materials = [new KeyMaterial
            {
                KeyMaterialId = _intent.BackingKeyId,
                State = KeyMaterialState.CURRENT,
                CreationDate = key.CreationDate,
            }],
        };
    }

    // backingKey of the audit event.
    private string Describe() => JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["keyHandle"] = _handle.ToString(System.Globalization.CultureInfo.InvariantCulture),
        [AuditNames.Members.BackingKeyId] = _intent.BackingKeyId,
    });

    /// <summary>Removes the material again if no key was created with it.</summary>
    public void Dispose()
    {
        if (_completed)
        {
            return;
        }

        try
        {
            // It was generated: that it is not found now proves nothing.
            using HsmLease lease = _services.Hsms.Rent(_store);
            if (lease.Connection.DestroyKey(_id))
            {
                Forget();
                return;
            }
        }
        catch (HsmException)
        {
            // Handled as if it had not been found.
        }

        Leave();
    }

    // The record of the intent is kept: the material, if any exists or will exist, is an orphan from now on.
    private void Leave() => Save(transaction => transaction.PutStrayKeyMaterial(_intent with { ClaimedUntil = null }));

    private void Forget() => Save(transaction => transaction.DeleteStrayKeyMaterial(_intent.ClusterId, _intent.BackingKeyId));

    private void Save(Action<IStateTransaction> change)
    {
        try
        {
            using IStateTransaction transaction = _services.Store.BeginTransaction();
            change(transaction);
            transaction.Commit();
        }
        catch (StateStoreException)
        {
            // The record stays as it is, and marks the creation as in progress until its time has passed.
        }
    }
}
