using System.CommandLine;
using System.Globalization;
using KmsTools.BouncyCastle;
using KmsTools.Labs;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Commands;

/// <summary>Copies a whole store to another place.</summary>
internal sealed class CopyCommand : Command
{
    private readonly StoreOptions _stores;
    private readonly Option<string> _to = CommandLineOption.Text(
        "--to",
        "place",
        "Where the copy is to be: a new or empty folder, or the connection string of a PostgreSQL database without a store, which "
            + "init-database has prepared.");

    private readonly Option<string> _toRootKeyFile = CommandLineOption.Text(
        "--to-root-key-file", "file", "The new file for the root key of a copy in a database. A sealed store needs none.");

    private readonly Option<string> _toPasswordFile = CommandLineOption.Text(
        "--to-password-file", "file", "The file with the password of the database that the copy is to be in.");

    private readonly Option<string> _toLocalFolder = CommandLineOption.Text(
        "--to-local-folder", "folder", "The folder for what only this machine has of a copy in a database.");

    public CopyCommand(StoreOptions stores)
        : base(
            "copy",
            "Copies a whole store, also while it is served, and verifies the copy: from a folder into a PostgreSQL database, back, "
            + "or to another of a kind. The copy is the same store as of one moment; what is changed afterwards is not in it.")
    {
        _stores = stores;
        _to.Required = true;
        stores.AddTo(this, _to, _toRootKeyFile, _toPasswordFile, _toLocalFolder);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        SealCredentials credentials = _stores.ReadCredentials(line);
        using LazyHsmProvider hsms = new();
        StateStoreOptions source = _stores.ReadExisting(line);
        using LabOfSeal lab = LabOfSeal.OfStore(Path.GetFullPath(source.Folder));
        using LazyHsmProvider hsmsOfLab = new(() => lab.Configuration);
        StoreCopy copy = new StoreCopier(new StoreFactory(), hsms.Get, static () => new BouncyCastleSignatures()).Copy(
            source with { Unlock = Unlock }, ReadDestination(line));
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"Copied {copy.Keys} keys and {copy.Events} events, up to change {copy.NewestChange}, from '{copy.Source}' to "
                + $"'{copy.Destination}', and verified them.")).ConfigureAwait(false);
        if (copy.RootKeyFile is { } file)
        {
            await Console.Out.WriteLineAsync($"The root key is in '{file}'. Every machine that uses the store needs a copy of it.")
                .ConfigureAwait(false);
        }

        return 0;

        SealKey Unlock(Seal seal)
        {
            lab.Choose(seal);
            return credentials.Open(seal, hsmsOfLab.Get, key: null, passphrase: null);
        }
    }

    private StateStoreOptions ReadDestination(ParseResult line)
    {
        string to = line.GetValue(_to)!;
        if (!SharedStoreOptions.IsConnectionString(to))
        {
            if (SharedStoreOptions.LacksHost(to))
            {
                throw new ArgumentException(
                    "--to is neither a folder nor a connection string: that has a Host, as in Host=db1;Database=kms.");
            }

            return new[] { _toRootKeyFile, _toPasswordFile, _toLocalFolder }.FirstOrDefault(option => line.GetValue(option) is not null)
                is { } ofDatabase
                ? throw new ArgumentException($"{ofDatabase.Name} is for a copy in a database, and --to is a folder.")
                : new StateStoreOptions { Folder = Path.GetFullPath(to) };
        }

        SharedStoreOptions shared = new SharedStoreOptions
        {
            ConnectionString = to,
            RootKeyFile = Full(line.GetValue(_toRootKeyFile)),
            PasswordFile = Full(line.GetValue(_toPasswordFile)),
        }.WithFilesOfEnvironment();
        return new StateStoreOptions
        {
            Folder = Full(line.GetValue(_toLocalFolder)) ?? SharedStoreFolder.Of(new StoreFactory().Databases.Locate(shared)),
            Shared = shared,
        };
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
