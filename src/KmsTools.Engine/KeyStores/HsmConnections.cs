using System.Collections.Concurrent;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSM connections of this process, one per connected custom key store. Whether a store is connected is state that all
/// processes share; the login is not: each process logs in when it first needs to, and again after each connect.
/// </summary>
internal sealed class HsmConnections(IStateStore store, Func<IHsmProvider> provider) : IDisposable
{
    /// <summary>The message about a password that was refused once.</summary>
    public const string Refused = "The HSM refused the password of the custom key store, which is not tried again.";

    // After a failed login the HSM is left alone for this long.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // As long as an HSM may take for an ordinary call: calls that take longer are aborted when a connection is closed.
    private static readonly TimeSpan DisconnectWait = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly CryptoUserPassword _passwords = new(store, provider);

    private sealed class Slot
    {
        public long Generation { get; set; } = -1;

        public SharedHsmConnection? Connection { get; set; }

        public HsmException? Failure { get; set; }

        public long FailedAt { get; set; }

        // Replaced, but possibly still in use.
        private readonly List<SharedHsmConnection> _former = [];

        /// <summary>Removes the connection, to be retired once a new one exists.</summary>
        public SharedHsmConnection? Take()
        {
            SharedHsmConnection? former = Connection;
            (Connection, Failure) = (null, null);
            return former;
        }

        /// <summary>Releases a connection that was removed. It closes with its last lease.</summary>
        public void Retire(SharedHsmConnection former)
        {
            former.Release();
            _former.RemoveAll(static each => each.IsClosed);
            if (!former.IsClosed)
            {
                _former.Add(former);
            }
        }

        /// <summary>Closes every connection, even during long-running calls, and so logs out of the HSMs.</summary>
        public void Close()
        {
            if (Take() is { } former)
            {
                Retire(former);
            }

            long end = Environment.TickCount64 + (long)DisconnectWait.TotalMilliseconds;
            _former.ForEach(each => each.End(end));
            _former.Clear();
        }
    }

    /// <summary>Reaches HSMs.</summary>
    public IHsmProvider Provider => provider();

    /// <summary>The passwords of the crypto users.</summary>
    public CryptoUserPassword Passwords => _passwords;

    /// <summary>What the last comparisons of HSMs with the store have missed.</summary>
    public LostKeyMaterial Lost { get; } = new();

    /// <summary>
    /// Logs in for a connect: always again, so that the password is verified. The caller holds the <see cref="StoreLock"/>.
    /// </summary>
    /// <param name="customKeyStore">The custom key store.</param>
    /// <param name="cluster">Its cluster; null when it is not registered.</param>
    /// <param name="now">The current custom key store: a change of its password that was interrupted is completed first.</param>
    /// <returns>The connection, which the caller returns; until the next one is created, others lease it too.</returns>
    /// <exception cref="HsmException">With the failure that determines the ConnectionErrorCode.</exception>
    public HsmLease Connect(CustomKeyStore customKeyStore, HsmCluster? cluster, out CustomKeyStore now)
    {
        Slot slot = SlotOf(customKeyStore);
        lock (slot)
        {
            slot.Close();
            slot.Generation = customKeyStore.ConnectionGeneration;
            slot.Connection = Open(customKeyStore, cluster, out now);
            return slot.Connection.Rent();
        }
    }

    /// <summary>
    /// The connection of a store that is CONNECTED, for one call, which returns it. It stays open for the call when HSMs are added or
    /// removed in the meantime; once the store is disconnected, long-running calls are aborted and fail as if the HSMs were lost.
    /// </summary>
    /// <exception cref="HsmException">This process cannot log in to the HSMs.</exception>
    public HsmLease Rent(CustomKeyStore customKeyStore)
    {
        Slot slot = SlotOf(customKeyStore);
        if (customKeyStore.OtherWrappedPassword is null)
        {
            return Rent(slot, customKeyStore, cluster: null);
        }

        lock (slot)
        {
            if (slot.Generation == customKeyStore.ConnectionGeneration && slot.Connection is { } connection)
            {
                return connection.Rent();
            }
        }

        // Logging in now completes a change of the password, which one process does for all.
        using (StoreLock.EnterKeyStore(store, customKeyStore.CustomKeyStoreId))
        {
            CustomKeyStore? now;
            HsmCluster? cluster;
            using (IStateReader reader = store.OpenReader())
            {
                now = reader.FindCustomKeyStore(customKeyStore.Region, customKeyStore.CustomKeyStoreId);
                cluster = now is null ? null : reader.FindCluster(now.HsmClusterId);
            }

            return Rent(slot, now ?? customKeyStore, cluster);
        }
    }

    /// <inheritdoc cref="RefusedPasswords.AreOf"/>
    public bool AreRefused(CustomKeyStore customKeyStore, HsmCluster? cluster) =>
        RefusedPasswords.AreOf(customKeyStore, cluster, store.RootKey, provider);

