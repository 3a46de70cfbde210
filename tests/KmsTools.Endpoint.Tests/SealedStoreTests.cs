using System.Buffers.Binary;
using System.Text;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools.Endpoint;

/// <summary>The program on a sealed store: what opens it comes from files, from systemd, or from whoever starts it.</summary>
[OnEveryStore]
public sealed class SealedStoreTests : IDisposable
{
    private const string Passphrase = "correct horse battery";

    private readonly string _parent = Directory.CreateTempSubdirectory("kmstools-sealed-").FullName;

    private string Folder => Path.Combine(_parent, "store");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    [InFolder]
    public async Task RotateRootKey_OfASealedStore_NeedsWhatOpensIt()
    {
        string recoveryText = Seal();
        string sealedMessage = $"The store '{Folder}' is sealed, and was not unlocked.";
        Assert.Equal(
            (1, "", $"{sealedMessage} To unlock it: --passphrase-file, --seal-pin-file or --recovery-key-file, or a credential of systemd.\n"),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder));
        string right = WriteSecret("right", Passphrase + "\n");
        Assert.Equal(
            (0, "The root key has generation 2.\n", ""),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--passphrase-file", right));
        string wrong = WriteSecret("wrong", "another\n");
        Assert.Equal(
            (1, "", $"The store '{Folder}' is sealed, and was not unlocked: The passphrase does not open the seal. --recovery-key-file unlocks "
                + "the store too.\n"),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--passphrase-file", wrong));
        string recovery = WriteSecret("recovery", recoveryText);
        Assert.Equal(
            (0, "The root key has generation 3.\n", ""),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--recovery-key-file", recovery));
        string typo = WriteSecret("typo", recoveryText[..^1]);
        Assert.Equal(
            (1, "", "The recovery key has a typing error: it has 55 letters and digits, and a recovery key has 56.\n"),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--recovery-key-file", typo));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(right, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            Assert.Equal(
                (1, "", $"The passphrase file {right} can be read or written by others than its owner. Take their permissions away: chmod 600 "
                    + $"'{right}'.\n"),
                await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--passphrase-file", right));
        }
    }

    [Fact]
    public async Task RotateRootKey_CredentialOfSystemd_OpensTheStore()
    {
        Seal();
        string credentials = Path.Combine(_parent, "credentials");
        Directory.CreateDirectory(credentials);
        await File.WriteAllTextAsync(
            Path.Combine(credentials, "kmstools.passphrase"), Passphrase, TestContext.Current.CancellationToken);
        Assert.Equal(
            (0, "The root key has generation 2.\n", ""),
            await EndpointProcess.RunAsync(
                ["rotate-root-key", "--store", Folder], new Dictionary<string, string?> { ["CREDENTIALS_DIRECTORY"] = credentials }));
    }

    [Fact]
    public async Task RotateRootKey_StoreIsNotSealed_WarnsThatNothingWasNeeded()
    {
        new StoreFactory().Open(TestStores.At(Folder)).Dispose();
        Assert.Equal(
            (0, "The root key has generation 2.\n", "Warning: the store is not sealed. It was opened without what was given to open its seal.\n"),
            await EndpointProcess.RunAsync("rotate-root-key", "--store", Folder, "--passphrase-file", WriteSecret("p", Passphrase)));
    }

    [Theory]
    [InlineData((byte)'K', 32, true)]
    [InlineData((byte)'P', 5, true)]
    [InlineData((byte)'K', 31, false)]
    [InlineData((byte)'P', 0, false)]
    [InlineData((byte)'X', 32, false)]
    public void ReadInput_MarkAndLength_AreRequired(byte mark, int length, bool isRight)
    {
        byte[] bytes = new byte[3 + length + 1];
        bytes[0] = mark;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), (ushort)length);
        using MemoryStream input = new(bytes);
        if (!isRight)
        {
            Assert.Throws<ArgumentException>(() => SealCredentials.ReadInput(input, out _, out _));
            return;
        }

        SealCredentials.ReadInput(input, out SealKey? key, out Secret? passphrase);
        Assert.Equal((mark == 'K', mark == 'P'), (key is not null, passphrase is not null));

        // What follows is not its own.
        Assert.Equal(3 + length, input.Position);
        key?.Dispose();
        passphrase?.Dispose();
    }

    [Fact]
    public void ReadInput_EndsTooEarly_IsRefused()
    {
        using MemoryStream input = new("K\0\u0020abc"u8.ToArray());
        Assert.Equal(
            "Standard input does not begin with what opens a sealed store.",
            Assert.Throws<ArgumentException>(() => SealCredentials.ReadInput(input, out _, out _)).Message);
    }

    private string Seal()
    {
        using IStateStore store = new StoreFactory().Open(TestStores.At(Folder));
        using SealKey key = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        using Secret passphrase = Secret.CopyOf(Encoding.UTF8.GetBytes(Passphrase));
        Seal seal = Sealing.Seal.Create(
            key,
            new PassphraseOpener(passphrase, static () => new BouncyCastleArgon2id(), new Argon2idCost(64, 1, 1)),
            new RecoveryKeyOpener(recoveryKey));
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.SealRootKey(seal, key);
            transaction.Commit();
        }

        store.ForgetFormerRootKeyFile();
        return recoveryKey.UseText(static text => text.ToString());
    }

    private string WriteSecret(string name, string text) => PrivateFile.Write(Path.Combine(_parent, name), text);
}
