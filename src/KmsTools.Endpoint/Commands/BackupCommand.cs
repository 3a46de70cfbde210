using System.CommandLine;
using System.Globalization;
using KmsTools.Labs;
using KmsTools.Sealing;

namespace KmsTools.Endpoint.Commands;

/// <summary>Backs up an existing store to an encrypted file, also while it is served.</summary>
internal sealed class BackupCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<string> _file = CommandLineOption.Text(
        "--file", "file", "The file that the backup is written to, outside of the folder of a store.");

    private readonly Option<bool> _replace = CommandLineOption.Flag(
        "--replace", "Replaces the file if it exists, once the new backup is verified.");

    public BackupCommand(StoreOptions stores)
        : base("backup", "Backs up a store to an encrypted file, also while the store is served, and verifies the file. What opens a "
            + "sealed store opens its backup; for a store that is not sealed, --passphrase-file and --recovery-key-file name what is to "
            + "open the backup.")
    {
        _stores = stores;
        _file.Required = true;
        stores.AddTo(this, _file, _replace);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        SealCredentials credentials = _stores.ReadCredentials(line);
        using OpenedStore store = OpenedStore.Open(_stores.ReadExisting(line), credentials, areOfSeal: false);
        Seal? seal = store.Engine.RootKey.ReadSeal();
        StoreBackup backup = seal is not null
            ? Create([])
            : credentials.UseOpeners(openers => openers.Count > 0
                ? Create(openers)
                : throw new ArgumentException("The store is not sealed, so nothing is known that is to open its backup. Give "
                    + "--passphrase-file or --recovery-key-file."));
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Backed up {backup.Keys} keys, up to change {backup.NewestChange}, to '{backup.Path}' ({backup.Size} bytes), and verified it."))
            .ConfigureAwait(false);
        if (seal is not null && StoreWarnings.OfBackup(seal, store.Folder) is { } warning)
        {
            await Console.Error.WriteLineAsync(
                $"Warning: {warning} Keep a copy of its folder softhsm beside the backup, where restore finds it, or in another place, which "
                    + "--lab-folder of restore names; or seal the store by a passphrase or a recovery key too.").ConfigureAwait(false);
        }

        return 0;

        StoreBackup Create(IReadOnlyCollection<SealOpener> openers) => new StoreBackups(store.Engine).Create(
            line.GetValue(_file)!, openers, line.GetValue(_replace), store.Caller);
    }
}
