using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.EnvelopeEncryption;
using KmsTools.Files;
using Microsoft.PowerShell.Commands;

namespace KmsTools.Commands;

/// <summary>A cmdlet that creates a file from each file that it is given.</summary>
public abstract class FileCmdlet : KmsServiceCmdlet
{
    /// <summary>The extension of encrypted files.</summary>
    private protected const string EncryptedExtension = ".encrypted";

    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    private static readonly StringComparer PathComparer = OperatingSystem.IsWindows()
        ? StringComparer.OrdinalIgnoreCase
        : StringComparer.Ordinal;

    private readonly HashSet<string> _written = new(PathComparer);
    private readonly HashSet<string> _swept = new(PathComparer);
    private string? _source;

    /// <summary>The files. Wildcards are expanded; folders are skipped. A pattern that matches no file is an error.</summary>
    [Parameter(
        Mandatory = true,
        Position = 0,
        ParameterSetName = PathSet,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [PathArgument(Except = "PSPath")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files, by literal name. Files from Get-ChildItem bind here.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Where to write: a folder, or the name of the new file if there is only one. The default is the folder of each file.
    /// </summary>
    [Parameter]
    [Alias("OutFile")]
    [PathArgument("Destination")]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>Grant tokens for the KMS calls.</summary>
    [Parameter]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>Replaces an existing file, and keeps its permissions. Without this switch an existing file is an error.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns the new file, as Get-Item does, instead of the report.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The activity that progress shows.</summary>
    private protected abstract string Activity { get; }

    private protected override object? Subject => _source;

    private protected override void Process()
    {
        NoteCommonParameters();
        IReadOnlyList<string> sources = [.. ParameterSetName == PathSet ? Path.SelectMany(Expand) : LiteralPath.Select(Literal)];
        foreach (string source in sources)
        {
            _source = source;
            try
            {
                Convert(source);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Refuse(KmsErrorRecord.OfFile(exception, source));
            }
        }
    }

    /// <summary>The name of the new file if none is given.</summary>
    private protected abstract string NameFor(string source);

    /// <summary>What will be done, in words.</summary>
    private protected abstract string Describe(string source);

    /// <summary>Reads one stream and writes the other.</summary>
    private protected abstract EnvelopeResult Convert(
        Stream source,
        Stream destination,
        IProgress<long> progress,
        CancellationToken cancellation);

    private protected EnvelopeCipher Cipher => new(Engine, Caller);

    private protected static IReadOnlyDictionary<string, string>? Context(Hashtable? table) => StringPairs.From(table, "EncryptionContext");

    private void Convert(string source)
    {
        string destination = FindDestination(source);
        RequireDestination(source, destination);
        if (!ConfirmAction($"{Describe(source)}, to '{destination}'"))
        {
            return;
        }

        string folder = System.IO.Path.GetDirectoryName(destination)!;
        if (_swept.Add(folder))
        {
            PendingFile.Sweep(folder);
        }

        EnvelopeResult result;
        using (FileStream input = new(source, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan))
        using (PendingFile output = new(destination))
        {
            ByteProgress progress = new(this, $"{Activity} {System.IO.Path.GetFileName(source)}", input.CanSeek ? input.Length : null);
            try
            {
                result = Convert(input, output.Stream, progress, Stopped);
                Stopped.ThrowIfCancellationRequested();
                if (!output.TryComplete(Force))
                {
                    Refuse(KmsErrorRecord.DestinationExists(destination, source));
                }
            }
            catch (OperationCanceledException) when (Stopped.IsCancellationRequested)
            {
                throw new PipelineStoppedException();
            }

            progress.Complete();
        }

        _written.Add(destination);
        WriteObject(PassThru
            ? InvokeProvider.Item.Get([destination], force: true, literalPath: true)[0]
            : KmsFileReport.Of(source, destination, result));
    }

    private IEnumerable<string> Expand(string path)
    {
        IReadOnlyList<string> found = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
        RequireFileSystem(path, provider);

        if (!WildcardPattern.ContainsWildcardCharacters(path))
        {
            return found;
        }

        // A pattern may match folders; a name that is a folder is a mistake. What matches nothing stays in plaintext, and the user must
        // know.
        string[] files = [.. found.Where(static name => !Directory.Exists(name))];
        if (files.Length == 0)
        {
            Refuse(KmsErrorRecord.NothingMatches(path, isName: File.Exists(Literal(path))));
        }

        return files;
    }

    private string Literal(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        RequireFileSystem(path, provider);
        return full;
    }

    private static void RequireFileSystem(string path, ProviderInfo provider)
    {
        if (provider.ImplementingType != typeof(FileSystemProvider))
        {
            throw new ArgumentException($"'{path}' is not in the file system.");
        }
    }

    private string FindDestination(string source)
    {
        string name = NameFor(System.IO.Path.GetFileName(source));
        if (Destination is null)
        {
            return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(source)!, name);
        }

        string path = ResolvePath(Destination);
        return Directory.Exists(path) || System.IO.Path.EndsInDirectorySeparator(Destination) ? System.IO.Path.Combine(path, name) : path;
    }

    private void RequireDestination(string source, string destination)
    {
        if (Directory.Exists(source))
        {
            throw new ArgumentException($"'{source}' is a folder. Get-ChildItem -File finds the files in it.");
        }

        if (!File.Exists(source))
        {
            throw new FileNotFoundException($"Cannot find '{source}'.", source);
        }

        if (!Directory.Exists(System.IO.Path.GetDirectoryName(destination)))
        {
            throw new DirectoryNotFoundException($"Cannot find the folder of '{destination}'.");
        }

        if (PathComparer.Equals(source, destination))
        {
            throw new ArgumentException($"'{destination}' is the file that is read. Give another -Destination.");
        }

        if (_written.Contains(destination))
        {
            throw new ArgumentException($"'{destination}' was written for another file already. Give a folder as -Destination.");
        }

        if (!System.IO.Path.Exists(destination))
        {
            return;
        }

        if (!Force)
        {
            Refuse(KmsErrorRecord.DestinationExists(destination, source));
        }

        if (!IsFile(destination))
        {
            throw new ArgumentException($"'{destination}' is not a file that another one could replace.");
        }
    }

    // A device is not a file that can be replaced by another one: /dev/null must stay what it is.
    private bool IsFile(string path) => !Directory.Exists(path)
        && (OperatingSystem.IsWindows()
            || InvokeProvider.Item.Get([path], force: true, literalPath: true)[0].Properties["UnixStat"]?.Value is not { } stat
            || PSObject.AsPSObject(stat).Properties["ItemType"]?.Value?.ToString() is "File" or "SymbolicLink");
}
