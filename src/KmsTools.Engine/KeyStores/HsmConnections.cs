using System.Collections.Concurrent;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// The HSM connections of this process, one per connected custom key store. Whether a store is connected is state that all
/// processes share; being logged in is not: each process logs in when it first needs to, and again after each connect.
/// </summary>
internal sealed class HsmConnections(IStateStore store, Func<IHsmProvider> provider) : IDisposable
{
    // After a failed login the HSM is left alone for this long.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Slot> _slots = new(StringComparer.Ordinal);

    private sealed class Slot
    {
        public long Generation { get; set; } = -1;

        public IHsmConnection? Connection { get; set; }

        public HsmException? Failure { get; set; }

        public long FailedAt { get; set; }
    }

    /// <summary>Reaches HSMs.</summary>
    public IHsmProvider Provider => provider();

    /// <summary>Logs in for a connect: always anew, so that the password is proved.</summary>
    /// <exception cref="HsmException">With the failure that tells the ConnectionErrorCode.</exception>
    public void Connect(CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        Slot slot = _slots.GetOrAdd(customKeyStore.CustomKeyStoreId, static _ => new Slot());
        lock (slot)
        {
            Close(slot);
            slot.Generation = customKeyStore.ConnectionGeneration;
            slot.Connection = Open(customKeyStore, cluster);
        }
    }

    /// <summary>The connection of a store that is CONNECTED.</summary>
    /// <exception cref="HsmException">This process cannot log in to the HSMs.</exception>
    public IHsmConnection Get(CustomKeyStore customKeyStore)
    {
        Slot slot = _slots.GetOrAdd(customKeyStore.CustomKeyStoreId, static _ => new Slot());
        lock (slot)
        {
            if (slot.Generation != customKeyStore.ConnectionGeneration)
            {
                Close(slot);
                slot.Generation = customKeyStore.ConnectionGeneration;
            }

            if (customKeyStore.PasswordRefused)
            {
                throw new HsmException(HsmFailure.InvalidCredentials, "The HSM refused the password of the custom key store, which is not tried again.");
            }

            if (slot.Failure is { } failure
                && (failure.Failure == HsmFailure.InvalidCredentials || Environment.TickCount64 - slot.FailedAt < RetryAfter.TotalMilliseconds))
            {
                throw failure;
            }

            try
            {
                if (slot.Connection is null)
                {
                    using IStateReader reader = store.OpenReader();
                    slot.Connection = Open(customKeyStore, reader.FindCluster(customKeyStore.CloudHsmClusterId));
                    slot.Failure = null;
                }

                return slot.Connection;
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
    }

    /// <summary>Logs out of a store's HSMs.</summary>
    public void Disconnect(string customKeyStoreId)
    {
        if (_slots.TryGetValue(customKeyStoreId, out Slot? slot))
        {
            lock (slot)
            {
                Close(slot);
                slot.Generation = -1;
            }
        }
    }

    /// <summary>Wraps the password of a store's crypto user.</summary>
    public static byte[] WrapPassword(RootKey rootKey, string customKeyStoreId, string password)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(password));
        return secret.Use(bytes => rootKey.Wrap(bytes, PasswordContext(customKeyStoreId)));
    }

    /// <summary>Whether a password is the one that a store has.</summary>
    public static bool IsPassword(RootKey rootKey, CustomKeyStore customKeyStore, string password)
    {
        using Secret offered = Secret.TakeOver(Encoding.UTF8.GetBytes(password));
        using Secret kept = rootKey.Unwrap(customKeyStore.WrappedPassword.Span, PasswordContext(customKeyStore.CustomKeyStoreId));
        return offered.ContentEquals(kept);
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

    // Processes come and go: each would try the password once more, until the HSM locks the user.
    private void RememberRefusal(CustomKeyStore refused)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        if (transaction.FindCustomKeyStore(refused.Region, refused.CustomKeyStoreId) is { } now
            && now.WrappedPassword.Span.SequenceEqual(refused.WrappedPassword.Span))
        {
            transaction.UpdateCustomKeyStore(now with { PasswordRefused = true });
            transaction.Commit();
        }
    }

    private static string PasswordContext(string customKeyStoreId) => $"password/{customKeyStoreId}";

    private IHsmConnection Open(CustomKeyStore customKeyStore, HsmCluster? cluster)
    {
        if (cluster is null)
        {
            throw new HsmException(HsmFailure.ClusterNotFound, $"Cluster {customKeyStore.CloudHsmClusterId} is not registered.");
        }

        using Secret password = store.RootKey.Unwrap(customKeyStore.WrappedPassword.Span, PasswordContext(customKeyStore.CustomKeyStoreId));
        return password.Use(pin => Provider.Connect(cluster, pin));
    }
}
