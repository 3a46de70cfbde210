using System.Collections.Immutable;
using System.Text;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.Sealing;

/// <summary>A seal that a key in a token of SoftHSM opens.</summary>
[Collection("SoftHSM")]
public sealed class HsmOpenerTests : IDisposable
{
    private const string Pin = "user-1234";

    private readonly Pkcs11HsmProvider _provider = new();
    private readonly string _label = $"t{Guid.NewGuid():N}"[..32];

    public HsmOpenerTests() =>
        _provider.InitializeToken(SoftHsm.Library, _label, "officer-5678"u8, Encoding.UTF8.GetBytes(Pin));

    private string TokenUri => $"pkcs11:token={_label}?module-path={SoftHsm.Library}";

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void Seal_StoreByAKeyThatIsMade_OpensWithThePinOnly()
    {
        using KmsFixture kms = new();
        byte[] blob = kms.Encrypt(kms.CreateKey().KeyId, 1, 2, 3);
        using Secret pin = Text(Pin);
        SealedStore made = kms.Engine.RootKey.Seal([new HsmOpener(() => _provider, TokenUri, pin)]);
        SealSlot slot = Assert.Single(made.Seal.Slots);
        Assert.StartsWith("pkcs11:", slot.HsmUri, StringComparison.Ordinal);
        Assert.Contains($"token={_label};", slot.HsmUri, StringComparison.Ordinal);
        Assert.Contains(";object=KmsTools%20seal;id=%", slot.HsmUri, StringComparison.Ordinal);
        Assert.DoesNotContain("pin", slot.HsmUri, StringComparison.Ordinal);
        Assert.Equal(["KmsTools seal"], Labels());
        kms.Engine.RootKey.Rotate();
        kms.Engine.Dispose();
        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => Open(kms, null)).SealFault);
        using Secret wrong = Text("wrong-1234");
        StateStoreException refused = Assert.Throws<StateStoreException>(
            () => Open(kms, seal => seal.Open(new HsmOpener(() => _provider, wrong))));
        Assert.Equal(SealFault.HsmUnavailable, refused.SealFault);
        Assert.Equal(HsmFailure.InvalidCredentials, Assert.IsType<HsmException>(refused.InnerException!.InnerException).Failure);
        using KmsEngine engine = Open(kms, seal => seal.Open(new HsmOpener(() => _provider, pin)));
        Assert.Equal([1, 2, 3], engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
    }

    [Fact]
    public void Restore_BackupOfAStoreThatTheHsmSeals_IsOpenedAndSealedByTheHsm()
    {
        using KmsFixture kms = new();
        byte[] blob = kms.Encrypt(kms.CreateKey().KeyId, 1, 2, 3);
        using Secret pin = Text(Pin);
        using Secret wrong = Text("wrong-1234");
        kms.Engine.RootKey.Seal([new HsmOpener(() => _provider, TokenUri, pin)]);
        string folder = Directory.CreateTempSubdirectory("kmstools-hsm-backup-").FullName;
        try
        {
            string file = Path.Combine(folder, "lab.kmsbackup");
            string restored = Path.Combine(folder, "restored");
            Assert.Equal([SealSlotKind.HSM], new StoreBackups(kms.Engine).Create(file, []).OpenedBy);
            StoreRestorer restorer = new(new StoreFactory(), () => _provider, static () => new BouncyCastleSignatures());
            Assert.Throws<StateStoreException>(
                () => restorer.Restore(file, restored, seal => seal.Open(new HsmOpener(() => _provider, wrong))));
            Assert.False(Directory.Exists(restored));
            restorer.Restore(file, restored, seal => seal.Open(new HsmOpener(() => _provider, pin)));
            StateStoreOptions options = new() { Folder = restored };
            Assert.Equal(
                SealFault.Locked, Assert.Throws<StateStoreException>(() => new StoreFactory().Open(TestStores.At(options))).SealFault);
            using KmsEngine engine = new(
                new StoreFactory().Open(TestStores.At(options with { Unlock = seal => seal.Open(new HsmOpener(() => _provider, pin)) })),
                () => _provider,
                static () => new BouncyCastleSignatures());
            Assert.Equal([1, 2, 3], engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Open_KeyNamedByLabelOrId_IsTheSameKey()
    {
        using Secret pin = Text(Pin);
        using SealKey key = SealKey.Generate();
        string uri = $"pkcs11:token={_label};object=my%20key;type=secret-key?module-path={SoftHsm.Library}";
        Seal first = Seal.Create(key, new HsmOpener(() => _provider, uri, pin));
        Seal second = Seal.Create(key, new HsmOpener(() => _provider, uri, pin));
        Assert.Equal(["my key"], Labels());
        Seal third = Seal.Create(key, new HsmOpener(() => _provider, first.Slots[0].HsmUri!, pin));
        Assert.Equal(["my key"], Labels());
        foreach (Seal seal in (Seal[])[first, second, third])
        {
            using SealKey opened = Seal.Parse(seal.ToBytes()).Open(new HsmOpener(() => _provider, pin));
            Assert.True(opened.IsSame(key));
            Assert.Equal(first.Slots[0].HsmUri, seal.Slots[0].HsmUri);
        }
    }

    [Fact]
    public void Create_TokenLibraryPinOrKeyThatIsNotThere_SaysWhichAndMakesNoKey()
    {
        using Secret pin = Text(Pin);
        using Secret wrong = Text("wrong-1234");
        Assert.Equal(HsmFailure.ClusterNotFound, Fails($"pkcs11:token=none?module-path={SoftHsm.Library}", pin).Failure);
        Assert.Equal(HsmFailure.ClusterNotFound, Fails($"pkcs11:token={_label}?module-path=/none.so", pin).Failure);
        Assert.Equal(HsmFailure.InvalidCredentials, Fails(TokenUri, wrong).Failure);
        Assert.Equal(
            HsmFailure.KeyNotFound, Fails($"pkcs11:token={_label};id=%01%02?module-path={SoftHsm.Library}", pin).Failure);
        Assert.Equal(
            "The PKCS#11 URI names no library. Add it: ?module-path=/usr/lib/softhsm/libsofthsm2.so",
            Assert.Throws<ArgumentException>(() => Create($"pkcs11:token={_label}", pin)).Message);
        Assert.Equal(
            "No PIN was given, and the PKCS#11 URI names no file that holds it (pin-source).",
            Assert.Throws<ArgumentException>(() => Create(TokenUri, null)).Message);
        string refusal = Assert.Throws<ArgumentException>(() => Create(TokenUri + "&pin-value=user-1234", null)).Message;
        Assert.StartsWith("The PKCS#11 URI has the PIN itself (pin-value)", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(Pin, refusal, StringComparison.Ordinal);
        Assert.Empty(Labels());
    }

    [Fact]
    public void Seal_StoreRefuses_RemovesTheKeyThatWasMade()
    {
        using KmsFixture kms = new();
        using Secret pin = Text(Pin);
        string next = Path.Combine(kms.Folder, "root.key-new");
        Directory.CreateDirectory(next);
        Assert.Throws<StateStoreException>(() => kms.Engine.RootKey.Seal([new HsmOpener(() => _provider, TokenUri, pin)]));
        Directory.Delete(next);
        Assert.Empty(Labels());
    }

    [Fact]
    public void Open_KeyIsGoneFromTheHsm_SaysSo()
    {
        using Secret pin = Text(Pin);
        using SealKey key = SealKey.Generate();
        Seal seal = Seal.Create(key, new HsmOpener(() => _provider, TokenUri, pin));
        using (IHsmConnection connection = Connect())
        {
            HsmKeyObject made = Assert.Single(connection.ListKeys()[0].Keys);
            Assert.True(connection.DestroyKey(Convert.FromHexString(made.Id)));
        }

        SealException refused = Assert.Throws<SealException>(() => seal.Open(new HsmOpener(() => _provider, pin)));
        Assert.Equal(SealFault.WrongHsmKey, refused.Fault);
        Assert.Equal($"The HSM does not have the key that opens the seal, {seal.Slots[0].HsmUri}.", refused.Message);
        Assert.Equal([SealSlotKind.HSM], refused.OpenedBy);
    }

    [Theory]
    [InlineData("pkcs11:token=t;object=a;object=b", "it has the attribute 'object' twice")]
    [InlineData("pkcs11:token=t;id=%1", "the value of object or id has a '%' without two hexadecimal digits after it")]
    [InlineData("pkcs11:token=t;object=", "the value of object or id is empty")]
    [InlineData("pkcs11:token=t;type=private", "only a secret key (type=secret-key) can open a seal")]
    public void Create_MalformedKeyInTheUri_IsRefused(string uri, string reason)
    {
        using Secret pin = Text(Pin);
        Assert.Equal(
            $"The PKCS#11 URI is not valid: {reason}.", Assert.Throws<ArgumentException>(() => Create(uri, pin)).Message);
    }

    private static Secret Text(string text) => Secret.CopyOf(Encoding.UTF8.GetBytes(text));

    private KmsEngine Open(KmsFixture kms, Func<Seal, SealKey>? unlock) => new(
        new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = kms.Folder, Unlock = unlock })),
        () => _provider,
        static () => new BouncyCastleSignatures());

    private void Create(string uri, Secret? pin)
    {
        using SealKey key = SealKey.Generate();
        _ = Seal.Create(key, new HsmOpener(() => _provider, uri, pin));
    }

    private HsmException Fails(string uri, Secret pin) => Assert.Throws<HsmException>(() => Create(uri, pin));

    private IHsmConnection Connect()
    {
        HsmStatus status = _provider.Find(SoftHsm.Library, [TokenSelector.OfLabel(_label)])[0];
        return _provider.Connect(
            new HsmCluster
            {
                ClusterId = "cluster-2abcdefghij",
                Library = SoftHsm.Library,
                Tokens = [status.ToToken()],
                TrustAnchorCertificate = "",
                CreationDate = DateTimeOffset.UnixEpoch,
            },
            Encoding.UTF8.GetBytes(Pin));
    }

    private ImmutableArray<string> Labels()
    {
        using IHsmConnection connection = Connect();
        return [.. connection.ListKeys()[0].Keys.Select(static key => key.Label)];
    }
}
