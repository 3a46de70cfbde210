using System.Security.Cryptography;
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
    public enum Lab
    {
        OfStore,
        BesideBackup,
        Elsewhere,
    }

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
                    + "nothing opens the backup. Keep a copy of its folder softhsm beside the backup, where restore finds it, or in another "
                    + "place, which --lab-folder of restore names; or seal the store by a passphrase or a recovery key too.\n"
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

    [Theory]
    [InFolder]
    [InlineData(Lab.OfStore, "--store", "@/store", "--replace")]
    [InlineData(Lab.BesideBackup, "--store", "@/store")]
    [InlineData(Lab.BesideBackup, "--store", "@/new")]
    [InlineData(Lab.Elsewhere, "--store", "@/store", "--lab-folder", "@/kept")]
    [InlineData(Lab.Elsewhere, "--store", "@/new", "--lab-folder", "@/kept")]
    [InlineData(Lab.OfStore, "--store", "@/new", "--lab-folder", "@/store")]
    public async Task Restore_OnlyTheHsmOfALabOpensIt_UsesTheLab(Lab where, params string[] options)
    {
        await MakeBackupOfLabAsync(where);
        string kept = Path.Combine(_parent, where == Lab.BesideBackup ? "softhsm" : "kept");
        string[] before = Describe(kept);

        (int ExitCode, string Errors) restored = Outcome(await EndpointProcess.RunAsync(Restore(options), s_environment));

        Assert.Equal((0, ""), restored);
        Assert.Equal(before, Describe(kept));

        // The restored store is opened by the HSM in its folder, and copied by the program too.
        string folder = Path.Combine(_parent, options[1]["@/".Length..]);
        (int exitCode, string output, string errors) = await EndpointProcess.RunAsync(
            ["copy", "--store", folder, "--to", Path.Combine(_parent, "copy"), "--seal-pin-file", WritePin()], s_environment);
        Assert.Equal((0, true, ""), (exitCode, output.StartsWith("Copied 0 keys", StringComparison.Ordinal), errors));
    }

    [Fact]
    [InFolder]
    public async Task Restore_NoLab_NamesTheOption()
    {
        await MakeBackupOfLabAsync(Lab.Elsewhere);

        (int missing, string errors) = Outcome(await EndpointProcess.RunAsync(Restore("--store", "@/new"), s_environment));
        (int ExitCode, string Errors) other = Outcome(await EndpointProcess.RunAsync(
            Restore("--store", "@/new", "--lab-folder", "@/none"), s_environment));

        Assert.Equal(1, missing);
        Assert.EndsWith(" --lab-folder names the folder softhsm of the store that was backed up, or a copy of it.\n", errors, StringComparison.Ordinal);
        Assert.Equal(
            (1, $"'{_parent}/none' has no lab of SoftHSM: name the folder softhsm of a store, or a copy of it, with its folder tokens.\n"), other);
        Assert.False(Directory.Exists(Path.Combine(_parent, "new")));
    }

    private static string[] Describe(string folder) => Directory.Exists(folder)
        ?
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(static file => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"),
        ]
        : [];

    private string[] Restore(params string[] options) =>
    [
        "restore", "--file", BackupFile, "--seal-pin-file", WritePin(),
        .. options.Select(option => option.Replace("@", _parent, StringComparison.Ordinal)),
    ];

    // Unless the lab is that of the store, the store is lost, and there is a copy of its folder softhsm.
    private async Task MakeBackupOfLabAsync(Lab where)
    {
        MakeStore(managePassword: false, inFolder: true, withRecoveryKey: false);
        Assert.Equal(0, (await EndpointProcess.RunAsync(
            ["backup", "--store", Folder, "--seal-pin-file", WritePin(), "--file", BackupFile], s_environment)).ExitCode);
        if (where != Lab.OfStore)
        {
            Directory.Move(Path.Combine(Folder, "softhsm"), Path.Combine(_parent, where == Lab.BesideBackup ? "softhsm" : "kept"));
            Directory.Delete(Folder, recursive: true);
        }
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
