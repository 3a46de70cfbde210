using System.Collections.Immutable;
using System.Text;
using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools.KeyStores;

/// <summary>
/// Backups of clusters on SoftHSM: what is in them, what comes of restoring them, and what is left when something goes wrong.
/// </summary>
[Collection("SoftHSM")]
public sealed class HsmBackupsTests : IDisposable
{
    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    private HsmBackups Backups => _hsm.Kms.Engine.HsmBackups;

    private HsmRestorer Restorer => _hsm.Kms.Engine.HsmRestorer;

    private string Root => Path.Combine(_hsm.Kms.Folder, "backups");

    private static string TokenRoot => Path.Combine(SoftHsm.Folder, "tokens");

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void Create_WhileConnected_CopiesTheTokenAndKnowsItsKeys()
    {
        KeyMetadata key = _hsm.CreateKey();

        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);

        Assert.Matches("^backup-[2-7a-z]{11}$", backup.BackupId);
        Assert.Equal(
            (HsmFixture.ClusterId, HsmBackupKind.COPY, KmsFixture.Start.UtcDateTime, (int?)1, Path.Combine(Root, backup.BackupId), _hsm
                .TrustAnchor),
            (backup.ClusterId, backup.Kind, backup.CreationDate, backup.KeyCount, backup.Reference, backup.TrustAnchorCertificate));
        Assert.Equal([_hsm.Token], backup.Hsms);
        string[] files = Directory.GetFiles(backup.Reference, "*", SearchOption.AllDirectories);
        Assert.Equal(backup.Size, files.Sum(static file => new FileInfo(file).Length));
        Assert.Equal(
            ["generation", "manifest.json", "token.object"],
            files.Select(static file => Path.GetFileName(file)).Where(static name => name.Length < 20).Order());
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            foreach (string entry in files.Concat([Root, backup.Reference]))
            {
                Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(entry) & Others);
            }
        }

        HsmBackupDescription found = Assert.Single(Backups.FindForKey(key.KeyId));
        Assert.Equal((backup.BackupId, HsmBackupContent.CONTAINS, key.Arn), (found.BackupId, found.Content, found.KeyArn));
        AuditEvent made = Assert.Single(_hsm.Kms.Events("BackupHsmCluster"));
        Assert.Equal((HsmFixture.ClusterId, backup.BackupId), (made.RequestParameters!["clusterId"], made.RequestParameters["backupId"]));
    }

    [Fact]
    public void Restore_IntoANewCluster_DecryptsAfterTheStoreHasMoved()
    {
        KeyMetadata old = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(old.KeyId, 42);
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        KeyMetadata later = _hsm.CreateKey();
        byte[] laterBlob = _hsm.Kms.Encrypt(later.KeyId, 43);

        HsmRestoration restored = Restorer.Restore(backup.BackupId, ["restored-one"]);

        Assert.Null(restored.Notice);
        Assert.Equal((HsmState.ACTIVE, _hsm.TrustAnchor), (restored.Cluster.State, restored.Cluster.TrustAnchorCertificate));
        HsmStatus token = Assert.Single(restored.Cluster.Hsms);
        Assert.Equal("restored-one", token.TokenLabel);
        Assert.NotEqual(_hsm.Cluster.Tokens[0].SerialNumber, token.SerialNumber);
        Assert.Equal([42], _hsm.Kms.Decrypt(blob));
        MoveTo(restored.Cluster.ClusterId);
        Assert.Equal([42], _hsm.Kms.Decrypt(blob));

        // The documented failure: the key is there, its material is not.
        KmsException error = _hsm.Kms.Refused(new DecryptRequest { CiphertextBlob = laterBlob });
        Assert.Equal("KMSInvalidStateException", error.ErrorCode);
        Assert.Equal(KeyState.Enabled, _hsm.Kms.Describe(later.KeyId).KeyState);
        _hsm.Kms.Encrypt(_hsm.CreateKey().KeyId);

        // The cluster that was left holds what was made in it.
        MoveTo(HsmFixture.ClusterId);
        Assert.Equal([43], _hsm.Kms.Decrypt(laterBlob));
        AuditEvent restore = Assert.Single(_hsm.Kms.Events("RestoreHsmCluster"));
        Assert.Equal(restored.Cluster.ClusterId, restore.RequestParameters!["clusterId"]);
    }

    [Fact]
    public void Restore_BackupWithADeletedKey_BringsItsMaterialBackAsAnOrphan()
    {
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Kms.Alias("alias/doomed", key.KeyId);
        string material = _hsm.BackingKeyId(key.KeyId);
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        _hsm.Kms.Schedule(key.KeyId);
        _hsm.Kms.StepDays(8);
        Assert.Empty(_hsm.Objects());
        HsmBackupDescription after = Backups.Create(HsmFixture.ClusterId);

        foreach (string name in new[] { key.KeyId, key.Arn, "alias/doomed", $"arn:aws:kms:us-east-1:{KmsFixture.Account}:alias/doomed" })
        {
            HsmBackupDescription found = Assert.Single(Backups.FindForKey(name));
            Assert.Equal((backup.BackupId, HsmBackupContent.CONTAINS), (found.BackupId, found.Content));
        }

        HsmRestoration restored = Restorer.Restore(backup.BackupId);
        MoveTo(restored.Cluster.ClusterId);
        OrphanedKeyMaterial orphan = Assert.Single(_hsm.Kms.Engine.KeyMaterial.Find(restored.Cluster.ClusterId).Orphans);
        Assert.Equal(
            (OrphanKind.MATERIAL_WITHOUT_KEY, material, key.Arn, true),
            (orphan.Kind, orphan.BackingKeyId, orphan.KeyArn, orphan.IsRemovable));
        Assert.Equal(KmsFixture.Start.UtcDateTime, orphan.KeyCreationDate);

        Backups.Remove(backup.BackupId);
        Assert.Empty(Backups.FindForKey(key.KeyId));
        Assert.Equal([after.BackupId], Backups.Find().Select(static each => each.BackupId));
    }

    [Fact]
    public void FindForKey_ContentNotKnown_GoesByTheDates()
    {
        string before = Backups.Record(HsmFixture.ClusterId, "before").BackupId;
        _hsm.Kms.StepDays(1);
        KeyMetadata key = _hsm.CreateKey();
        string atCreation = Backups.Record(HsmFixture.ClusterId, "at creation").BackupId;
        _hsm.Kms.StepDays(1);
        _hsm.Kms.Schedule(key.KeyId, 7);
        string meanwhile = Backups.Record(HsmFixture.ClusterId, "meanwhile").BackupId;
        _hsm.Kms.StepDays(7);
        _hsm.Kms.Engine.ProcessDue();
        string atDeletion = Backups.Record(HsmFixture.ClusterId, "at deletion").BackupId;
        _hsm.Kms.Step(TimeSpan.FromMilliseconds(1));
        Backups.Record(HsmFixture.ClusterId, "after");

        ImmutableArray<HsmBackupDescription> found = Backups.FindForKey(key.KeyId);

        Assert.DoesNotContain(before, found.Select(static each => each.BackupId));
        Assert.Equal([atCreation, meanwhile, atDeletion], found.Select(static each => each.BackupId));
        Assert.All(found, static each => Assert.Equal(HsmBackupContent.MAY_CONTAIN, each.Content));
        Assert.Equal(("at creation", HsmBackupKind.VENDOR, null), (found[0].Reference, found[0].Kind, found[0].Size));
    }

    [Fact]
    public void FindForKey_OrphanedMaterial_StaysPossibleUntilItIsRemoved()
    {
        KeyMetadata key = _hsm.CreateKey();
        string material = _hsm.BackingKeyId(key.KeyId);
        _hsm.Kms.Schedule(key.KeyId, 7);
        _hsm.Disconnect();
        _hsm.Kms.StepDays(8);
        Assert.Single(_hsm.Strays());
        string orphaned = Backups.Create(HsmFixture.ClusterId).BackupId;
        _hsm.Kms.StepDays(1);
        _hsm.Connect();
        _hsm.Kms.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, material);
        _hsm.Kms.StepDays(1);
        _hsm.Disconnect();
        string removed = Backups.Create(HsmFixture.ClusterId).BackupId;

        HsmBackupDescription found = Assert.Single(Backups.FindForKey(key.KeyId));
        Assert.Equal((orphaned, HsmBackupContent.MAY_CONTAIN), (found.BackupId, found.Content));

        // A cluster that was restored from a backup which may hold it may hold it again, and so may its backups.
        string restored = Restorer.Restore(orphaned).Cluster.ClusterId;
        string clean = Restorer.Restore(removed).Cluster.ClusterId;
        _hsm.Kms.StepDays(1);
        string again = Backups.Record(restored, "again").BackupId;
        Backups.Record(clean, "not");
        Assert.Equal([orphaned, again], Backups.FindForKey(key.KeyId).Select(static each => each.BackupId));
    }

    [Fact]
    public void FindForKey_KeyOutsideHsmsOrNone_IsRefused()
    {
        KeyMetadata software = _hsm.Kms.CreateKey();
        KmsException error = Assert.Throws<KmsException>(() => Backups.FindForKey(software.KeyId));
        Assert.Equal(
            ("UnsupportedOperationException", $"{software.Arn} is not in a custom key store: no backup of HSMs holds its material."),
            (error.ErrorCode, error.Message));
        _hsm.Kms.Alias("alias/software", software.KeyId);
        _hsm.Kms.Schedule(software.KeyId, 7);
        _hsm.Kms.StepDays(8);
        foreach (string name in new[] { software.KeyId, "alias/software" })
        {
            error = Assert.Throws<KmsException>(() => Backups.FindForKey(name));
            Assert.Equal(
                ("UnsupportedOperationException", $"{software.Arn} is not in a custom key store: no backup of HSMs holds its material."),
                (error.ErrorCode, error.Message));
        }

        error = Assert.Throws<KmsException>(() => Backups.FindForKey("alias/never"));
        Assert.Equal(
            ("NotFoundException", "Nothing is known of a key 'alias/never', neither now nor before."),
            (error.ErrorCode, error.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FindLostKeys_OfABackup_AreThoseThatItCannotHold(bool isContentKnown)
    {
        KeyMetadata held = _hsm.CreateKey();
        if (!isContentKnown)
        {
            _hsm.Disconnect();
        }

        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        Assert.Equal(isContentKnown, backup.KeyCount is not null && Backups.FindForKey(held.KeyId).Single().Content == HsmBackupContent.CONTAINS);
        Assert.Empty(Backups.FindLostKeys(backup.BackupId, HsmFixture.ClusterId));
        _hsm.Kms.Engine.StepClock(_hsm.Kms.Engine.UtcNow + TimeSpan.FromSeconds(1));
        _hsm.Connected();
        string[] later = [_hsm.CreateKey().Arn, _hsm.CreateKey().Arn];

        Assert.Equal(later.Order(StringComparer.Ordinal), Backups.FindLostKeys(backup.BackupId, HsmFixture.ClusterId));
        Assert.Empty(Backups.FindLostKeys(backup.BackupId, "cluster-3abcdefghij"));
        KmsException missing = Assert.Throws<KmsException>(() => Backups.FindLostKeys("backup-none", HsmFixture.ClusterId));
        Assert.Equal(("CloudHsmResourceNotFoundException", "Backup backup-none does not exist."), (missing.ErrorCode, missing.Message));
    }

    [Fact]
    public void RestoreInPlace_PutsTheContentBack()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 9);
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        KmsException busy = Assert.Throws<KmsException>(() => Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId));
        Assert.Equal("CustomKeyStoreInvalidStateException", busy.ErrorCode);
        _hsm.DestroyObject(_hsm.BackingKeyId(key.KeyId));
        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Refused(new DecryptRequest { CiphertextBlob = blob }).ErrorCode);
        _hsm.Disconnect();

        HsmRestoration restored = Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId);

        Assert.Null(restored.Notice);
        Assert.Equal(_hsm.Cluster.Tokens[0].SerialNumber, Assert.Single(restored.Cluster.Hsms).SerialNumber);
        _hsm.Connected();
        Assert.Equal([9], _hsm.Kms.Decrypt(blob));
        Assert.DoesNotContain(Directory.GetDirectories(TokenRoot), static folder => Path.GetFileName(folder).StartsWith('.'));
    }

    [Fact]
    public void RestoreInPlace_KeyInTheHsmOpensTheStore_IsRefusedUntilSomethingElseDoes()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        using Secret pin = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));
        HsmOpener opener = new(() => _hsm.Watched, $"pkcs11:token={_hsm.Token}?module-path={SoftHsm.Library}", pin);
        SealSlot slot = Assert.Single(_hsm.Kms.Engine.RootKey.Seal([opener]).Seal.Slots);
        _hsm.Disconnect();
        string expected = $"HSM '{_hsm.Token}' of {HsmFixture.ClusterId} has a key that opens the seal of this store: {slot.HsmUri}. What the "
            + "HSM holds is lost when a backup is restored into it, and with that key the store may be lost. Nothing was restored.";

        HsmException previewed = Assert.Throws<HsmException>(() => Restorer.PreviewRestore(backup.BackupId, HsmFixture.ClusterId));
        HsmException refused = Assert.Throws<HsmException>(() => Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId));

        Assert.Equal((HsmFailure.NotPermitted, ErrorCause.HsmOpensStore, expected), (refused.Failure, refused.Cause, refused.Message));
        Assert.Equal((refused.Failure, refused.Cause, refused.Message), (previewed.Failure, previewed.Cause, previewed.Message));
        Assert.Contains(_hsm.Objects(), static key => key.Label == "KmsTools seal");
        Restorer.PreviewRestore(backup.BackupId);
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        _hsm.Kms.Engine.RootKey.Seal([new RecoveryKeyOpener(recoveryKey)]);
        Restorer.PreviewRestore(backup.BackupId, HsmFixture.ClusterId);
        Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId);
        Assert.DoesNotContain(_hsm.Objects(), static key => key.Label == "KmsTools seal");
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Register_WhatIsNotACertificate_IsRefused(string pem)
    {
        string token = _hsm.NewToken();
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [token], trustAnchorCertificate: pem));
        Assert.StartsWith("The trust anchor certificate is not a certificate in PEM: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(
            _hsm.TrustAnchor,
            _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [token], trustAnchorCertificate: _hsm.TrustAnchor).TrustAnchorCertificate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RestoreStore_PasswordIsManaged_NamesTheCluster(bool managed)
    {
        using HsmFixture hsm = new(managePassword: managed);
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        string folder = Directory.CreateTempSubdirectory("kmstools-managed-").FullName;
        try
        {
            string file = Path.Combine(folder, "lab.kmsbackup");
            new StoreBackups(hsm.Kms.Engine).Create(file, [new RecoveryKeyOpener(recoveryKey)]);
            StoreRestoration restored = new StoreRestorer(new StoreFactory(), () => hsm.Watched, static () => new BouncyCastleSignatures())
                .Restore(file, Path.Combine(folder, "restored"), seal => seal.Open(new RecoveryKeyOpener(recoveryKey)));
            Assert.Equal(managed ? [HsmFixture.ClusterId] : [], restored.ManagedPasswords);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void RestoreInPlace_HsmOfAnotherClusterOpensTheStore_Restores()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        using Secret pin = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));
        string other = _hsm.NewToken();
        _hsm.Kms.Engine.RootKey.Seal(
            [new HsmOpener(() => _hsm.Watched, $"pkcs11:token={other}?module-path={SoftHsm.Library}", pin)]);
        _hsm.Disconnect();

        Assert.Equal(backup.BackupId, Restorer.PreviewRestore(backup.BackupId, HsmFixture.ClusterId).BackupId);
        Assert.Null(Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId).Notice);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void RestoreInPlace_TokenLostOrDamaged_BringsItBack(bool onlyDamaged)
    {
        byte[] blob = _hsm.Kms.Encrypt(_hsm.CreateKey().KeyId, 9);
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        _hsm.Disconnect();
        string folder = TokenFolder(_hsm.Token);
        if (onlyDamaged)
        {
            File.WriteAllBytes(Path.Combine(folder, "token.object"), []);
        }
        else
        {
            Directory.Delete(folder, recursive: true);
        }

        Assert.Equal(HsmState.DEGRADED, _hsm.Kms.Engine.HsmClusters.Find(HsmFixture.ClusterId)[0].State);
        Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId);
        _hsm.Connected();
        Assert.Equal([9], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void RestoreInPlace_ProcessWithASessionFromBefore_SeesWhatIsThereNow()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 9);
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        byte[] later = _hsm.Kms.Encrypt(_hsm.CreateKey().KeyId, 10);
        using KmsEngine other = _hsm.Kms.Open();
        Assert.Equal([10], other.Execute(new DecryptRequest { CiphertextBlob = later }).Plaintext!.ToArray());
        _hsm.Disconnect();
        Restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId);
        _hsm.Connected();

        Assert.Equal([9], other.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
        KmsException error = Assert.Throws<KmsException>(() => other.Execute(new DecryptRequest { CiphertextBlob = later }));
        Assert.Equal("KMSInvalidStateException", error.ErrorCode);
    }

    [Fact]
    public void Restore_ThreeHsms_MakesThreeTokens()
    {
        using HsmFixture three = new(hsms: 3);
        three.Connected();
        byte[] blob = three.Kms.Encrypt(three.CreateKey().KeyId, 5);
        HsmBackups backups = three.Kms.Engine.HsmBackups;
        HsmBackupDescription backup;
        using (three.Away(three.Tokens[2]))
        {
            List<string> warnings = [];
            HsmBackupDescription partial = backups.Create(HsmFixture.ClusterId, observer: new CallObserver { Warning = warnings.Add });
            Assert.Equal(three.Tokens.Take(2), partial.Hsms);
            Assert.Equal([$"HSM '{three.Tokens[2]}' of {HsmFixture.ClusterId} is DEGRADED and is not in the backup."], warnings);
        }

        backup = backups.Create(HsmFixture.ClusterId);
        Assert.Throws<ArgumentException>(() => three.Kms.Engine.HsmRestorer.Restore(backup.BackupId, ["a", "b"]));
        Assert.Throws<ArgumentException>(() => three.Kms.Engine.HsmRestorer.Restore(backup.BackupId, ["a", "b", "b"]));
        HsmRestoration restored = three.Kms.Engine.HsmRestorer.Restore(backup.BackupId);

        Assert.Equal(3, restored.Cluster.ActiveHsmCount);
        Assert.Equal(6, restored.Cluster.Hsms.Concat(three.Kms.Engine.HsmClusters.Find(HsmFixture.ClusterId)[0].Hsms)
            .Select(static hsm => hsm.SerialNumber)
            .Distinct()
            .Count());
        three.Disconnect();
        three.Kms
            .Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = three.StoreId, CloudHsmClusterId = restored.Cluster.ClusterId });
        three.Connected();
        Assert.Equal([5], three.Kms.Decrypt(blob));
        three.Kms.Encrypt(three.CreateKey().KeyId);
        Assert.Empty(three.Kms.Engine.KeyMaterial.Find(restored.Cluster.ClusterId).Orphans);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restore_ManagedPassword_GetsTheOneThatTheStoreHasNow(bool inPlace)
    {
        using HsmFixture managed = new(managePassword: true);
        managed.Connected();
        byte[] blob = managed.Kms.Encrypt(managed.CreateKey().KeyId, 5);
        HsmBackups backups = managed.Kms.Engine.HsmBackups;
        HsmBackupDescription backup = backups.Create(HsmFixture.ClusterId);
        managed.Disconnect();
        managed.Connected();
        managed.Disconnect();

        HsmRestorer restorer = managed.Kms.Engine.HsmRestorer;
        HsmRestoration restored = inPlace
            ? restorer.RestoreInPlace(backup.BackupId, HsmFixture.ClusterId)
            : restorer.Restore(backup.BackupId);

        Assert.Null(restored.Notice);
        Assert.True(restored.Cluster.ManagePassword);
        managed.Kms
            .Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = managed.StoreId, CloudHsmClusterId = restored.Cluster.ClusterId });
        managed.Connected();
        Assert.Equal([5], managed.Kms.Decrypt(blob));
    }

    [Fact]
    public void Create_ChangeOfThePasswordInterrupted_DoesNotWaitForItself()
    {
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Kms.Reopen();
        _hsm.Put(static store => store with { OtherWrappedPassword = store.WrappedPassword });
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        Assert.Equal(1, backup.KeyCount);
        Assert.Equal(HsmBackupContent.MAY_CONTAIN, Assert.Single(Backups.FindForKey(key.KeyId)).Content);
    }

    [Fact]
    public void Restore_PasswordChangedByHand_SaysSo()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        _hsm.Disconnect();
        _hsm.SetUserPin("another-1");
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "another-1" });

        HsmRestoration restored = Restorer.Restore(backup.BackupId);

        Assert.Equal(
            "The crypto user of the restored HSMs has the password that it had when the backup was made, and custom key store "
            + $"{_hsm.StoreId} has another one now: set it with UpdateCustomKeyStore.",
            restored.Notice);
        Assert.True(_hsm.Takes(HsmFixture.UserPin, restored.Cluster.Hsms[0].TokenLabel));
    }

    [Fact]
    public void Restore_DamagedCopy_ChangesNothing()
    {
        _hsm.CreateKey();
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        string[] tokens = Directory.GetDirectories(TokenRoot);
        string file = Directory.GetFiles(Path.Combine(backup.Reference, "0"), "*.object")
            .First(static each => !each.EndsWith("token.object", StringComparison.Ordinal));
        byte[] content = File.ReadAllBytes(file);
        content[^1] ^= 1;
        File.WriteAllBytes(file, content);

        HsmException error = Assert.Throws<HsmException>(() => Restorer.Restore(backup.BackupId));

        Assert.Equal($"The backup is damaged: '{file}' is not as it was made.", error.Message);
        Assert.Equal(tokens.Order(), Directory.GetDirectories(TokenRoot).Order());
        Assert.Empty(Directory.GetFiles(Root));
        Assert.Equal([HsmFixture.ClusterId], _hsm.Kms.Engine.HsmClusters.Find().Select(static cluster => cluster.ClusterId));
        string manifest = Path.Combine(backup.Reference, "manifest.json");
        File.AppendAllText(manifest, " ");
        Assert.Contains(
            "manifest.json",
            Assert.Throws<HsmException>(() => Restorer.Restore(backup.BackupId)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_LabelOrClusterIdTaken_ChangesNothing()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        string[] tokens = Directory.GetDirectories(TokenRoot);
        Assert.Equal(
            $"A token with the label '{_hsm.Token}' exists already.",
            Assert.Throws<HsmException>(() => Restorer.Restore(backup.BackupId, [_hsm.Token])).Message);
        Assert.Throws<ArgumentException>(() => Restorer.Restore(backup.BackupId, clusterId: HsmFixture.ClusterId));
        Assert.Throws<ArgumentException>(() => Restorer.Restore(backup.BackupId, [new string('x', 33)]));
        Assert.Equal(tokens.Order(), Directory.GetDirectories(TokenRoot).Order());
        Assert.Empty(Directory.GetFiles(Root));
        Assert.Single(Restorer.Restore(backup.BackupId, [new string('y', 32)]).Cluster.Hsms);
    }

    [Fact]
    public void Restore_VendorsBackup_TellsWhatToDo()
    {
        HsmBackupDescription backup = Backups.Record(HsmFixture.ClusterId, "/hsm/2030.bak");
        HsmException error = Assert.Throws<HsmException>(() => Restorer.Restore(backup.BackupId));
        Assert.Equal((HsmFailure.NotPermitted, ErrorCause.VendorRestores), (error.Failure, error.Cause));
        Assert.Equal(
            $"Backup {backup.BackupId} ('/hsm/2030.bak') was made with the tool of the HSM's vendor, which alone can restore it.",
            error.Message);
    }

    [Fact]
    public void RestoreInPlace_ForeignCluster_IsRefused()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        string other = _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.NewToken()]).ClusterId;
        Assert.Equal(
            "CloudHsmClusterNotRelatedException",
            Assert.Throws<KmsException>(() => Restorer.RestoreInPlace(backup.BackupId, other)).ErrorCode);
        Assert.Equal(
            "CloudHsmResourceNotFoundException",
            Assert.Throws<KmsException>(() => Restorer.RestoreInPlace("backup-22222222222", other)).ErrorCode);
    }

    [Fact]
    public void AddClone_HoldsTheKeysThatCannotLeaveTheOthers()
    {
        byte[] blob = _hsm.Kms.Encrypt(_hsm.CreateKey().KeyId, 7);
        string[] tokens = Directory.GetDirectories(TokenRoot);
        Assert.Throws<HsmException>(() => Restorer.AddClone(HsmFixture.ClusterId, _hsm.Token));
        Assert.Equal(tokens.Order(), Directory.GetDirectories(TokenRoot).Order());

        HsmAddition added = Restorer.AddClone(HsmFixture.ClusterId, "the-clone");

        Assert.Equal(
            (1, 0, 0),
            (added.Synchronization!.AlreadyThere, added.Synchronization.Copied, added.Synchronization.NotCopied.Length));
        Assert.Empty(Directory.GetFileSystemEntries(Root));
        using (_hsm.Away(_hsm.Token))
        {
            Assert.Equal([7], _hsm.Kms.Decrypt(blob));
        }

        Assert.Empty(Backups.Find());
        Assert.Equal(["KMSInvalidStateException", null], _hsm.Kms.Events("AddHsm").Select(static entry => entry.ErrorCode));
    }

    [Fact]
    public void Record_ReferenceAndDate_AreChecked()
    {
        Assert.Throws<ArgumentException>(() => Backups.Record(HsmFixture.ClusterId, " "));
        Assert.Throws<ArgumentException>(() => Backups.Record(HsmFixture.ClusterId, new string('x', 1025)));
        Assert.Throws<ArgumentException>(() => Backups.Record(HsmFixture.ClusterId, "x", KmsFixture.Start.AddMilliseconds(1)));
        Assert.Equal(
            "CloudHsmClusterNotFoundException",
            Assert.Throws<KmsException>(() => Backups.Record("cluster-22222222222", "x")).ErrorCode);
        Assert.Equal(
            KmsFixture.Start.UtcDateTime,
            Backups.Record(HsmFixture.ClusterId, new string('x', 1024), KmsFixture.Start).CreationDate);
    }

    [Fact]
    public void Create_OtherModule_TellsWhatToDo()
    {
        _hsm.Watched.CopierOf = static copier => new Uncopyable(copier);
        HsmException error = Assert.Throws<HsmException>(() => Backups.Create(HsmFixture.ClusterId));
        Assert.Equal(
            (HsmFailure.NotPermitted, ErrorCause.VendorBacksUp, "It cannot. Back the HSMs up with the tool of their vendor."), (error
                .Failure, error.Cause, error.Message));
        Assert.Empty(Backups.Find());
    }

    [Fact]
    public void Create_DiskFull_LeavesNothing()
    {
        _hsm.CreateKey();
        Backups.Create(HsmFixture.ClusterId);
        _hsm.Watched.CopierOf = copier => new FullDisk(copier);
        string[] entries = Directory.GetFileSystemEntries(Root);

        Assert.Throws<IOException>(() => Backups.Create(HsmFixture.ClusterId));

        Assert.Equal(entries, Directory.GetFileSystemEntries(Root));
        Assert.Single(Backups.Find());
    }

    [Fact]
    public void Leftovers_OfProcessesThatDied_AreRemovedByTheNext()
    {
        HsmBackupDescription backup = Backups.Create(HsmFixture.ClusterId);
        _hsm.Watched.CopierOf = static copier => new Dying(copier);
        Assert.Throws<ProcessDied>(() => Backups.Create(HsmFixture.ClusterId));
        string[] tokens = Directory.GetDirectories(TokenRoot);
        Assert.Throws<ProcessDied>(() => Restorer.Restore(backup.BackupId));
        _hsm.Watched.CopierOf = null;
        Directory.CreateDirectory(Path.Combine(Root, ".backup-aaaaaaaaaaa"));
        Directory.CreateDirectory(Path.Combine(TokenRoot, ".kmstools-abc", "token"));
        Assert.Equal(tokens.Length + 2, Directory.GetDirectories(TokenRoot).Length);

        HsmRestoration restored = Restorer.Restore(backup.BackupId);

        Assert.Equal([Path.Combine(Root, backup.BackupId)], Directory.GetFileSystemEntries(Root));
        Assert.Equal([.. tokens, TokenFolder(restored.Cluster.Hsms[0].TokenLabel)], Directory.GetDirectories(TokenRoot)
            .OrderBy(folder => Array.IndexOf(tokens, folder) < 0 ? int.MaxValue : Array.IndexOf(tokens, folder)));
    }

    private static string TokenFolder(string label) => Directory.GetFiles(TokenRoot, "token.object", SearchOption.AllDirectories)
        .Where(file => File.ReadAllText(file, System.Text.Encoding.Latin1).Contains(label, StringComparison.Ordinal))
        .Select(static file => Path.GetDirectoryName(file)!)
        .Single();

    private void MoveTo(string clusterId)
    {
        _hsm.Disconnect();
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, CloudHsmClusterId = clusterId });
        _hsm.Connected();
    }

    private sealed class ProcessDied : Exception;

    private class Passing(ITokenCopier copier) : ITokenCopier
    {
        protected ITokenCopier Real => copier;

        public virtual string? WhyNot(string library) => copier.WhyNot(library);

        public virtual HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder) => copier.Copy(hsms, folder);

        public virtual void CreateToken(HsmCopyReference copy, int index, string library, HsmToken token) =>
            copier.CreateToken(copy, index, library, token);

        public virtual void RequireReplaceable(string library, HsmToken token) => copier.RequireReplaceable(library, token);

        public virtual void ReplaceContent(HsmCopyReference copy, int index, string library, HsmToken token) =>
            copier.ReplaceContent(copy, index, library, token);

        public virtual void Discard(string library, HsmToken token) => copier.Discard(library, token);
    }

    private sealed class Uncopyable(ITokenCopier copier) : Passing(copier)
    {
        public override string WhyNot(string library) => "It cannot.";
    }

    // Fails as a full disk does, in the middle: a file is where the next one is to be.
    private sealed class FullDisk(ITokenCopier copier) : Passing(copier)
    {
        public override HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder)
        {
            Real.Copy(hsms, folder);
            Directory.Delete(folder, recursive: true);
            throw new IOException("No space left on device");
        }
    }

    private sealed class Dying(ITokenCopier copier) : Passing(copier)
    {
        public override HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder)
        {
            Real.Copy(hsms, folder);
            throw new ProcessDied();
        }

        public override void CreateToken(HsmCopyReference copy, int index, string library, HsmToken token)
        {
            Real.CreateToken(copy, index, library, token);
            throw new ProcessDied();
        }

        // A process that is dead removes nothing.
        public override void Discard(string library, HsmToken token) => throw new HsmException(HsmFailure.Unreachable, "dead");
    }
}
