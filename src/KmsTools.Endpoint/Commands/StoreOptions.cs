using System.CommandLine;
using System.CommandLine.Parsing;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Endpoint.Commands;

/// <summary>The options that name a store; commands share them, so that they can precede or follow the command.</summary>
internal sealed class StoreOptions
{
    /// <summary>The folder of the store.</summary>
    public Option<string> Store { get; } = CommandLineOption.Create<string>(
        "--store",
        "folder",
        "The folder of the store. The default is the current user's store.",
        TryReadFolder,
        static _ => "--store names a folder, and this is a connection string. Give it with --postgres.");

    /// <summary>The database of a store that several machines share.</summary>
    public Option<string> Postgres { get; } = CommandLineOption.Text(
        "--postgres",
        "connection",
        "The PostgreSQL database of a store that several machines share, such as 'Host=db1,db2;Database=kms;Username=kms_app'. A password "
            + $"in it is refused. {DefaultStore.Variable} may name it too.");

    /// <summary>The file with the password of the database.</summary>
    public Option<string> PasswordFile { get; } = CommandLineOption.Text(
        "--password-file",
        "file",
        "The file with the password of the database, which only its owner can read. Without it: what "
            + $"{SharedStoreOptions.PasswordFileVariable} names, PGPASSWORD, or ~/.pgpass.");

    /// <summary>The file with the root key of a shared store.</summary>
    public Option<string> RootKeyFile { get; } = CommandLineOption.Text(
        "--root-key-file",
        "file",
        "The file with the root key of a shared store that is not sealed, which only its owner can read: it is made with the store, and "
            + $"every other machine needs a copy. Without it: what {SharedStoreOptions.RootKeyFileVariable} names.");

    /// <summary>The folder for what only this machine has of a shared store.</summary>
    public Option<string> LocalFolder { get; } = CommandLineOption.Text(
        "--local-folder",
        "folder",
        "The folder for what only this machine has of a shared store, such as copies of the tokens of HSMs. The default is one per "
            + "database among the data of the user.");

    /// <summary>Whether a new store gets a simulated clock, which stands still.</summary>
    public Option<bool> SimulatedClock { get; }
        = CommandLineOption.Flag("--simulated-clock", "Gives a new store a simulated clock, which stands still until step-clock moves it.");

    /// <summary>Whether a store that has lost changes or its event log is served without them.</summary>
    public Option<bool> AcceptLostChanges { get; } = CommandLineOption.Flag(
        "--accept-lost-changes",
        "Serves a store that has lost its newest changes or its event log, and records that. What is lost stays lost.");

    /// <summary>The file with the passphrase of a sealed store.</summary>
    public Option<string> PassphraseFile { get; } = CommandLineOption.Text(
        "--passphrase-file",
        "file",
        "The file with the passphrase of a sealed store, which only its owner can read. Without it, the passphrase is the credential "
            + $"{SealCredentials.PassphraseName} of systemd, if there is one.");

    /// <summary>The file with the recovery key of a sealed store.</summary>
    public Option<string> RecoveryKeyFile { get; } = CommandLineOption.Text(
        "--recovery-key-file", "file", "The file with the recovery key of a sealed store, which only its owner can read.");

    /// <summary>The file with the PIN of the HSM that seals a store.</summary>
    public Option<string> SealPinFile { get; } = CommandLineOption.Text(
        "--seal-pin-file",
        "file",
        "The file with the PIN of the HSM that seals a store, which only its owner can read. Without it, the PIN is the credential "
            + $"{SealCredentials.PinName} of systemd, if there is one.");

    /// <summary>The options that say where a store is.</summary>
    public IEnumerable<Option> OfPlace => [Store, Postgres, RootKeyFile, PasswordFile, LocalFolder];

    /// <summary>The options about the seal of the store, which every command has.</summary>
    public IEnumerable<Option> OfSeal => [PassphraseFile, RecoveryKeyFile, SealPinFile];

    /// <summary>Adds the options of a command that uses a store, and refuses those that exclude each other.</summary>
    /// <param name="command">The command.</param>
    /// <param name="own">Its other options.</param>
    public void AddTo(Command command, params IEnumerable<Option> own)
    {
        foreach (Option option in OfPlace.Concat(own).Concat(OfSeal))
        {
            command.Options.Add(option);
        }

        command.Validators.Add(line =>
        {
            if (Refusal(line) is { } refusal)
            {
                line.AddError(refusal);
            }
        });
    }

    /// <summary>What opens the seal of the store, if it is sealed.</summary>
    public SealCredentials ReadCredentials(ParseResult line) => new()
    {
        PassphraseFile = line.GetValue(PassphraseFile),
        RecoveryKeyFile = line.GetValue(RecoveryKeyFile),
        PinFile = line.GetValue(SealPinFile),
    };

    /// <summary>The store that a command line names, or the default one.</summary>
    /// <exception cref="ArgumentException">It cannot be used as it is named.</exception>
    /// <exception cref="StateStoreException">The connection string contains a password.</exception>
    public StateStoreOptions Read(ParseResult line) => ReadPlace(line) with
    {
        SimulatedClock = line.GetValue(SimulatedClock) ? true : null,
        AcceptLostChanges = line.GetValue(AcceptLostChanges),
    };

    /// <summary>As <see cref="Read"/>, for a command that makes no store.</summary>
    /// <exception cref="IOException">There is none in the folder.</exception>
    public StateStoreOptions ReadExisting(ParseResult line)
    {
        StateStoreOptions options = Read(line);
        return options.Shared is not null ? options with { OnlyExisting = true }
            : Directory.Exists(options.Folder) ? options
            : throw new IOException($"'{options.Folder}' does not contain a store.");
    }

    /// <summary>The database that a command line or the environment names; null if that is a folder.</summary>
    public SharedStoreOptions? ReadShared(ParseResult line)
    {
        SharedStoreOptions? named = line.GetValue(Postgres) is { } connection
            ? new SharedStoreOptions { ConnectionString = connection }
            : line.GetValue(Store) is null ? DefaultStore.Shared : null;
        return named is null ? null : (named with
        {
            RootKeyFile = Full(line.GetValue(RootKeyFile)) ?? named.RootKeyFile,
            PasswordFile = Full(line.GetValue(PasswordFile)) ?? named.PasswordFile,
        }).WithFilesOfEnvironment();
    }

    private static bool TryReadFolder(string text, out string folder)
    {
        folder = text;
        return !SharedStoreOptions.IsConnectionString(text) && !SharedStoreOptions.LacksHost(text);
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);

    private string? Refusal(CommandResult line)
    {
        if (line.GetResult(Store) is not null && line.GetResult(Postgres) is not null)
        {
            return "--store and --postgres exclude each other.";
        }

        Option? ofDatabase = new Option[] { RootKeyFile, PasswordFile, LocalFolder }
            .FirstOrDefault(option => line.GetResult(option) is not null);
        bool isShared = line.GetResult(Postgres) is not null || (line.GetResult(Store) is null && DefaultStore.Shared is not null);
        return ofDatabase is not null && !isShared
            ? $"{ofDatabase.Name} needs --postgres, or a connection string in {DefaultStore.Variable}."
            : null;
    }

    private StateStoreOptions ReadPlace(ParseResult line) => ReadShared(line) is { } shared
        ? new StateStoreOptions
        {
            Folder = Full(line.GetValue(LocalFolder)) ?? SharedStoreFolder.Of(new StoreFactory().Databases.Locate(shared)),
            Shared = shared,
        }
        : new StateStoreOptions { Folder = line.GetValue(Store) ?? DefaultStore.Folder };
}
