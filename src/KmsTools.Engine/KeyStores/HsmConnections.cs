using System.Collections.Concurrent;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSM connections of this process, one per connected custom key store. Whether a store is connected is state that all
/// processes share; being logged in is not: each process logs in when it first needs to, and again after each connect.
/// </summary>
internal sealed class HsmConnections(IStateStore store, Func<IHsmProvider> provider) : IDisposable
{
    /// <summary>What is said of a password that was refused once.</summary>
    public const string Refused = "The HSM refused the password of the custom key store, which is not tried again.";

    /// <summary>How often a call asks for a connection when it is renewed under its hands.</summary>
    public const int MostAttempts = 5;

    // After a failed login the HSM is left alone for this long.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly CryptoUserPassword _passwords = new(store, provider);

    private sealed class Slot
    {
        public long Generation { get; set; } = -1;

        public IHsmConnection? Connection { get; set; }

        /// <summary>The password, as it is stored, that the connection was made with.</summary>
        public ReadOnlyMemory<byte> WrappedPassword { get; set; }

        public HsmException? Failure { get; set; }

        public long FailedAt { get; set; }
    }

    /// <summary>Reaches HSMs.</summary>
    public IHsmProvider Provider => provider();

    /// <summary>The passwords of the crypto users.</summary>
    public CryptoUserPassword Passwords => _passwords;

    /// <summary>
    /// Logs in for a connect: always anew, so that the password is proved. The caller has the <see cref="ConnectLock"/>.
    /// </summary>
    /// <exception cref="HsmException">With the failure that tells the ConnectionErrorCode.</exception>
    public IHsmConnection Connect(CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        Slot slot = _slots.GetOrAdd(customKeyStore.CustomKeyStoreId, static _ => new Slot());
        lock (slot)
        {
            Close(slot);
            slot.Generation = customKeyStore.ConnectionGeneration;
            return slot.Connection = Open(slot, customKeyStore, cluster);
        }
    }

    /// <summary>
    /// Uses the connection of a store that is CONNECTED; again with the next connection when HSMs come or go at that moment.
    /// </summary>
    /// <exception cref="HsmException">This process cannot log in to the HSMs, or what they said.</exception>
    public T Use<T>(CustomKeyStore customKeyStore, Func<IHsmConnection, T> use)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return use(Get(customKeyStore));
            }
            catch (ObjectDisposedException) when (attempt < MostAttempts)
            {
            }
        }
    }

    /// <summary>
    /// The connection of a store that is CONNECTED. It is disposed when the next one is made: a call that then finds it disposed asks for
    /// the next one.
    /// </summary>
    /// <exception cref="HsmException">This process cannot log in to the HSMs.</exception>
    public IHsmConnection Get(CustomKeyStore customKeyStore)
    {
        Slot slot = _slots.GetOrAdd(customKeyStore.CustomKeyStoreId, static _ => new Slot());
        if (customKeyStore.OtherWrappedPassword is null)
        {
            return Get(slot, customKeyStore);
        }

        lock (slot)
        {
            if (slot.Generation == customKeyStore.ConnectionGeneration && slot.Connection is { } connection)
            {
                return connection;
            }
        }

        // To log in now is to complete a change of the password, which one process does for all.
        using (ConnectLock.Enter(store.Folder, customKeyStore.CustomKeyStoreId))
        {
            using IStateReader reader = store.OpenReader();
            return Get(slot, reader.FindCustomKeyStore(customKeyStore.Region, customKeyStore.CustomKeyStoreId) ?? customKeyStore);
        }
    }

    /// <summary>Logs out of a store's HSMs.</summary>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <param name="generation">Its generation: calls that began before it do not log in again.</param>
    public void Disconnect(string customKeyStoreId, long generation)
    {
        if (_slots.TryGetValue(customKeyStoreId, out Slot? slot))
        {
            lock (slot)
            {
                Close(slot);
                slot.Generation = Math.Max(slot.Generation, generation);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Slot slot in _slots.Values)
        {
            lock (slot)
            {
                Close(slot);
            }
        }
    }

    private static void Close(Slot slot)
    {
        slot.Connection?.Dispose();
        slot.Connection = null;
        slot.Failure = null;
    }

    private IHsmConnection Get(Slot slot, CustomKeyStore customKeyStore)
    {
        lock (slot)
        {
            IHsmConnection? former = null;
            try
            {
                if (slot.Generation < customKeyStore.ConnectionGeneration)
                {
                    slot.Generation = customKeyStore.ConnectionGeneration;
                    if (slot.WrappedPassword.Span.SequenceEqual(customKeyStore.WrappedPassword.Span))
                    {
                        // Calls on the former connection may be at work, and what both share must outlast it.
                        former = slot.Connection;
                        slot.Connection = null;
                    }

                    Close(slot);
                }

                // Who is logged in stays so, whatever another process was refused.
                return slot.Connection ??= LogIn(slot, customKeyStore);
            }
            finally
            {
                former?.Dispose();
            }
        }
    }

    private IHsmConnection LogIn(Slot slot, CustomKeyStore customKeyStore)
    {
        if (slot.Generation > customKeyStore.ConnectionGeneration)
        {
            throw new HsmException(HsmFailure.Unreachable, "The custom key store was disconnected meanwhile.");
        }

        if (customKeyStore.PasswordRefused)
        {
            throw new HsmException(HsmFailure.InvalidCredentials, Refused);
        }

        if (slot.Failure is { } failure
            && (failure.Failure == HsmFailure.InvalidCredentials || Environment.TickCount64 - slot.FailedAt < RetryAfter.TotalMilliseconds))
        {
            throw failure;
        }

        try
        {
            using IStateReader reader = store.OpenReader();
            IHsmConnection connection = Open(slot, customKeyStore, reader.FindCluster(customKeyStore.CloudHsmClusterId));
            slot.Failure = null;
            return connection;
        }
        catch (HsmException e)
        {
            slot.Failure = e;
            slot.FailedAt = Environment.TickCount64;
            if (e.Failure == HsmFailure.InvalidCredentials)
            {
                RememberRefusal(customKeyStore);
            }

            throw;
        }
    }

    // Processes come and go: each would try the password once more, until the HSM locks the user.
    private void RememberRefusal(CustomKeyStore refused)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        if (transaction.FindCustomKeyStore(refused.Region, refused.CustomKeyStoreId) is { } now
            && now.WrappedPassword.Span.SequenceEqual(refused.WrappedPassword.Span)
            && now.OtherWrappedPassword.HasValue == refused.OtherWrappedPassword.HasValue)
        {
            transaction.UpdateCustomKeyStore(now with { PasswordRefused = true });
            transaction.Commit();
        }
    }

    private IHsmConnection Open(Slot slot, CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        if (cluster is null)
        {
            throw new HsmException(HsmFailure.ClusterNotFound, $"Cluster {customKeyStore.CloudHsmClusterId} is not registered.");
        }

        IHsmConnection connection = _passwords.LogIn(customKeyStore, cluster);
        slot.WrappedPassword = customKeyStore.WrappedPassword;
        return connection;
    }
}
