using System.Security.Cryptography;
using System.Text;
using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>The seal of the root key: acts, their events, and what a copy of the folder is worth.</summary>
public sealed class RootKeySealTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    private KmsEngine Engine => _kms.Engine;

    public void Dispose() => _kms.Dispose();

    // The only one with what a passphrase costs by default.
    [Fact]
    public void Seal_ByPassphraseAndRecoveryKey_EachOpensTheStoreAndNothingElseDoes()
    {
        byte[] material = RandomNumberGenerator.GetBytes(32);
        string imported = _kms.ImportedKey(material).KeyId;
        byte[] blob = _kms.Encrypt(imported, 1, 2, 3);
        NewAccessKey accessKey = Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/bob");
        byte[] rootKey = File.ReadAllBytes(Path.Combine(_kms.Folder, "root.key"));
        using Secret passphrase = Text("correct horse battery staple");
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        string recoveryText = recoveryKey.UseText(static text => text.ToString());
        SealedStore made = Engine.RootKey.Seal(
            [new PassphraseOpener(passphrase, static () => new BouncyCastleArgon2id()), new RecoveryKeyOpener(recoveryKey)]);
        Assert.Null(made.Leftover);
        Assert.Equal(made.Seal.Id, Engine.RootKey.ReadSeal()!.Id);
        Assert.Equal([1, 2, 3], _kms.Decrypt(blob));
        Engine.RootKey.Rotate();
        Engine.Dispose();

        // As whoever has a copy of the folder would look.
        byte[][] secrets =
        [
            rootKey, material, Encoding.UTF8.GetBytes(accessKey.SecretAccessKey), "correct horse battery staple"u8.ToArray(),
            Encoding.ASCII.GetBytes(recoveryText),
        ];
        foreach (string file in Directory.GetFiles(_kms.Folder, "*", SearchOption.AllDirectories))
        {
            byte[] content = File.ReadAllBytes(file);
            Assert.All(secrets, secret => Assert.True(content.AsSpan().IndexOf(secret) < 0, file));
        }

        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => Open(null)).SealFault);
        using Secret wrong = Text("correct horse battery stapl");
        Assert.Equal(
            SealFault.WrongPassphrase,
            Assert.Throws<StateStoreException>(
                () => Open(seal => seal.Open(new PassphraseOpener(wrong, static () => new BouncyCastleArgon2id())))).SealFault);
        foreach (Func<Seal, SealKey> unlock in (Func<Seal, SealKey>[])
            [
                seal => seal.Open(new PassphraseOpener(passphrase, static () => new BouncyCastleArgon2id())),
                seal => seal.Open(new RecoveryKeyOpener(recoveryKey)),
            ])
        {
            using KmsEngine engine = Open(unlock);
            Assert.Equal(
                [1, 2, 3],
                engine.Execute(new Operations.DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
        }
    }

    [Fact]
    public void Seal_UnsealAndSealAgain_AreEventsWithoutSecrets()
    {
        using RecoveryKey first = RecoveryKey.Create();
        using RecoveryKey second = RecoveryKey.Create();
        string firstId = Engine.RootKey.Seal([new RecoveryKeyOpener(first)]).Seal.Id;
        string secondId = Engine.RootKey.Seal([Passphrase("p"), new RecoveryKeyOpener(second)]).Seal.Id;
        Engine.RootKey.Unseal();
        IReadOnlyList<AuditEvent> sealing = _kms.Events("SealStore");
        Assert.Equal(["RECOVERY_KEY", "PASSPHRASE, RECOVERY_KEY"], sealing.Select(static found => found.RequestParameters!["openedBy"]));
        Assert.Equal([firstId, secondId], sealing.Select(static found => found.ResponseElements!["to"]));
        Assert.Equal(firstId, sealing[1].AdditionalEventData!["from"]);
        AuditEvent unsealing = Assert.Single(_kms.Events("UnsealStore"));
        Assert.Equal(secondId, unsealing.AdditionalEventData!["from"]);
        _kms.Reopen();
        Assert.Null(Engine.RootKey.ReadSeal());
    }

    [Fact]
    public void Unseal_StoreIsNotSealed_IsRefusedWithoutAnEvent()
    {
        Assert.Equal("The store is not sealed.", Assert.Throws<InvalidOperationException>(() => Engine.RootKey.Unseal()).Message);
        Assert.Empty(_kms.Events("UnsealStore"));
    }

    [Fact]
    public void Seal_RootKeyCannotBeReplaced_LeavesTheStoreAsItWas()
    {
        string next = Path.Combine(_kms.Folder, "root.key-new");
        byte[] clear = File.ReadAllBytes(Path.Combine(_kms.Folder, "root.key"));
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        Directory.CreateDirectory(next);
        Assert.Throws<StateStoreException>(() => Engine.RootKey.Seal([new RecoveryKeyOpener(recoveryKey)]));
        Directory.Delete(next);
        Assert.Equal("KMSInternalException", Assert.Single(_kms.Events("SealStore")).ErrorCode);
        Assert.Equal(clear, File.ReadAllBytes(Path.Combine(_kms.Folder, "root.key")));
        Assert.Null(Engine.RootKey.ReadSeal());
        _kms.Reopen();
    }

    [Fact]
    public void Seal_Twice_ProcessWithTheKeyHandsItOn()
    {
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        Engine.RootKey.Seal([new RecoveryKeyOpener(recoveryKey)]);
        using SealKey key = Engine.RootKey.CopySealKey()!;
        Engine.Dispose();
        using (KmsEngine engine = Open(_ => key.Copy()))
        {
            engine.RootKey.Seal([Passphrase("another")]);
        }

        Assert.Equal(SealFault.ForeignSlot, Assert.Throws<StateStoreException>(() => Open(_ => key.Copy())).SealFault);
        using KmsEngine again = Open(seal => seal.Open(Passphrase("another")));
        Assert.Equal([SealSlotKind.PASSPHRASE], again.RootKey.ReadSeal()!.Slots.Select(static slot => slot.Kind));
    }

    private static Secret Text(string text) => Secret.CopyOf(Encoding.UTF8.GetBytes(text));

    private static PassphraseOpener Passphrase(string text) => new(Text(text), static () => new CheapArgon2id(), new Argon2idCost(32, 1, 1));

    private KmsEngine Open(Func<Seal, SealKey>? unlock) => new(
        new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = _kms.Folder, Unlock = unlock })),
        static () => throw new NotSupportedException(),
        static () => new BouncyCastleSignatures());
}
