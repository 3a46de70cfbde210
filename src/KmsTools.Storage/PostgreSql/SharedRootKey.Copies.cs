using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.PostgreSql;

/// <content>
/// The file of this machine while the store is sealed: a copy of the sealed content, or of the key in clear, which is replaced by it.
/// </content>
internal sealed partial class SharedRootKey
{
    private const string CopyContext = "copy of the root key";

    // The IDs of the seals that the file of this machine has had.
    private readonly HashSet<string> _ownSeals = [];

    // Nothing, wrapped by each generation that was proven to be one of this store: what unwraps one of them has that generation. The sealed
    // content may have dropped it before this process looks.
    private readonly List<byte[]> _proofs = [];

    /// <summary>The file of this machine where it holds a key in clear although the store is sealed, and could not be replaced; or null.</summary>
    public string? Leftover { get; private set; }

    public void Prove(RootKey rootKey)
    {
        if (!_proofs.Exists(proof => RootKey.GenerationOf(proof) == rootKey.Generation))
        {
            _proofs.Add(rootKey.Wrap([], CopyContext));
        }
    }

    public void ReplaceCopy(RootKey? rootKey)
    {
        if (rootKey is not null && IsProven(rootKey))
        {
            Prove(rootKey);
        }

        Leftover = null;
        if (!_isRow || file is null || !File.Exists(file.Path) || ReadRow() is not { } row)
        {
            return;
        }

        try
        {
            using IDisposable? entered = _entered is null ? EnterFile(file) : null;
            if (IsCopy(file, rootKey))
            {
                KnowSeal(row);
                if (!IsSame(file, row))
                {
                    file.Exchange(row);
                    file.Forget();
                }
            }
        }
        catch (Exception exception) when (exception is StateStoreException or IOException or UnauthorizedAccessException)
        {
            // It is not needed, and is said to be there.
        }

        Leftover = IsInClear(file) ? file.Path : null;
    }

    // Whether a file has the key of this store, as far as that can be known: whatever else it is, it is not touched.
    private bool IsCopy(RootKeyFile own, RootKey? rootKey)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(RootKeyContent.MaxSize, pinned: true);
        try
        {
            return own.TryRead(buffer, out int length)
                && RootKeyContent.TryParse(
                    buffer.AsSpan(0, length), out ImmutableArray<RootKeyGeneration> generations, out SealedRootKey? sealedKey)
                && (sealedKey is null ? HasTheGenerationOf(rootKey, generations) : IsOfSameSeal(sealedKey, rootKey));
        }
        catch (SealException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private bool HasTheGenerationOf(RootKey? rootKey, ImmutableArray<RootKeyGeneration> generations)
    {
        using RootKey found = new(generations, readAgain: null);
        return (rootKey is not null && Unwraps(found, rootKey.Wrap([], CopyContext))) || IsProven(found);
    }

    private bool IsProven(RootKey found) => _proofs.Exists(proof => Unwraps(found, proof));

    private static bool Unwraps(RootKey found, byte[] proof)
    {
        // Asked first: a root key in use looks for what it does not hold.
        if (!found.Holds(RootKey.GenerationOf(proof)))
        {
            return false;
        }

        try
        {
            found.Unwrap(proof, CopyContext).Dispose();
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private bool IsOfSameSeal(SealedRootKey copy, RootKey? rootKey) =>
        _ownSeals.Contains(copy.Seal.Id)
        || (ReadRow() is { } row && SealedRootKey.Read(row)?.Seal.Id == copy.Seal.Id)
        || (rootKey is not null && WasHandedOver(copy, rootKey));

    // A process that died when it sealed the store again has left a seal that the store never had, with its key wrapped by the root key.
    private static bool WasHandedOver(SealedRootKey copy, RootKey rootKey)
    {
        using SealKey? key = copy.TakeOver(rootKey);
        return key is not null;
    }

    private void KnowSeal(ReadOnlySpan<byte> content)
    {
        if (SealedRootKey.IsSealed(content))
        {
            try
            {
                if (SealedRootKey.Read(content) is { } sealedKey)
                {
                    _ownSeals.Add(sealedKey.Seal.Id);
                }
            }
            catch (SealException)
            {
                // Whoever needs it is told.
            }
        }
    }

    private static bool IsSame(RootKeyFile own, byte[] row)
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(row.Length, pinned: true);
        try
        {
            return own.TryRead(content, out int length) && length == row.Length && content.AsSpan().SequenceEqual(row);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static bool IsInClear(RootKeyFile own)
    {
        try
        {
            byte[] start = new byte[SealedRootKey.MarkSize];
            using FileStream stream = new(own.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
            bool isSealed = SealedRootKey.IsSealed(start.AsSpan(0, length));
            CryptographicOperations.ZeroMemory(start);
            return !isSealed;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
