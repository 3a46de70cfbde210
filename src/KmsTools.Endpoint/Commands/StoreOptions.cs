using System.CommandLine;
using KmsTools.Persistence;

namespace KmsTools.Endpoint.Commands;

/// <summary>The options that name a store; commands share them, so that they can precede or follow the command.</summary>
internal sealed class StoreOptions
{
    /// <summary>The folder of the store.</summary>
    public Option<string> Store { get; }
        = CommandLineOption.Text("--store", "folder", "The folder of the store. The default is the current user's store.");

    /// <summary>Whether a new store gets a simulated clock, which stands still.</summary>
    public Option<bool> SimulatedClock { get; }
        = CommandLineOption.Flag("--simulated-clock", "Gives a new store a simulated clock, which stands still until step-clock moves it.");

    /// <summary>Whether a store that has lost changes is served without them.</summary>
    public Option<bool> AcceptLostChanges { get; } = CommandLineOption.Flag(
        "--accept-lost-changes",
        "Serves a store that has lost its newest changes, and records that. What is lost stays lost.");

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

    /// <summary>The options about the seal of the store, which every command has.</summary>
    public IEnumerable<Option> OfSeal => [PassphraseFile, RecoveryKeyFile, SealPinFile];

    /// <summary>What opens the seal of the store, if it is sealed.</summary>
    public SealCredentials ReadCredentials(ParseResult line) => new()
    {
        PassphraseFile = line.GetValue(PassphraseFile),
        RecoveryKeyFile = line.GetValue(RecoveryKeyFile),
        PinFile = line.GetValue(SealPinFile),
    };

    /// <summary>The store that a command line names, or the default one.</summary>
    public StateStoreOptions Read(ParseResult line) => new()
    {
        Folder = line.GetValue(Store) ?? DefaultStore.Folder,
        SimulatedClock = line.GetValue(SimulatedClock) ? true : null,
        AcceptLostChanges = line.GetValue(AcceptLostChanges),
    };

    /// <summary>As <see cref="Read"/>, for a command that makes no store.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public StateStoreOptions ReadExisting(ParseResult line)
    {
        StateStoreOptions options = Read(line);
        return Directory.Exists(options.Folder) ? options : throw new IOException($"'{options.Folder}' does not contain a store.");
    }
}
