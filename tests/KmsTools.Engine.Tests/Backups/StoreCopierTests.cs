using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Databases;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>Copies of stores with keys, events and settings of all kinds, which go on where they are.</summary>
public sealed class StoreCopierTests : IDisposable
{
    private readonly KmsFixture _kms = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-copier-").FullName;

    private string Back => Path.Combine(_folder, "back");

    public void Dispose()
    {
        _kms.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Copy_ToADatabaseAndBack_IsTheSameStoreEverywhere()
    {
        RequirePostgreSql();
        List<(string KeyId, byte[] Blob)> blobs = [];
        foreach (string spec in (string[])
            ["SYMMETRIC_DEFAULT", "RSA_2048", "ECC_NIST_P256", "HMAC_256", "ML_DSA_44", "ECC_NIST_EDWARDS25519"])
        {
            string usage = spec switch { "HMAC_256" => "GENERATE_VERIFY_MAC", "SYMMETRIC_DEFAULT" => "ENCRYPT_DECRYPT", _ => "SIGN_VERIFY" };
            string id = _kms.Call(new CreateKeyRequest { KeySpec = spec, KeyUsage = usage }).KeyMetadata.KeyId;
            if (usage == "ENCRYPT_DECRYPT")
            {
                blobs.Add((id, _kms.Encrypt(id)));
            }
        }

        string keyId = blobs[0].KeyId;
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        blobs.Add((keyId, _kms.Encrypt(keyId)));
        _kms.Engine.RootKey.Rotate();
        blobs.Add((keyId, _kms.Encrypt(keyId)));
        string external = _kms.CreateKey("EXTERNAL").KeyId;
        ImportKeyMaterialRequest import = _kms.Importing(external, new byte[32]) with
        {
            ExpirationModel = "KEY_MATERIAL_EXPIRES", ValidTo = _kms.UtcNow.AddDays(30),
        };
        _kms.Call(import);
        blobs.Add((external, _kms.Encrypt(external)));
        _kms.Call(new CreateAliasRequest { AliasName = "alias/orders", TargetKeyId = keyId });
        _kms.Call(new TagResourceRequest { KeyId = keyId, Tags = [new Tag { TagKey = "team", TagValue = "ä b" }] });
        CreateGrantResponse grant = _kms.Call(new CreateGrantRequest
        {
            KeyId = keyId, GranteePrincipal = "arn:aws:iam::111122223333:user/alice", Operations = ["Decrypt"], Name = "one",
        });
        NewAccessKey accessKey = _kms.Engine.AccessKeys.Create();
        string deleted = _kms.CreateKey().KeyId;
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = deleted, PendingWindowInDays = 7 });
        string[] keys = Keys(_kms.Engine);
        string[] events = Events(_kms.Engine);

        StateStoreOptions database = Database("lab");
        StoreCopy copy = Copier().Copy(new StateStoreOptions { Folder = _kms.Folder }, database);
        Assert.Equal((keys.Length, events.Length + 1), ((int)copy.Keys, (int)copy.Events));
        Assert.Equal((_kms.Folder, database.Shared!.RootKeyFile, false), (copy.Source, copy.RootKeyFile, copy.IsSealed));
        Assert.Equal(events, Events(_kms.Engine));
        using (KmsEngine shared = Open(database))
        {
            RequireSame(shared, copy);
            AuditEvent record = Assert.Single(shared.FindEvents(new EventQuery { EventName = "CopyStore" }));
            Assert.Contains($"\"from\":\"{_kms.Folder}\"", record.CloudTrailEvent, StringComparison.Ordinal);
            shared.Execute(new EncryptRequest { KeyId = keyId, Plaintext = new byte[] { 1, 2, 3 } });
        }

        StoreCopy back = Copier().Copy(database, new StateStoreOptions { Folder = Back });

        // The calls above, and CopyStore.
        Assert.Equal((copy.StoreId, copy.Keys, copy.Events + blobs.Count + 4), (back.StoreId, back.Keys, back.Events));
        Assert.Null(back.RootKeyFile);
        using KmsEngine folder = Open(new StateStoreOptions { Folder = Back });
        RequireSame(folder, back);
        Assert.Equal(2, folder.FindEvents(new EventQuery { EventName = "CopyStore" }).Count());
        folder.StepClock(_kms.Engine.UtcNow + TimeSpan.FromDays(31));
        Assert.Equal("KMSInvalidStateException", Refusal(folder, blobs[^1].Blob));
        Assert.Equal(
            "NotFoundException",
            Assert.Throws<KmsException>(() => folder.Execute(new DescribeKeyRequest { KeyId = deleted })).ErrorCode);

