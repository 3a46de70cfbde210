using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// root.key. It is created with the 32 bytes of the first generation. From the first rotation on: a mark, a number of 4 bytes (big endian)
/// and 32 bytes for each generation, and the SHA-256 of all that. It is replaced as a whole, so a reader sees one of the two.
/// </summary>
internal static class RootKeyFile
{
    private const int MaxGenerations = 64;
    private const int GenerationSize = sizeof(int) + RootKey.Size;

    private static ReadOnlySpan<byte> Mark => "KMSTROOT"u8;

    private static int Overhead => Mark.Length + SHA256.HashSizeInBytes;

    /// <summary>Reads the generations.</summary>
    /// <exception cref="StateStoreException">The file is missing or damaged.</exception>
    public static ImmutableArray<RootKeyGeneration> Read(StoreFolder folder)
    {
        if (!File.Exists(folder.RootKeyFile))
        {
            throw new StateStoreException(
                $"'{folder.RootKeyFile}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.");
        }

        byte[] buffer = GC.AllocateUninitializedArray<byte>(Overhead + (MaxGenerations * GenerationSize), pinned: true);
        try
        {
            if (folder.TryReadRootKey(buffer, out int length))
            {
                ReadOnlySpan<byte> content = buffer.AsSpan(0, length);
                if (length == RootKey.Size)
                {
                    return [new RootKeyGeneration(RootKey.FirstGeneration, content)];
                }

                if (IsWhole(content))
                {
                    return ReadGenerations(content[Mark.Length..^SHA256.HashSizeInBytes]);
                }
            }

            throw new StateStoreException($"'{folder.RootKeyFile}' is damaged. Restore it from a backup.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>Replaces the file. It is on the disk when the call returns. For the holder of the write lock of the store.</summary>
    /// <exception cref="StateStoreException">It cannot be written; the former file is there unless the message says otherwise.</exception>
    public static void Write(StoreFolder folder, IReadOnlyCollection<RootKeyGeneration> generations)
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(Overhead + (generations.Count * GenerationSize), pinned: true);
        try
        {
            Mark.CopyTo(content);
            int position = Mark.Length;
            foreach (RootKeyGeneration generation in generations)
            {
                BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(position), generation.Number);
                int start = position + sizeof(int);
                generation.Use(bytes => bytes.CopyTo(content.AsSpan(start)));
                position += GenerationSize;
            }

            SHA256.HashData(content.AsSpan(0, position), content.AsSpan(position));
            File.Delete(folder.NextRootKeyFile);
            StoreFolder.WriteNewFile(folder.NextRootKeyFile, content);
            File.Move(folder.NextRootKeyFile, folder.RootKeyFile, overwrite: true);
            AtomicMove.Sync(folder.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"'{folder.RootKeyFile}' could not be replaced: {exception.Message} Check the disk and the permissions of the folder, and "
                    + "try again.",
                exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> content) => content.Length > Overhead
        && (content.Length - Overhead) % GenerationSize == 0
        && content.StartsWith(Mark)
        && SHA256.HashData(content[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(content[^SHA256.HashSizeInBytes..]);

    private static ImmutableArray<RootKeyGeneration> ReadGenerations(ReadOnlySpan<byte> content)
    {
        ImmutableArray<RootKeyGeneration>.Builder generations = ImmutableArray.CreateBuilder<RootKeyGeneration>();
        for (ReadOnlySpan<byte> rest = content; !rest.IsEmpty; rest = rest[GenerationSize..])
        {
            generations.Add(new RootKeyGeneration(BinaryPrimitives.ReadInt32BigEndian(rest), rest[sizeof(int)..GenerationSize]));
        }

        return generations.DrainToImmutable();
    }
}
