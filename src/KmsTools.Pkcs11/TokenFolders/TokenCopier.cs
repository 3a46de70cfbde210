using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using KmsTools.Files;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>Copies tokens of SoftHSM 2. SoftHSM keeps private objects encrypted under the PIN of their user, in a copy as well.</summary>
internal sealed class TokenCopier(Pkcs11HsmProvider provider, HsmTimeLimits limits) : ITokenCopier
{
    private const string Manufacturer = "SoftHSM project";
    private const string StagingPrefix = ".kmstools-";
    private const string StagedName = "token";
    private const string FormerName = "former";
    private const string HomeName = "home";
    private const int MaxLabelLength = 32;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <inheritdoc/>
    public string? WhyNot(string library)
    {
        ArgumentNullException.ThrowIfNull(library);
        LibraryReference reference = provider.ReferenceTo(library);
        ModuleFile module = ModuleFile.Open(reference);
        string made = Pkcs11HsmProvider.InTime(
            library,
            limits.Connect,
            () => module.Visit(
                reference,
                static native => TokenSlots.Read(native).Tokens.Select(static token => token.Info.Manufacturer).FirstOrDefault() ?? "",
                static manufacturer => manufacturer.Length > 0));
        if (made != Manufacturer)
        {
            return $"{library} is a module of '{made}', whose tokens are not files that could be copied.";
        }

        SoftHsmConfiguration configuration = SoftHsmConfiguration.Read(provider.SoftHsm);
        return configuration.Backend != "file"
            ? $"SoftHSM keeps its objects in '{configuration.Backend}' ({configuration.Path}); only 'file' can be copied."
            : Directory.Exists(configuration.TokenFolder) ? null
            : $"The token folder '{configuration.TokenFolder}' of {configuration.Path} is not there.";
    }

    /// <inheritdoc/>
    public HsmCopy Copy(IReadOnlyList<(string Library, HsmToken Token)> hsms, string folder)
    {
        ArgumentNullException.ThrowIfNull(hsms);
        ArgumentNullException.ThrowIfNull(folder);
        SoftHsmTokens tokens = Tokens();
        string parent = Path.GetDirectoryName(Path.GetFullPath(folder))!;
        bool isFirst = !Directory.Exists(parent);
        DurableFolder.Create(parent);
        if (isFirst)
        {
            AtomicMove.Sync(Path.GetDirectoryName(parent)!);
        }

        string staging = Path.Combine(parent, "." + Path.GetFileName(folder));
        DurableFolder.TryDelete(staging);
        try
        {
            DurableFolder.Create(staging);
            List<CopyManifest.Token> copied = [];
            int keys = 0;
            using (EnterAll(hsms))
            {
                foreach ((_, HsmToken token) in hsms)
                {
                    string target = CopyManifest.FolderOf(staging, copied.Count);
                    (CopyManifest.Token entry, int held) = QuietCopy.Make(tokens, token, target);
                    copied.Add(entry);
                    keys = Math.Max(keys, held);
                }
            }

            byte[] manifest = new CopyManifest(CopyManifest.SoftHsm2, copied).ToArray();
            DurableFolder.Write(Path.Combine(staging, CopyManifest.FileName), manifest);
            AtomicMove.Sync(staging);
            DurableFolder.Publish(staging, folder);
            return new HsmCopy(
                CopyManifest.DigestOf(manifest), manifest.Length
                    + copied.SelectMany(static token => token.Files).Sum(static file => file.Size), keys);
        }
        finally
        {
            DurableFolder.TryDelete(staging);
        }
    }

