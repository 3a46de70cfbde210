using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// root.key. It is created with the 32 bytes of the first generation. From the first rotation on: a mark, a number of 4 bytes (big endian)
/// and 32 bytes for each generation, and the SHA-256 of all that. In a sealed store, that within a <see cref="SealedRootKey"/>. It is
/// replaced as a whole, so a reader sees one of the two.
/// </summary>
internal static class RootKeyFile
{
    // A file that was opened just before it was replaced may have been overwritten since.
    private const int MaxAttempts = 2;
    private const int MaxGenerations = 64;
    private const int GenerationSize = sizeof(int) + RootKey.Size;

    private static ReadOnlySpan<byte> Mark => "KMSTROOT"u8;

    private static int Overhead => Mark.Length + SHA256.HashSizeInBytes;

    /// <summary>Reads the generations, or what seals them.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="sealedKey">What seals them; null if nothing does.</param>
    /// <returns>The generations; empty if they are sealed.</returns>
    /// <exception cref="StateStoreException">The file is missing or damaged.</exception>
    public static ImmutableArray<RootKeyGeneration> Read(StoreFolder folder, out SealedRootKey? sealedKey)
    {
        if (!File.Exists(folder.RootKeyFile))
        {
            throw new StateStoreException(
                $"'{folder.RootKeyFile}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.");
        }

        byte[] buffer = GC.AllocateUninitializedArray<byte>(
            SealedRootKey.MaxSize(Overhead + (MaxGenerations * GenerationSize)), pinned: true);
        try
        {
            sealedKey = null;
            for (int attempt = 0; attempt < MaxAttempts; attempt++)
            {
                if (!folder.TryReadRootKey(buffer, out int length))
                {
                    continue;
                }

                ReadOnlySpan<byte> content = buffer.AsSpan(0, length);
                if (!SealedRootKey.IsSealed(content) && Parse(content) is { IsDefault: false } generations)
                {
                    return generations;
                }

                if (SealedRootKey.IsSealed(content) && (sealedKey = SealedRootKey.Read(content)) is not null)
                {
                    return [];
                }
            }

            throw IsDamaged(folder);
        }
        catch (SealException exception)
        {
            throw exception.Fault == SealFault.Damaged ? IsDamaged(folder) : Refusal(folder, exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>Reads the generations from what was sealed.</summary>
    /// <exception cref="StateStoreException">It is damaged.</exception>
    public static ImmutableArray<RootKeyGeneration> ReadUnwrapped(StoreFolder folder, Secret content) =>
        content.Use(static bytes => Parse(bytes)) is { IsDefault: false } generations ? generations : throw IsDamaged(folder);

    /// <summary>What the file holds without a seal, in pinned memory; the caller zeroes it.</summary>
    public static byte[] Encode(IReadOnlyCollection<RootKeyGeneration> generations)
    {
        byte[] content = GC.AllocateUninitializedArray<byte>(Overhead + (generations.Count * GenerationSize), pinned: true);
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
        return content;
    }

    /// <summary>Replaces the file. It is on the disk when the call returns. For the holder of the write lock of the store.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="generations">What it is to hold.</param>
    /// <param name="seal">What seals them: gives what the file holds, from what it would hold without a seal. Null for nothing.</param>
    /// <exception cref="StateStoreException">It cannot be written; the former file is there unless the message says otherwise.</exception>
    public static void Write(StoreFolder folder, IReadOnlyCollection<RootKeyGeneration> generations, Secret.SecretFunction<byte[]>? seal) =>
        Change(folder, () =>
        {
            WriteNext(folder, generations, seal);
            File.Move(folder.NextRootKeyFile, folder.RootKeyFile, overwrite: true);
            AtomicMove.Sync(folder.Path);
        });

    /// <summary>
    /// As <see cref="Write"/>, and keeps the former file, until <see cref="Forget"/> or <see cref="PutBack"/>, as what the next one is
    /// called.
    /// </summary>
    public static void Exchange(
        StoreFolder folder, IReadOnlyCollection<RootKeyGeneration> generations, Secret.SecretFunction<byte[]>? seal) =>
        Change(folder, () =>
        {
            WriteNext(folder, generations, seal);
            if (!AtomicMove.TryExchange(folder.NextRootKeyFile, folder.RootKeyFile))
            {
                // Where there is no such call, which is on Windows, replacing keeps the former file too.
                File.Replace(folder.NextRootKeyFile, folder.RootKeyFile, folder.FormerRootKeyFile);
                File.Move(folder.FormerRootKeyFile, folder.NextRootKeyFile);
            }

            AtomicMove.Sync(folder.Path);
        });

    /// <summary>Undoes <see cref="Exchange"/>.</summary>
    public static void PutBack(StoreFolder folder) => Change(folder, () =>
    {
        File.Move(folder.NextRootKeyFile, folder.RootKeyFile, overwrite: true);
        AtomicMove.Sync(folder.Path);
    });

    /// <summary>
    /// Overwrites and deletes what a file was replaced by, or was to be replaced by. For the holder of the write lock of the store.
    /// </summary>
    /// <exception cref="StateStoreException">It cannot be deleted.</exception>
    public static void Forget(StoreFolder folder) => Change(folder, () =>
    {
        bool isChanged = false;
        foreach (string file in (ReadOnlySpan<string>)[folder.NextRootKeyFile, folder.FormerRootKeyFile])
        {
            if (File.Exists(file))
            {
                StoreFolder.Overwrite(file);
                File.Delete(file);
                isChanged = true;
            }
        }

        if (isChanged)
        {
            AtomicMove.Sync(folder.Path);
        }
    });

    /// <summary>The error for a seal that was not opened.</summary>
    public static StateStoreException Refusal(StoreFolder folder, SealException exception) =>
        new(
            exception.Fault == SealFault.Locked
                ? $"The store '{folder.Path}' is sealed, and was not unlocked."
                : $"The store '{folder.Path}' is sealed, and was not unlocked: {exception.Message}",
            exception)
        {
            Reason = "The store is sealed, and was not unlocked.",
            SealFault = exception.Fault,
        };

    private static StateStoreException IsDamaged(StoreFolder folder) =>
        new($"'{folder.RootKeyFile}' is damaged. Restore it from a backup.");

    private static void Change(StoreFolder folder, Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException(
                $"'{folder.RootKeyFile}' could not be replaced: {exception.Message} Check the disk and the permissions of the folder, and "
                    + "try again.",
                exception);
        }
    }

    private static void WriteNext(
        StoreFolder folder, IReadOnlyCollection<RootKeyGeneration> generations, Secret.SecretFunction<byte[]>? seal)
    {
        byte[] content = Encode(generations);
        try
        {
            Forget(folder);
            StoreFolder.WriteNewFile(folder.NextRootKeyFile, seal is null ? content : seal(content));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    // The default value if it is damaged.
    private static ImmutableArray<RootKeyGeneration> Parse(ReadOnlySpan<byte> content) =>
        content.Length == RootKey.Size ? [new RootKeyGeneration(RootKey.FirstGeneration, content)]
            : IsWhole(content) ? ReadGenerations(content[Mark.Length..^SHA256.HashSizeInBytes])
            : default;

    private static bool IsWhole(ReadOnlySpan<byte> content) => content.Length > Overhead
        && (content.Length - Overhead) % GenerationSize == 0
        && (content.Length - Overhead) / GenerationSize <= MaxGenerations
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
