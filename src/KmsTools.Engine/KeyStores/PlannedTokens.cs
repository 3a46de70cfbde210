using System.Collections.Immutable;
using System.Text.Json;

namespace KmsTools.KeyStores;

/// <summary>
/// The tokens that a restore is about to create, recorded beforehand: if the process dies, the next one knows which of them belong to
/// no cluster.
/// </summary>
internal sealed class PlannedTokens
{
    /// <summary>The pattern of the file names.</summary>
    public const string Pattern = "restore-*.json";

    private readonly string _file;

    private PlannedTokens(string file, ImmutableArray<HsmToken> tokens)
    {
        _file = file;
        Tokens = tokens;
    }

    /// <summary>The tokens, each with its library.</summary>
    public ImmutableArray<HsmToken> Tokens { get; }

    /// <summary>Records a plan.</summary>
    /// <param name="folder">The folder of the backups.</param>
    /// <param name="tokens">The tokens, each with its library.</param>
    public static PlannedTokens Write(string folder, ImmutableArray<HsmToken> tokens)
    {
        string file = Path.Combine(folder, $"restore-{Guid.NewGuid():N}.json");
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using FileStream stream = new(file, options);
            stream.Write(JsonSerializer.SerializeToUtf8Bytes(tokens));
            stream.Flush(flushToDisk: true);
        }
        catch
        {
            File.Delete(file);
            throw;
        }

        return new PlannedTokens(file, tokens);
    }

    /// <summary>Reads a plan. An incomplete plan is empty: nothing was created before it was written.</summary>
    public static PlannedTokens Read(string file)
    {
        try
        {
            return new PlannedTokens(file, JsonSerializer.Deserialize<ImmutableArray<HsmToken>>(File.ReadAllBytes(file)));
        }
        catch (JsonException)
        {
            return new PlannedTokens(file, []);
        }
    }

    /// <summary>Deletes the plan: its tokens belong to a cluster, or no longer exist.</summary>
    public void Forget() => File.Delete(_file);
}
