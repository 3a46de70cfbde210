using System.CommandLine;
using System.Globalization;
using KmsTools.BouncyCastle;
using KmsTools.Identifiers;
using KmsTools.Persistence;
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

    public RestoreCommand(StoreOptions stores)
        : base("restore", "Makes a store from a backup, as it was when it was backed up. --passphrase-file, --recovery-key-file or "
            + "--seal-pin-file name what opens the backup.")
    {
        _stores = stores;
        _file.Required = true;
        foreach (Option option in (IEnumerable<Option>)[stores.Store, _file, _replace, .. stores.OfSeal])
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        SealCredentials credentials = _stores.ReadCredentials(line);
        using LazyHsmProvider hsms = new();
        StoreRestorer restorer = new(new StoreFactory(), hsms.Get, static () => new BouncyCastleSignatures());
        string file = line.GetValue(_file)!;
        StoreBackup backup = restorer.Read(file);
        StoreRestoration restored = restorer.Restore(
            file,
            line.GetValue(_stores.Store) ?? DefaultStore.Folder,
            seal => credentials.Open(seal, hsms.Get, key: null, passphrase: null),
            line.GetValue(_replace),
            Caller.LocalUser(AccountId.Parse(backup.AccountId)) with { UserAgent = "KmsTools/Endpoint" });
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
                "Warning: the store was damaged already when it was backed up. Test-KmsStore shows what is damaged.").ConfigureAwait(false);
        }

        return 0;
    }
}