    /// <summary>Gives the crypto user a new random password, see <see cref="CryptoUserPassword.Change"/>.</summary>
    /// <param name="customKeyStore">The custom key store.</param>
    /// <param name="lease">Its connection.</param>
    /// <returns>False when the password is left unchanged.</returns>
    /// <exception cref="HsmException">The HSMs did not accept it. The store knows both passwords.</exception>
    public bool ChangePassword(CustomKeyStore customKeyStore, HsmLease lease)
    {
        if (_passwords.Change(customKeyStore, lease.Connection) is not { } changed)
        {
            return false;
        }

        Slot slot = SlotOf(customKeyStore);
        lock (slot)
        {
            if (slot.Connection is { } shared && ReferenceEquals(shared.Connection, lease.Connection))
            {
                shared.Password = _passwords.Fingerprint(changed);
            }
        }

        return true;
    }

    /// <summary>Logs out of a store's HSMs, even during long-running calls.</summary>
    /// <param name="customKeyStoreId">The custom key store.</param>
    /// <param name="generation">Its generation: calls that began before it do not log in again.</param>
    public void Disconnect(string customKeyStoreId, long generation)
    {
        if (_slots.TryGetValue(customKeyStoreId, out Slot? slot))
        {
            // Closed within the lock: the next connect must find the HSMs logged out, and logs in again.
            lock (slot)
            {
                slot.Close();
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
                slot.Close();
            }
        }
    }

    private Slot SlotOf(CustomKeyStore customKeyStore) => _slots.GetOrAdd(customKeyStore.CustomKeyStoreId, static _ => new Slot());

    private HsmLease Rent(Slot slot, CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        lock (slot)
        {
            SharedHsmConnection? former = null;
            try
            {
                if (slot.Generation < customKeyStore.ConnectionGeneration)
                {
                    slot.Generation = customKeyStore.ConnectionGeneration;
                    if (CryptoUserPassword.AreSame(slot.Connection?.Password, _passwords.Fingerprint(customKeyStore)))
                    {
                        former = slot.Take();
                    }
                    else
                    {
                        // A process is logged in to an HSM with one password only.
                        slot.Close();
                    }
                }

                // A process that is logged in stays logged in, even when another process was refused.
                slot.Connection ??= LogIn(slot, customKeyStore, cluster);
                return slot.Connection.Rent();
            }
            finally
            {
                // After the next one is created: what both share must outlast it. Calls that use it continue.
                if (former is not null)
                {
                    slot.Retire(former);
                }
            }
        }
    }

    private SharedHsmConnection LogIn(Slot slot, CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        if (slot.Generation > customKeyStore.ConnectionGeneration)
        {
            throw new HsmException(HsmFailure.Unreachable, "The custom key store was disconnected in the meantime.");
        }

        if (customKeyStore.PasswordRefused
            && AreRefused(customKeyStore, cluster ??= FindCluster(customKeyStore.HsmClusterId)))
        {
            throw new HsmException(HsmFailure.InvalidCredentials, Refused) { CustomKeyStoreId = customKeyStore.CustomKeyStoreId };
        }

        if (slot.Failure is { } failure
            && (failure.Failure == HsmFailure.InvalidCredentials || Environment.TickCount64 - slot.FailedAt < RetryAfter.TotalMilliseconds))
        {
            throw failure;
        }

        try
        {
            SharedHsmConnection connection = Open(customKeyStore, cluster ?? FindCluster(customKeyStore.HsmClusterId), out _);
            slot.Failure = null;
            if (customKeyStore.PasswordRefused)
            {
                RememberAnswer(customKeyStore, isRefused: false);
            }

            return connection;
        }
        catch (HsmException exception)
        {
            slot.Failure = exception.IsLoginRefusal
                ? new HsmException(exception.Failure, exception.Message, exception) { CustomKeyStoreId = customKeyStore.CustomKeyStoreId }
                : exception;
            slot.FailedAt = Environment.TickCount64;
            if (exception.Failure == HsmFailure.InvalidCredentials)
            {
                RememberAnswer(customKeyStore, isRefused: true);
            }

            if (slot.Failure == exception)
            {
                throw;
            }

            throw slot.Failure;
        }
    }

    // Processes start and end: each would try the password once more, until the HSM locks the user.
    private void RememberAnswer(CustomKeyStore asked, bool isRefused)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        if (transaction.FindCustomKeyStore(asked.Region, asked.CustomKeyStoreId) is { } now
            && CryptoUserPassword.AreSame(_passwords.Fingerprint(now), _passwords.Fingerprint(asked))
            && now.OtherWrappedPassword.HasValue == asked.OtherWrappedPassword.HasValue)
        {
            transaction.UpdateCustomKeyStore(now with { PasswordRefused = isRefused });
            transaction.Commit();
        }
    }

    private HsmCluster? FindCluster(string clusterId)
    {
        using IStateReader reader = store.OpenReader();
        return reader.FindCluster(clusterId);
    }

    private SharedHsmConnection Open(CustomKeyStore customKeyStore, HsmCluster? cluster, out CustomKeyStore now)
    {
        if (cluster is null)
        {
            throw new HsmException(HsmFailure.ClusterNotFound, $"Cluster {customKeyStore.HsmClusterId} is not registered.");
        }

        return new SharedHsmConnection(_passwords.LogIn(customKeyStore, cluster, out now), _passwords.Fingerprint(now));
    }
}
