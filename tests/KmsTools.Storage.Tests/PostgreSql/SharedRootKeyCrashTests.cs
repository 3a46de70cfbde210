using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Tests;

/// <summary>What is left of the root key when the database dies while it is changed: a store that opens, with all that was answered.</summary>
public sealed class SharedRootKeyCrashTests : StoreFixture
{
    private const string Database = "crash";

    private static readonly DateTimeOffset s_time = Time("2026-03-04T05:06:07Z");
    private static readonly RecoveryKey s_recoveryKey = RecoveryKey.Create();

    private readonly PostgreSqlServer _server = PostgreSqlServer.Start();

    private string RootKeyFile => Path.Combine(Folder, "root.key");

    [Fact]
    public void SealRootKey_DatabaseDiesBeforeTheCommit_TheFileIsAsBefore()
    {
        using PostgreSqlServer ended = _server;
        byte[] wrapped;
        byte[] clear;
        using (IStateStore store = Make())
        {
            wrapped = store.RootKey.Wrap([1], "x");
            clear = File.ReadAllBytes(RootKeyFile);
            using SealKey key = SealKey.Generate();
            Seal seal = Seal.Create(key, new RecoveryKeyOpener(s_recoveryKey));
            AssertFails(store, transaction => transaction.SealRootKey(seal, key));
            Assert.Equal(clear, File.ReadAllBytes(RootKeyFile));
        }

        _server.StartAgain();
        using IStateStore opened = Open(unlock: false);
        Assert.Null(opened.ReadSeal());
        opened.RootKey.Unwrap(wrapped, "x").Dispose();
    }

    // The key in the file is taken away only when it is certain that the database still has it.
    [Fact]
    public void UnsealRootKey_DatabaseDiesBeforeTheCommit_TheKeyIsNotLost()
    {
        using PostgreSqlServer ended = _server;
        byte[] wrapped;
        using (IStateStore store = Make())
        {
            SealForGood(store);
            wrapped = store.RootKey.Wrap([1], "x");
            AssertFails(store, static transaction => transaction.UnsealRootKey());
            Assert.False(SealedRootKey.IsSealed(File.ReadAllBytes(RootKeyFile)));
        }

        _server.StartAgain();
        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => Open(unlock: false)).SealFault);
        using (IStateStore opened = Open(unlock: true))
        {
            opened.RootKey.Unwrap(wrapped, "x").Dispose();
            Assert.NotNull(opened.ReadSeal());
        }

        Assert.True(SealedRootKey.IsSealed(File.ReadAllBytes(RootKeyFile)));
        Assert.False(File.Exists(RootKeyFile + "-new"));
    }

    // What it has put in place of the file has a seal that the store never had.
    [Fact]
    public void SealRootKey_ProcessDiesWhenItSealsAgain_TheFileIsACopyAgainAndCanBeUnsealed()
    {
        using PostgreSqlServer ended = _server;
        byte[] wrapped;
        byte[] sealedAgain;
        byte[] former;
        using (IStateStore store = Make())
        {
            SealForGood(store);
            wrapped = store.RootKey.Wrap([1], "x");
            using SealKey next = SealKey.Generate();
            using IStateTransaction transaction = store.BeginTransaction();
            transaction.SealRootKey(Seal.Create(next, new RecoveryKeyOpener(s_recoveryKey)), next);
            sealedAgain = File.ReadAllBytes(RootKeyFile);
            former = File.ReadAllBytes(RootKeyFile + "-new");
        }

        Assert.NotEqual(former, sealedAgain);
        Assert.Equal(former, File.ReadAllBytes(RootKeyFile));
        File.WriteAllBytes(RootKeyFile, sealedAgain);
        File.WriteAllBytes(RootKeyFile + "-new", former);
        using (IStateStore opened = Open(unlock: true))
        {
            Assert.Equal(former, File.ReadAllBytes(RootKeyFile));
            Assert.False(File.Exists(RootKeyFile + "-new"));
            Write(opened, static transaction => transaction.UnsealRootKey());
            opened.ForgetFormerRootKeyFile();
            opened.RootKey.Unwrap(wrapped, "x").Dispose();
        }

        using IStateStore unsealed = Open(unlock: false);
        unsealed.RootKey.Unwrap(wrapped, "x").Dispose();
    }

    [Fact]
    public void BeginRootKeyRotation_DatabaseDiesBeforeTheCommit_IsAsBefore()
    {
        using PostgreSqlServer ended = _server;
        byte[] wrapped;
        using (IStateStore store = Make())
        {
            wrapped = store.RootKey.Wrap([1], "x");
            AssertFails(store, static transaction => transaction.BeginRootKeyRotation(s_time));
            _server.StartAgain();
            WaitUntilItIsBack(store);
            store.RootKey.Unwrap(wrapped, "x").Dispose();
            Assert.Equal(1, Read(store, static reader => reader.ReadRootKey()).Generation);
            Write(store, static transaction => transaction.BeginRootKeyRotation(s_time));
            Write(store, static transaction => Assert.True(transaction.TryEndRootKeyRotation()));
            store.DropFormerRootKeys();
            Assert.Equal([3], store.RootKey.Held);
        }

        using IStateStore opened = Open(unlock: false);
        Assert.Equal([3], opened.RootKey.Held);
    }

    // Of the same server, as a restore from a backup would do it.
    [Fact]
    public void Change_AnotherStoreIsInTheDatabase_IsRefusedForGood()
    {
        using PostgreSqlServer ended = _server;
        using IStateStore store = Make();
        _server.Query(Database, "UPDATE store SET installation_id = 'another'");
        _server.Kill();
        _server.StartAgain();
        long start = Environment.TickCount64;
        string? message = null;
        while (message is null || !message.Contains("was replaced while this process used it", StringComparison.Ordinal))
        {
            Assert.True(Environment.TickCount64 - start < 30_000, message);
            message = Record.Exception(() => store.BeginTransaction().Dispose())?.Message;
            Thread.Sleep(100);
        }

        _server.Query(Database, $"UPDATE store SET installation_id = '{store.Properties.InstallationId}'");
        Assert.Equal(message, Assert.Throws<StateStoreException>(() => store.BeginTransaction()).Message);
    }

    private static void SealForGood(IStateStore store)
    {
        using SealKey key = SealKey.Generate();
        Seal seal = Seal.Create(key, new RecoveryKeyOpener(s_recoveryKey));
        Write(store, transaction => transaction.SealRootKey(seal, key));
        store.ForgetFormerRootKeyFile();
    }

    private static void WaitUntilItIsBack(IStateStore store)
    {
        long start = Environment.TickCount64;
        while (Record.Exception(() => store.BeginTransaction().Dispose()) is { } exception)
        {
            Assert.True(Environment.TickCount64 - start < 30_000, exception.Message);
            Thread.Sleep(100);
        }
    }

    private void AssertFails(IStateStore store, Action<IStateTransaction> change)
    {
        Assert.Throws<StateStoreException>(() =>
        {
            using IStateTransaction transaction = store.BeginTransaction();
            change(transaction);
            _server.Kill();
            transaction.Commit();
        });
    }

    private IStateStore Make()
    {
        TestStores.Initialize(_server, Database);
        return Open(unlock: false);
    }

    private IStateStore Open(bool unlock) => new StoreFactory().Open(new StateStoreOptions
    {
        Folder = Folder,
        Shared = new SharedStoreOptions { ConnectionString = _server.ConnectionString(Database), RootKeyFile = RootKeyFile },
        Unlock = unlock ? static seal => seal.Open(new RecoveryKeyOpener(s_recoveryKey)) : null,
    });
}
