using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// Lets only one process on a store, of all machines that share it, do what two must not do at once: log in to the HSMs of a custom key
/// store on behalf of all, so that a wrong password is offered once and two changes of a password do not interfere; or work with backups.
/// The lock ends when the process dies.
/// </summary>
internal static class StoreLock
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(10);

    /// <summary>Waits until no other process connects a custom key store, or changes its password.</summary>
    /// <param name="store">The store.</param>
    /// <param name="customKeyStoreId">The custom key store, which must exist: its ID becomes part of the name of the lock.</param>
    /// <returns>What leaves the lock.</returns>
    /// <exception cref="HsmException">Unreachable: another process has held the lock for ten minutes.</exception>
    /// <exception cref="StateStoreException">The store has no such lock now.</exception>
    public static IDisposable EnterKeyStore(IStateStore store, string customKeyStoreId) => Enter(
        store,
        $"connect-{customKeyStoreId}",
        $"Another process has been connecting custom key store {customKeyStoreId} for ten minutes.");

    /// <summary>Waits until no other process creates, restores or removes a backup.</summary>
    /// <param name="store">The store.</param>
    /// <returns>What leaves the lock.</returns>
    /// <exception cref="HsmException">Unreachable: another process has been doing so for ten minutes.</exception>
    /// <exception cref="StateStoreException">The store has no such lock now.</exception>
    public static IDisposable EnterBackups(IStateStore store) =>
        Enter(store, "backups", "Another process has been working with backups for ten minutes.");

    private static IDisposable Enter(IStateStore store, string name, string tooLong) =>
        store.EnterLock(name, MaxWait) ?? throw new HsmException(HsmFailure.Unreachable, tooLong);
}
