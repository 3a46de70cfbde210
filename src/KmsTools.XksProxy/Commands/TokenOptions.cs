using System.CommandLine;
using System.CommandLine.Parsing;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Commands;

/// <summary>The options that name a token outside of a configuration.</summary>
internal sealed class TokenOptions
{
    /// <summary>The library.</summary>
    public Option<string> Library { get; } = CommandLineOption.Text(
        "--library", "file", "The PKCS#11 library of the token.");

    /// <summary>The serial number.</summary>
    public Option<string> Serial { get; } = CommandLineOption.Text(
        "--serial", "number", "The serial number of the token, where several tokens of the library have its label.");

    /// <summary>The URI.</summary>
    public Option<string> Uri { get; } = CommandLineOption.Text(
        "--uri", "uri", "The PKCS#11 URI of the token (RFC 7512), with the library as module-path.");

    /// <summary>The file with the PIN.</summary>
    public Option<string> PinFile { get; } = CommandLineOption.Text(
        "--pin-file", "file", "The file with the PIN of the crypto user, which only its owner can read.");

    /// <summary>Whether standard input has the PIN.</summary>
    public Option<bool> PinFromInput { get; } = CommandLineOption.Flag("--pin-from-input", "Reads the PIN from standard input.");

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [Library, Serial, Uri, PinFile, PinFromInput];

    /// <summary>Whether one of them is given.</summary>
    public bool AreGiven(CommandResult line) => All.Any(option => line.GetResult(option) is { Implicit: false });

    /// <summary>Why they cannot be given together, or null.</summary>
    /// <param name="line">What was given.</param>
    /// <param name="hasLabel">Whether the label of the token is given.</param>
    public string? Refusal(CommandResult line, bool hasLabel)
    {
        bool hasUri = line.GetResult(Uri) is not null;
        return hasUri && hasLabel ? $"{Uri.Name} and the label of a token exclude each other."
            : hasUri && line.GetResult(Serial) is not null ? $"{Uri.Name} and {Serial.Name} exclude each other."
            : !hasUri && line.GetResult(Library) is null ? $"{line.Command.Name} needs {Library.Name} or {Uri.Name}."
            : !hasUri && !hasLabel ? $"{line.Command.Name} needs the label of the token, or {Uri.Name}."
            : line.GetValue(PinFromInput) && line.GetResult(PinFile) is not null
                ? $"{PinFile.Name} and {PinFromInput.Name} exclude each other."
            : null;
    }

    /// <summary>The token that is named.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="label">Its label; null where it is named by a URI.</param>
    /// <exception cref="ArgumentException">The URI is not valid, or names no library.</exception>
    public NamedToken Read(ParseResult line, string? label)
    {
        string? library = line.GetValue(Library) is { } given ? FullLibrary(given) : null;
        string? pinFile = line.GetValue(PinFile) is { } file ? Path.GetFullPath(file) : null;
        if (line.GetValue(Uri) is not { } uri)
        {
            return new NamedToken(library!, TokenSelector.OfLabel(label!) with { SerialNumber = line.GetValue(Serial) }, pinFile, null);
        }

        using Pkcs11HsmProvider provider = new();
        using HsmUri parsed = provider.ParseUri(uri);
        return parsed.Pin is not null
            ? throw new ArgumentException(
                "The URI contains the PIN, which others can see in command lines. Name a file: pin-source=file:/path.")
            : new NamedToken(
                library ?? parsed.Library ?? throw new ArgumentException($"The URI names no library. Add module-path=, or {Library.Name}."),
                parsed.Token,
                pinFile ?? parsed.PinFile,
                uri);
    }

    /// <summary>The PIN.</summary>
    /// <returns>The caller disposes of it.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Secret ReadPin(ParseResult line, NamedToken token) =>
        line.GetValue(PinFromInput) ? StandardInput.ReadSecret("PIN")
            : token.PinFile is { } file ? SecretFile.Read(file, "PIN")
            : throw new ArgumentException($"The PIN of the token is missing: give {PinFile.Name} or {PinFromInput.Name}.");

    // Parameters of the library, after a bar, stay as they are.
    private static string FullLibrary(string library) => library.IndexOf('|', StringComparison.Ordinal) is >= 0 and int bar
        ? Path.GetFullPath(library[..bar]) + library[bar..]
        : Path.GetFullPath(library);
}

/// <summary>A token outside of a configuration.</summary>
/// <param name="Library">Its library.</param>
/// <param name="Selector">Which token of the library.</param>
/// <param name="PinFile">The file with the PIN; null if none was named.</param>
/// <param name="Uri">The URI that names it; null if its label does.</param>
internal sealed record NamedToken(string Library, TokenSelector Selector, string? PinFile, string? Uri);