    /// <inheritdoc/>
    public void CreateToken(HsmCopyReference copy, int index, string library, HsmToken token)
    {
        ArgumentNullException.ThrowIfNull(copy);
        ArgumentNullException.ThrowIfNull(token);
        if (Encoding.UTF8.GetByteCount(token.TokenLabel) is 0 or > MaxLabelLength)
        {
            throw new HsmException(HsmFailure.InvalidArgument, "A token label has 1 to 32 bytes.");
        }

        SoftHsmTokens tokens = Tokens();
        using FileStream held = InterProcessLock.OfLibrary(provider.ReferenceTo(library)).Enter(limits.Lock);
        Recover(tokens);
        if (provider.ListTokens(library).Any(present => present.TokenLabel == token.TokenLabel))
        {
            throw new HsmException(HsmFailure.InvalidArgument, $"A token with the label '{token.TokenLabel}' exists already.");
        }

        string staging = NewStaging(tokens);
        string home = tokens.NewFolder(token.SerialNumber);
        try
        {
            Stage(copy, index, token, staging, null);
            DurableFolder.Publish(Path.Combine(staging, StagedName), home);
            RequireThere(library, token, () => AtomicMove.MoveFolder(home, Path.Combine(staging, FormerName)));
        }
        finally
        {
            DurableFolder.TryDelete(staging);
        }
    }

    /// <inheritdoc/>
    public void RequireReplaceable(string library, HsmToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        RequireReplaceable(Tokens(), provider.ReferenceTo(library), token);
    }

    /// <inheritdoc/>
    public void ReplaceContent(HsmCopyReference copy, int index, string library, HsmToken token)
    {
        ArgumentNullException.ThrowIfNull(copy);
        ArgumentNullException.ThrowIfNull(token);
        SoftHsmTokens tokens = Tokens();
        LibraryReference reference = provider.ReferenceTo(library);
        using FileStream held = InterProcessLock.OfLibrary(reference).Enter(limits.Lock);
        using FileStream heldToken = InterProcessLock.OfToken(reference, token).Enter(limits.Lock);
        Recover(tokens);
        RequireReplaceable(tokens, reference, token);
        string staging = NewStaging(tokens);
        try
        {
            bool exists = tokens.TryFind(token, out string? home);
            home ??= tokens.NewFolder(token.SerialNumber);
            Stage(copy, index, token, staging, exists ? home : null);
            string staged = Path.Combine(staging, StagedName);
            if (!exists)
            {
                DurableFolder.Publish(staged, home);
            }
            else if (!DurableFolder.TryExchange(staged, home))
            {
                MoveInto(staging, staged, home);
            }

            RequireThere(library, token, () => PutBack(staging, staged, home, exists));
        }
        finally
        {
            DurableFolder.TryDelete(staging);
        }
    }

    /// <inheritdoc/>
    public void Discard(string library, HsmToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        SoftHsmTokens tokens = Tokens();
        using FileStream held = InterProcessLock.OfLibrary(provider.ReferenceTo(library)).Enter(limits.Lock);
        Recover(tokens);
        if (tokens.TryFind(token, out string? home))
        {
            // Moved out of sight in one step: SoftHSM never sees half a token.
            string staging = NewStaging(tokens);
            AtomicMove.MoveFolder(home, Path.Combine(staging, FormerName));
            AtomicMove.Sync(tokens.Root);
            DurableFolder.TryDelete(staging);
        }
    }

    private SoftHsmTokens Tokens() => new(SoftHsmConfiguration.Read(provider.SoftHsm).TokenFolder);

    private static HsmException NotTaken(string library, HsmToken token) =>
        new(HsmFailure.Failed, $"{library} does not recognise the restored token '{token.TokenLabel}'. Nothing was changed.");

