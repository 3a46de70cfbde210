using System.Text;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Pkcs11;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools.Endpoint;

/// <summary>The commands backup and restore warn of what Backup-KmsStore and Restore-KmsStore warn of.</summary>
[Collection("SoftHSM")]
public sealed class BackupTests : IDisposable
{
    private const string Cluster = "cluster-2abcdefghij";
    private const string Pin = "user-1234";

    // No configuration is chosen: that of the store counts.
    private static readonly Dictionary<string, string?> s_environment = new() { ["SOFTHSM2_CONF"] = "" };

    private readonly string _parent = Directory.CreateTempSubdirectory("kmstools-backup-").FullName;

    private string Folder => Path.Combine(_parent, "store");

    private string BackupFile => Path.Combine(_parent, "kms.kmsbackup");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Theory]
    [InFolder]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Backup_OnlyTheHsmInTheFolderOpensIt_Warns(bool inFolder, bool withRecoveryKey)
    {
        MakeStore(managePassword: false, inFolder, withRecoveryKey);

        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            ["backup", "--store", Folder, "--seal-pin-file", WritePin(), "--file", BackupFile],
            inFolder ? s_environment : []);

        Assert.Equal((0, true), (exitCode, output.StartsWith("Backed up 0 keys", StringComparison.Ordinal)));
        Assert.Equal(
            inFolder && !withRecoveryKey
                ? $"Warning: Only the HSM of the seal opens the backup, and it lies in the folder of the store, {Folder}: once that is lost, "
                    + "nothing opens the backup. Keep a copy of its folder softhsm in another place, or seal the store by a passphrase or a "
                    + "recovery key too.\n"
                : "",
            errors);
    }

    [Theory]
    [InFolder]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Restore_HsmsWithAManagedPassword_Warns(bool isManaged)
    {
        MakeStore(isManaged, inFolder: true, withRecoveryKey: null);
        string passphrase = WriteSecret("passphrase", "correct horse battery");
        Assert.Equal(
            (0, ""), Outcome(await EndpointProcess.RunAsync(
                ["backup", "--store", Folder, "--passphrase-file", passphrase, "--file", BackupFile], s_environment)));

        (int ExitCode, string Errors) restored = Outcome(await EndpointProcess.RunAsync(
            ["restore", "--store", Path.Combine(_parent, "restored"), "--passphrase-file", passphrase, "--file", BackupFile], s_environment));

        Assert.Equal(
            (0, isManaged
                ? $"Warning: The HSMs of {Cluster} may have a newer password than the restored store: each connect changes it "
                    + "(ManagePassword). If a connect fails, let the security officer set the PIN of their crypto user. Then give that PIN to "
                    + "UpdateCustomKeyStore as KeyStorePassword.\n"
                : ""),
            restored);
    }

    private static (int ExitCode, string Errors) Outcome((int ExitCode, string Output, string Errors) run) => (run.ExitCode, run.Errors);

    // With a lab in its folder, as Initialize-KmsHsm -Lab makes it, and a key store; sealed by an HSM, unless withRecoveryKey is null.
    private void MakeStore(bool managePassword, bool inFolder, bool? withRecoveryKey)
    {
        string label = $"t{Guid.NewGuid():N}"[..32];
        string lab = Path.Combine(Folder, "softhsm");
        string configuration = Path.Combine(lab, "softhsm2.conf");
        using Pkcs11HsmProvider provider = new(() => inFolder ? configuration : null);
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(Folder)), () => provider, static () => new BouncyCastleSignatures());
        if (inFolder)
        {
            Directory.CreateDirectory(Path.Combine(lab, "tokens"));
            File.WriteAllText(configuration, $"directories.tokendir = {Path.Combine(lab, "tokens")}\nobjectstore.backend = file\n");
        }

        engine.HsmTokens.Initialize(SoftHsm.Library, label, "officer-5678"u8, Encoding.UTF8.GetBytes(Pin));
        string certificate =
            engine.HsmClusters.Register(SoftHsm.Library, [label], Cluster, managePassword: managePassword).TrustAnchorCertificate;
        engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "lab",
            CloudHsmClusterId = Cluster,
            TrustAnchorCertificate = certificate,
            KeyStorePassword = Pin,
        });
        if (withRecoveryKey is { } also)
        {
            using Secret pin = Secret.CopyOf(Encoding.UTF8.GetBytes(Pin));
            using RecoveryKey recoveryKey = RecoveryKey.Create();
            HsmOpener opener = new(() => provider, $"pkcs11:token={label}?module-path={SoftHsm.Library}", pin);
            engine.RootKey.Seal(also ? [opener, new RecoveryKeyOpener(recoveryKey)] : [opener]);
        }
    }

    private string WritePin() => WriteSecret("pin", Pin);

    private string WriteSecret(string name, string text) => PrivateFile.Write(Path.Combine(_parent, name), text);
}
