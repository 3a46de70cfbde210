using System.Security.Cryptography;
using System.Text;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools;

public sealed class StoreBackupsTests : IDisposable
{
    private static readonly RecoveryKey s_recoveryKey = RecoveryKey.Create();
    private static readonly RecoveryKeyOpener s_opener = new(s_recoveryKey);

    private readonly KmsFixture _kms = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-store-backup-").FullName;

    private string BackupFile => Path.Combine(_folder, "lab.kmsbackup");

    private string Restored => Path.Combine(_folder, "restored");

    public void Dispose()
    {
        _kms.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Restore_ToANewFolder_HasEverythingAndTheTokensOfTheFormerStore()
    {
        string keyId = _kms.CreateKey().KeyId;
        byte[] beforeRotation = _kms.Encrypt(keyId);
        _kms.Engine.RootKey.Rotate();
        byte[] blob = _kms.Encrypt(keyId);
        string external = _kms.CreateKey("EXTERNAL").KeyId;
        byte[] material = RandomNumberGenerator.GetBytes(32);
        ImportKeyMaterialRequest import = _kms.Importing(external, material);
        CreateGrantResponse grant = _kms.Call(new CreateGrantRequest
        {
            KeyId = keyId,
            GranteePrincipal = "arn:aws:iam::111122223333:user/alice",
            Operations = ["Decrypt"],
        });

        StoreBackup backup = Back();
        Assert.Equal((true, 2L, BackupFile), (backup.IsVerified, backup.Keys, backup.Path));
        Assert.Equal(new FileInfo(BackupFile).Length, backup.Size);
        Assert.Equal([SealSlotKind.RECOVERY_KEY], backup.OpenedBy);
        Assert.Equal(backup with { IsVerified = false, OpenedBy = [] }, Restorer().Read(BackupFile) with { OpenedBy = [] });
        Assert.Equal(backup with { OpenedBy = [] }, Restorer().Read(BackupFile, Unlock) with { OpenedBy = [] });
        string laterKey = _kms.CreateKey().KeyId;
        _kms.Engine.RootKey.Rotate();

        StoreRestoration restored = Restorer().Restore(BackupFile, Restored, Unlock);
        Assert.Equal((Restored, null, 0), (restored.Path, restored.FormerPath, restored.Damages));
        using KmsEngine engine = Open(Restored);
        Assert.Equal(_kms.Decrypt(blob), engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
        Assert.Equal([1, 2, 3], engine.Execute(new DecryptRequest { CiphertextBlob = beforeRotation }).Plaintext!.ToArray());
        Assert.Equal([1, 2, 3], engine.Execute(
            new DecryptRequest { CiphertextBlob = blob, GrantTokens = [grant.GrantToken] }).Plaintext!.ToArray());
        engine.Execute(import);
        Assert.Throws<KmsException>(() => engine.Execute(new DescribeKeyRequest { KeyId = laterKey }));
        List<StoreFinding> findings = [];
        Assert.True(engine.Verifier.Run(findings.Add, []).IsWhole);
        Assert.Empty(findings);
        AuditingEvent(engine, backup);
        AssertOwnerOnly(BackupFile);
        Assert.Equal([BackupFile, Restored], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Backup_ReadsAsNoise_AndShowsNoSecret()
    {
        byte[] rootKey = File.ReadAllBytes(Path.Combine(_kms.Folder, "root.key"));
        string keyId = _kms.Call(new CreateKeyRequest { Description = "a description to look for" }).KeyMetadata.KeyId;
        byte[] passphrase = Encoding.UTF8.GetBytes("correct horse battery");
        using Secret secret = Secret.CopyOf(passphrase);
        new StoreBackups(_kms.Engine).Create(
            BackupFile, [new PassphraseOpener(secret, static () => new CheapArgon2id(), new Argon2idCost(32, 1, 1)), s_opener]);
        byte[] file = File.ReadAllBytes(BackupFile);
        foreach (byte[] unwanted in (byte[][])[rootKey, passphrase, Encoding.UTF8.GetBytes(keyId), "a description"u8.ToArray(), "SQLite"u8.ToArray()])
        {
            Assert.Equal(-1, file.AsSpan().IndexOf(unwanted));
        }

        Assert.True(Restorer().Read(
            BackupFile, seal => seal.Open(new PassphraseOpener(secret, static () => new CheapArgon2id()))).IsVerified);
    }

    [Fact]
    public void Read_FileThatWasCutOrChanged_IsRefusedAndNothingIsRestored()
    {
        for (int i = 0; i < 40; i++)
        {
            _kms.Call(new CreateKeyRequest { Description = new string('x', 8000) });
        }

        Back();
        byte[] whole = File.ReadAllBytes(BackupFile);
        const int Chunk = (256 * 1024) + 16;
        int head = HeadLength(whole);
        Assert.True(whole.Length - head > Chunk, "The backup has one chunk only.");
        Random random = new(Campaign.Seed);
        List<byte[]> wrong =
        [
            whole[..^1], whole[..(head + Chunk)], whole[..head], whole[..20], [], [.. whole, 0], [.. whole, .. whole[head..]],
            [.. whole[..head], .. whole[(head + Chunk)..]],
            [.. whole[..head], .. whole[^((whole.Length - head) % Chunk)..], .. whole[head..^((whole.Length - head) % Chunk)]],
        ];
        for (int i = 0; i < Campaign.Length(usual: 60, full: 5000); i++)
        {
            byte[] flipped = [.. whole];
            int at = i < 20 ? random.Next(head) : random.Next(flipped.Length);
            flipped[at] ^= (byte)(1 << random.Next(8));
            wrong.Add(flipped);
        }

        string changed = Path.Combine(_folder, "changed");
        foreach (byte[] content in wrong)
        {
            File.WriteAllBytes(changed, content);
            Assert.Throws<StateStoreException>(() => Restorer().Read(changed, Unlock));
        }

        File.WriteAllBytes(changed, whole[..^1]);
        Assert.Equal(
            $"The backup '{changed}' is damaged: it was cut or changed since it was written. Use another backup.",
            Assert.Throws<StateStoreException>(() => Restorer().Restore(changed, Restored, Unlock)).Message);
        Assert.Equal([changed, BackupFile], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Restore_WrongSecret_IsRefused()
    {
        Back();
        using RecoveryKey other = RecoveryKey.Create();
        Assert.Equal(
            $"The backup '{BackupFile}' was not opened. The recovery key is not the one that it was made with.",
            Assert.Throws<StateStoreException>(
                () => Restorer().Restore(BackupFile, Restored, seal => seal.Open(new RecoveryKeyOpener(other)))).Message);
        using Secret passphrase = Secret.CopyOf("wrong"u8);
        Assert.Equal(
            $"The backup '{BackupFile}' was not opened. It is opened by: RECOVERY_KEY.",
            Assert.Throws<StateStoreException>(() => Restorer().Restore(
                BackupFile, Restored, seal => seal.Open(new PassphraseOpener(passphrase, static () => new CheapArgon2id())))).Message);
        string withPassphrase = BackupFile + "2";
        using Secret right = Secret.CopyOf("right"u8);
        new StoreBackups(_kms.Engine).Create(
            withPassphrase, [new PassphraseOpener(right, static () => new CheapArgon2id(), new Argon2idCost(32, 1, 1))]);
        Assert.Equal(
            $"The backup '{withPassphrase}' was not opened. The passphrase is not the one that it was made with.",
            Assert.Throws<StateStoreException>(() => Restorer().Restore(
                withPassphrase, Restored, seal => seal.Open(new PassphraseOpener(passphrase, static () => new CheapArgon2id())))).Message);
        Assert.False(Directory.Exists(Restored));
    }

    // So many are indexed when a store is closed; of a backup nothing is, but what it knows of last uses.
    [Fact]
    public void Restore_OfAStoreWithIndexedEvents_IsWholeAndKnowsTheLastUse()
    {
        string key = _kms.CreateKey().KeyId;
        for (int i = 0; i < 520; i++)
        {
            _kms.Encrypt(key);
        }

        _kms.Reopen();
        Back();
        StoreRestoration restored = Restorer().Restore(BackupFile, Restored, Unlock);
        Assert.Equal(0, restored.Damages);
        using KmsEngine engine = Open(Restored);
        Assert.True(engine.Verifier.Run(static _ => { }, []).IsWhole);
        Assert.Equal("Encrypt", engine.Execute(new GetKeyLastUsageRequest { KeyId = key }).KeyLastUsage.Operation);
        Assert.Equal(520, engine.FindEvents(new EventQuery { EventName = "Encrypt" }).Count());
    }

    [Fact]
    public void Create_FileExists_IsReplacedOnlyWhenAsked()
    {
        File.WriteAllText(BackupFile, "mine");
        Assert.Equal(
            $"'{BackupFile}' exists already. Nothing was written. Choose another name, or replace it.",
            Assert.Throws<StateStoreException>(() => Back()).Message);
        Assert.Equal("mine", File.ReadAllText(BackupFile));
        Assert.Contains("is in the folder of the store", Assert.Throws<StateStoreException>(
            () => new StoreBackups(_kms.Engine).Create(Path.Combine(_kms.Folder, "x"), [s_opener])).Message);
        Assert.Contains("is not sealed", Assert.Throws<InvalidOperationException>(
            () => new StoreBackups(_kms.Engine).Create(BackupFile + "2", [])).Message);
        string left = BackupFile + ".part-" + new string('0', 32);
        File.WriteAllText(left, "of a process that was killed");
        Assert.True(new StoreBackups(_kms.Engine).Create(BackupFile, [s_opener], replace: true).IsVerified);
        Assert.Equal([BackupFile], Directory.GetFileSystemEntries(_folder));
        Assert.DoesNotContain(Directory.GetDirectories(_kms.Folder), static folder => Path.GetFileName(folder).StartsWith("copy-"));
        Assert.Equal(4, _kms.Events("BackupStore").Count);
    }

    [Fact]
    public void Restore_InPlace_KeepsTheFormerStoreAndFencesWhoeverHasItOpen()
    {
        string kept = _kms.CreateKey().KeyId;
        Back();
        string later = _kms.CreateKey().KeyId;
        Assert.Contains("There is a store in", Assert.Throws<StateStoreException>(
            () => Restorer().Restore(BackupFile, _kms.Folder, Unlock)).Message);
        _kms.Describe(later);

        StoreRestoration restored = Restorer().Restore(BackupFile, _kms.Folder, Unlock, replace: true);
        try
        {
            Assert.StartsWith(_kms.Folder + ".before-restore-", restored.FormerPath);
            KmsException fenced = Assert.Throws<KmsException>(() => _kms.CreateKey());
            Assert.Contains("was removed, replaced or cut while this process used it: its folder is not the one", fenced.Message);
            using (KmsEngine former = Open(restored.FormerPath!))
            {
                former.Execute(new DescribeKeyRequest { KeyId = later });
            }

            using KmsEngine engine = Open(_kms.Folder);
            engine.Execute(new DescribeKeyRequest { KeyId = kept });
            Assert.Throws<KmsException>(() => engine.Execute(new DescribeKeyRequest { KeyId = later }));
        }
        finally
        {
            Directory.Delete(restored.FormerPath!, recursive: true);
        }

        string other = Path.Combine(_folder, "other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "letter"), "x");
        Assert.Contains("has other files than those of a store", Assert.Throws<StateStoreException>(
            () => Restorer().Restore(BackupFile, other, Unlock, replace: true)).Message);
    }

    [Fact]
    public void Restore_OfASealedStore_IsSealedByWhatOpensTheBackup()
    {
        byte[] clear = File.ReadAllBytes(Path.Combine(_kms.Folder, "root.key"));
        using RecoveryKey ofStore = RecoveryKey.Create();
        _kms.Engine.RootKey.Seal([new RecoveryKeyOpener(ofStore)]);
        StoreBackup own = new StoreBackups(_kms.Engine).Create(BackupFile, []);
        Assert.True(own.IsStoreSealed);
        string other = BackupFile + "2";
        new StoreBackups(_kms.Engine).Create(other, [s_opener]);

        Restorer().Restore(BackupFile, Restored, seal => seal.Open(new RecoveryKeyOpener(ofStore)));
        Assert.Equal("KMSTLOCK"u8, File.ReadAllBytes(Path.Combine(Restored, "root.key")).AsSpan(0, 8));
        Open(Restored, seal => seal.Open(new RecoveryKeyOpener(ofStore))).Dispose();
        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => Open(Restored)).SealFault);

        string second = Restored + "2";
        Restorer().Restore(other, second, Unlock);
        Open(second, Unlock).Dispose();
        foreach (string file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories))
        {
            Assert.Equal(-1, File.ReadAllBytes(file).AsSpan().IndexOf(clear));
        }
    }

    [Fact]
    public void Restore_DeletionDueSince_IsCarriedOutAtTheFirstUse()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        Back();
        Restorer().Restore(BackupFile, Restored, Unlock);
        using KmsEngine engine = Open(Restored);
        Assert.Equal(KeyState.PendingDeletion, engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);
        engine.StepClock(engine.UtcNow.AddDays(8));
        Assert.Throws<KmsException>(() => engine.Execute(new DescribeKeyRequest { KeyId = keyId }));
    }

    [Fact]
    public void Restore_OnTheRealClock_HoldsWhatFellDueSinceUntilTheClockIsConfirmed()
    {
        MovedClock clock = new();
        using KmsFixture kms = new(clock: clock);
        string keyId = kms.CreateKey().KeyId;
        kms.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        new StoreBackups(kms.Engine).Create(BackupFile, [s_opener]);
        clock.Jump(TimeSpan.FromDays(8));
        Restorer(clock).Restore(BackupFile, Restored, Unlock);
        using KmsEngine engine = Open(Restored, clock: clock);
        engine.ProcessDue();
        Assert.Equal(keyId, Assert.Single(engine.ClockTrust.Read().Waiting).KeyArn.Split('/')[^1]);
        engine.ClockTrust.Confirm();
        engine.ProcessDue();
        Assert.Empty(engine.ClockTrust.Read().Waiting);
        Assert.Equal(
            "NotFoundException", Assert.Throws<KmsException>(() => engine.Execute(new DescribeKeyRequest { KeyId = keyId })).ErrorCode);
    }

    [Fact]
    public void CreateAndRestore_FullDisk_LeaveNothingAndTheStoreGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can mount a small disk.");
        string disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", disk) == 0, "This system lets nobody mount a disk.");
        try
        {
            Assert.Contains("cannot be written", Assert.Throws<StateStoreException>(
                () => new StoreBackups(_kms.Engine).Create(Path.Combine(disk, "lab.kmsbackup"), [s_opener])).Message);
            Assert.Empty(Directory.GetFileSystemEntries(disk));
            Back();
            Assert.Throws<StateStoreException>(() => Restorer().Restore(BackupFile, Path.Combine(disk, "lab"), Unlock));
            Assert.Empty(Directory.GetFileSystemEntries(disk));
            _kms.CreateKey();
        }
        finally
        {
            Run("umount", disk);
        }
    }

    internal static KmsEngine Open(string folder, Func<Seal, SealKey>? unlock = null, TimeProvider? clock = null) => new(
        new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = folder, Unlock = unlock })),
        static () => throw new NotSupportedException(),
        static () => new BouncyCastleSignatures(),
        clock);

    internal static StoreRestorer Restorer(TimeProvider? clock = null) => new(
        new StoreFactory(), static () => throw new NotSupportedException(), static () => new BouncyCastleSignatures(), clock);

    private static SealKey Unlock(Seal seal) => seal.Open(s_opener);

    private static int HeadLength(byte[] file)
    {
        int at = 9;
        at += 4 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
        at += 4 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
        return at + 32 + Xaes256Gcm.Overhead + 32;
    }

    private static void AuditingEvent(KmsEngine engine, StoreBackup backup)
    {
        Auditing.AuditEvent[] events = [.. engine.FindEvents(new EventQuery { EventName = "RestoreStore" })];
        Assert.Equal($"{backup.NewestChange}", Assert.Single(events).RequestParameters!["newestChange"]);
        Assert.DoesNotContain(engine.FindEvents(new EventQuery()), static found => found.EventName == "BackupStore");
    }

    private static void AssertOwnerOnly(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using System.Diagnostics.Process process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }

    private StoreBackup Back() => new StoreBackups(_kms.Engine).Create(BackupFile, [s_opener]);
}