    private static void RequireReplaceable(SoftHsmTokens tokens, LibraryReference library, HsmToken token)
    {
        if (TokenTwins.TryFind(tokens.Root, out TokenTwins? twins))
        {
            throw twins.Refusal(library.Path);
        }

        if (!tokens.TryFind(token, out _) && tokens.LabelOf(token.SerialNumber) is { } other)
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"HSM '{token.TokenLabel}' is not there, and the token '{other}' has its serial number {token.SerialNumber}: SoftHSM ends "
                    + "every process that finds two tokens with one serial number. Delete that token, or restore into a new one. "
                    + "Nothing was changed.");
        }
    }

    private static string NewStaging(SoftHsmTokens tokens)
    {
        // Beside the tokens, so that a rename is enough; SoftHSM ignores folders without token.object.
        string staging = Path.Combine(tokens.Root, StagingPrefix + Guid.NewGuid().ToString("N"));
        DurableFolder.Create(staging);
        return staging;
    }

    /// <summary>
    /// Writes the content for a token beside the tokens. Processes that know the present content notice that it has changed.
    /// </summary>
    private static void Stage(HsmCopyReference copy, int index, HsmToken token, string staging, string? present)
    {
        string staged = Path.Combine(staging, StagedName);
        DurableFolder.Create(staged);
        foreach ((string name, byte[] content) in CopyManifest.Read(copy).Open(copy, index))
        {
            DurableFolder.Write(
                Path.Combine(staged, name),
                Adapt(name, content, token, present is null ? null : Path.Combine(present, name)));
        }

        AtomicMove.Sync(staged);
    }

    private static byte[] Adapt(string name, byte[] content, HsmToken token, string? present)
    {
        ulong known = present is not null && File.Exists(present) && File.ReadAllBytes(present) is { Length: >= sizeof(ulong) } now
            ? BinaryPrimitives.ReadUInt64BigEndian(now)
            : 0;
        if (name == SoftHsmTokens.GenerationFile && content.Length == sizeof(ulong))
        {
            byte[] next = new byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64BigEndian(next, Math.Max(known, BinaryPrimitives.ReadUInt64BigEndian(content)) + 1);
            return next;
        }

        if (SoftHsmObjectFile.Parse(content) is not { } parsed)
        {
            return content;
        }

        parsed.Generation = Math.Max(known, parsed.Generation) + 1;
        if (name == SoftHsmTokens.TokenObject)
        {
            parsed.Name(token.TokenLabel, token.SerialNumber);
        }

        return parsed.ToArray();
    }

    // Where the system cannot exchange two folders: Recover finds what a process that dies here leaves.
    private static void MoveInto(string staging, string staged, string home)
    {
        DurableFolder.Write(Path.Combine(staging, HomeName), Encoding.UTF8.GetBytes(Path.GetFileName(home)));
        AtomicMove.Sync(staging);
        AtomicMove.MoveFolder(home, Path.Combine(staging, FormerName));
        DurableFolder.Publish(staged, home);
    }

    private static void PutBack(string staging, string staged, string home, bool existed)
    {
        if (!existed)
        {
            AtomicMove.MoveFolder(home, staged);
        }
        else if (!DurableFolder.TryExchange(staged, home))
        {
            AtomicMove.MoveFolder(home, staged);
            DurableFolder.Publish(Path.Combine(staging, FormerName), home);
        }
    }

    // What a process that died has left. The caller holds the lock of the library.
    private static void Recover(SoftHsmTokens tokens)
    {
        foreach (string staging in Directory.GetDirectories(tokens.Root, StagingPrefix + "*"))
        {
            string marker = Path.Combine(staging, HomeName);
            string former = Path.Combine(staging, FormerName);
            if (File.Exists(marker) && Directory.Exists(former) && Path.Combine(tokens.Root, File.ReadAllText(marker)) is string home
                && !Directory.Exists(home))
            {
                DurableFolder.Publish(former, home);
            }

            DurableFolder.TryDelete(staging);
        }
    }

    // The library may also not answer at all: the caller deletes what it has set aside.
    private void RequireThere(string library, HsmToken token, Action putBack)
    {
        bool isThere = false;
        try
        {
            isThere = provider.Inspect(library, [token])[0].State == HsmState.ACTIVE;
        }
        finally
        {
            if (!isThere)
            {
                putBack();
            }
        }

        if (!isThere)
        {
            throw NotTaken(library, token);
        }
    }

    private Held EnterAll(IReadOnlyList<(string Library, HsmToken Token)> hsms)
    {
        List<FileStream> locks = [];
        Held held = new(locks);
        long start = Stopwatch.GetTimestamp();
        try
        {
            foreach ((string library, HsmToken token) in hsms)
            {
                TimeSpan left = limits.Lock - Stopwatch.GetElapsedTime(start);
                locks.Add(InterProcessLock.OfToken(provider.ReferenceTo(library), token).Enter(left > Pause ? left : Pause));
            }

            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private sealed class Held(List<FileStream> locks) : IDisposable
    {
        public void Dispose() => locks.ForEach(static each => each.Dispose());
    }
}
