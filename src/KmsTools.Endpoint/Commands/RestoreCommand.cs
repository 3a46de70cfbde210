using System.CommandLine;
using System.Globalization;
using KmsTools.BouncyCastle;
using KmsTools.Identifiers;
using KmsTools.Labs;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Commands;

/// <summary>Makes a store from a backup.</summary>
internal sealed class RestoreCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<string> _file = CommandLineOption.Text("--file", "file", "The file with the backup.");

    private readonly Option<bool> _replace = CommandLineOption.Flag(
        "--replace",
        "Replaces the store that is in the folder. It is kept under another name, and programs that use it refuse to go on.");

    private readonly Option<string> _labFolder = CommandLineOption.Text(
        "--lab-folder",
        "folder",
        "The folder softhsm of a store with a lab, or a copy of it, whose HSM opens the backup. Without it, the HSM is looked for in the lab "
            + "of the folder of the store, and in a folder softhsm beside the backup.");

    public RestoreCommand(StoreOptions stores)
        : base(
            "restore",
            "Makes a store from a backup, as it was when it was backed up, in a folder or, with --postgres, in a database without a "
            + "store. --passphrase-file, --recovery-key-file or "
            + "--seal-pin-file name what opens the backup.")
    {
        _stores = stores;
        _file.Required = true;
        stores.AddTo(this, _file, _replace, _labFolder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        SealCredentials credentials = _stores.ReadCredentials(line);
        using LazyHsmProvider hsms = new();
        StoreRestorer restorer = new(new StoreFactory(), hsms.Get, static () => new BouncyCastleSignatures());
        string file = line.GetValue(_file)!;
        StoreBackup backup = restorer.Read(file);
        Caller caller = Caller.LocalUser(AccountId.Parse(backup.AccountId)) with { UserAgent = "KmsTools/Endpoint" };
        StateStoreOptions to = _stores.Read(line);
        if (to.Shared is not null && line.GetValue(_replace))
        {
            throw new ArgumentException(
                "--replace is for folders: a store in a database is not replaced. Choose a database without a store.");
        }

        using LabOfSeal lab = LabOfSeal.OfBackup(
            line.GetValue(_labFolder) is { } named ? Path.GetFullPath(named) : null, Path.GetFullPath(file), Path.GetFullPath(to.Folder));
        using LazyHsmProvider hsmsOfLab = new(() => lab.Configuration);
        StoreRestoration restored = to.Shared is null
            ? restorer.Restore(file, to.Folder, Unlock, line.GetValue(_replace), caller)
            : restorer.RestoreToDatabase(file, to, Unlock, caller);
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Restored {restored.Backup.Keys} keys, up to change {restored.Backup.NewestChange} of "
                + $"{restored.Backup.CreationDate:yyyy-MM-dd'T'HH:mm:ss'Z'}, to '{restored.Path}'.")).ConfigureAwait(false);
        if (restored.FormerPath is { } former)
        {
            await Console.Out.WriteLineAsync($"The former store is in '{former}'.").ConfigureAwait(false);
        }

        if (restored.Damages > 0)
        {
            await Console.Error.WriteLineAsync(
                $"Warning: {StoreWarnings.Damaged} Test-KmsStore shows what is damaged.").ConfigureAwait(false);
        }

        if (StoreWarnings.OfPasswords(restored) is { } newer)
        {
            await Console.Error.WriteLineAsync(
                $"Warning: {newer} Then give that PIN to UpdateCustomKeyStore as KeyStorePassword.").ConfigureAwait(false);
        }

        return 0;

        SealKey Unlock(Seal seal)
        {
            lab.Choose(seal);
            return credentials.Open(seal, hsmsOfLab.Get, key: null, passphrase: null);
        }
    }
}