        void RequireSame(KmsEngine engine, StoreCopy expected)
        {
            Assert.Equal(keys, Keys(engine));
            Assert.Equal(events, Events(engine)[..events.Length]);
            foreach ((_, byte[] blob) in blobs)
            {
                Assert.Equal([1, 2, 3], engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
            }

            Assert.Equal([1, 2, 3], engine.Execute(
                new DecryptRequest { CiphertextBlob = blobs[0].Blob, GrantTokens = [grant.GrantToken] }).Plaintext!.ToArray());
            Assert.Equal(keyId, engine.Execute(new DescribeKeyRequest { KeyId = "alias/orders" }).KeyMetadata.KeyId);
            Assert.Equal(accessKey.AccessKeyId, Assert.Single(engine.AccessKeys.List()).AccessKeyId);
            List<StoreFinding> findings = [];
            StoreVerification verification = engine.Verifier.Run(findings.Add, []);
            Assert.Empty(findings);
            Assert.True(verification.Records >= expected.Records);
        }
    }

    [Fact]
    public void Copy_DamagedStore_IsRefusedByWhatIsDamaged()
    {
        _kms.CreateKey();
        string folder = Path.Combine(_folder, "damaged");
        Copier().Copy(new StateStoreOptions { Folder = _kms.Folder }, new StateStoreOptions { Folder = folder });
        Assert.Equal(1, KmsFixture.ChangeState(folder, "UPDATE keys SET description = 'another'"));

        string message = Assert.Throws<StateStoreException>(
            () => Copier().Copy(new StateStoreOptions { Folder = folder }, new StateStoreOptions { Folder = Back })).Message;
        Assert.StartsWith($"The store '{folder}' is damaged, and was not copied: The record region=us-east-1, key_id=", message);
        Assert.False(Directory.Exists(Back));
        Assert.Equal([folder], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void RestoreToDatabase_BackupOfAFolder_IsTheStore_AndASharedOneIsBackedUpToTheSame()
    {
        RequirePostgreSql();
        string keyId = _kms.CreateKey().KeyId;
        byte[] blob = _kms.Encrypt(keyId);
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        RecoveryKeyOpener opener = new(recoveryKey);
        string file = Path.Combine(_folder, "lab.kmsbackup");
        new StoreBackups(_kms.Engine).Create(file, [opener]);
        StateStoreOptions database = Database("restored");
        StoreRestoration restored = Restorer().RestoreToDatabase(file, database, seal => seal.Open(opener));
        Assert.Equal(
            (new StoreFactory().Databases.Locate(database.Shared!), null, 0), (restored.Path, restored.FormerPath, restored.Damages));
        StoreBackup again;
        using (KmsEngine shared = Open(database))
        {
            Assert.Equal([1, 2, 3], shared.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
            Assert.Single(shared.FindEvents(new EventQuery { EventName = "RestoreStore" }));
            again = new StoreBackups(shared).Create(file, [opener], replace: true);
            Assert.Equal((1L, restored.Backup.StoreId), (again.Keys, again.StoreId));
        }

        Assert.Throws<StateStoreException>(() => Restorer().RestoreToDatabase(file, database, seal => seal.Open(opener)));
        Restorer().Restore(file, Back, seal => seal.Open(opener));
        using KmsEngine folder = Open(new StateStoreOptions { Folder = Back });
        Assert.Equal([1, 2, 3], folder.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
        Assert.Equal(2, folder.FindEvents(new EventQuery { EventName = "RestoreStore" }).Count());
    }

    private static void RequirePostgreSql() => Assert.SkipUnless(PostgreSqlServer.IsInstalled, PostgreSqlServer.Missing);

    private static StoreCopier Copier() =>
        new(new StoreFactory(), static () => throw new InvalidOperationException(), static () => new BouncyCastleSignatures());

    private static StoreRestorer Restorer() =>
        new(new StoreFactory(), static () => throw new InvalidOperationException(), static () => new BouncyCastleSignatures());

    private static KmsEngine Open(StateStoreOptions options) => new(
        new StoreFactory().Open(options), static () => throw new InvalidOperationException(), static () => new BouncyCastleSignatures());

    private static string Refusal(KmsEngine engine, byte[] blob) =>
        Assert.Throws<KmsException>(() => engine.Execute(new DecryptRequest { CiphertextBlob = blob })).ErrorCode;

    private static string[] Keys(KmsEngine engine)
    {
        using IStateReader state = engine.Store.OpenReader();
        return
        [
            .. state.ListKeyIds("us-east-1", null, 1000).Select(id => state.FindKey("us-east-1", id)!).Select(static key =>
                $"{key.KeyId} {key.KeySpec} {key.Policy} {string.Join(',', key.Tags)} {key.DeletionDate:O} "
                    + string.Join(',', key.Materials.Select(static one => $"{one.KeyMaterialId} {one.ValidTo:O}"))),
        ];
    }

    private static string[] Events(KmsEngine engine) =>
        [.. engine.FindEvents(new EventQuery()).Select(static found => $"{found.EventId} {found.CloudTrailEvent}")];

    private StateStoreOptions Database(string name)
    {
        string folder = Path.Combine(_folder, name);
        SharedStoreOptions shared = TestStores.Shared(folder);
        return new StateStoreOptions { Folder = folder, Shared = shared with { RootKeyFile = Path.Combine(_folder, name + ".rootkey") } };
    }
}
