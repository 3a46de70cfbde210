using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.RootKeys;

/// <summary>
/// What root.key holds. It is created with the 32 bytes of the first generation. From the first rotation on: a mark, a number of 4 bytes (big
/// endian) and 32 bytes for each generation, and the SHA-256 of all that. In a sealed store, that within a <see cref="SealedRootKey"/>.
/// </summary>
internal static class RootKeyContent
{
    // A file that was opened just before it was replaced may have been overwritten since.
    private const int MaxAttempts = 2;
    private const int MaxGenerations = 64;
    private const int GenerationSize = sizeof(int) + RootKey.Size;

    /// <summary>The maximum length in bytes.</summary>
    public static int MaxSize => SealedRootKey.MaxSize(Overhead + (MaxGenerations * GenerationSize));

    private static ReadOnlySpan<byte> Mark => "KMSTROOT"u8;

    private static int Overhead => Mark.Length + SHA256.HashSizeInBytes;

    /// <summary>Reads the generations, or what seals them.</summary>
    /// <param name="place">Where they are.</param>
    /// <param name="sealedKey">What seals them; null if nothing does.</param>
    /// <returns>The generations; empty if they are sealed.</returns>
    /// <exception cref="StateStoreException">The content is missing or damaged.</exception>
    public static ImmutableArray<RootKeyGeneration> Read(IRootKeyPlace place, out SealedRootKey? sealedKey)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(MaxSize, pinned: true);
        try
        {
            sealedKey = null;
            for (int attempt = 0; attempt < MaxAttempts; attempt++)
            {
                if (!place.TryRead(buffer, out int length))
                {
                    continue;
                }

                if (TryParse(buffer.AsSpan(0, length), out ImmutableArray<RootKeyGeneration> generations, out sealedKey))
                {
                    return generations;
                }
            }

            throw place.IsDamaged();
        }
        catch (SealException exception)
        {
            throw exception.Fault == SealFault.Damaged ? place.IsDamaged() : Refusal(place, exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>Reads the generations from content, or what seals them.</summary>
    /// <returns>False if it is damaged.</returns>
    /// <exception cref="SealException">Damaged, or NewerVersion.</exception>
    public static bool TryParse(
        ReadOnlySpan<byte> content, out ImmutableArray<RootKeyGeneration> generations, out SealedRootKey? sealedKey)
    {
        sealedKey = SealedRootKey.IsSealed(content) ? SealedRootKey.Read(content) : null;
        generations = SealedRootKey.IsSealed(content) ? [] : Parse(content);
        return sealedKey is not null || generations is { IsDefaultOrEmpty: false };
    }

    /// <summary>Reads the generations from what was sealed.</summary>
    /// <exception cref="StateStoreException">It is damaged.</exception>
    public static ImmutableArray<RootKeyGeneration> ReadUnwrapped(IRootKeyPlace place, Secret content) =>
        content.Use(static bytes => Parse(bytes)) is { IsDefault: false } generations ? generations : throw place.IsDamaged();

    /// <summary>The content without a seal, in pinned memory; the caller zeroes it.</summary>
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

    /// <summary>The content, sealed by what seals it.</summary>
    /// <param name="generations">The generations.</param>
    /// <param name="seal">Gives the sealed content from that without a seal; null for no seal.</param>
    /// <param name="use">Gets the content, which is zeroed afterwards.</param>
    public static void Use(
        IReadOnlyCollection<RootKeyGeneration> generations, Secret.SecretFunction<byte[]>? seal, Secret.SecretAction use)
    {
        byte[] content = Encode(generations);
        try
        {
            use(seal is null ? content : seal(content));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The error for a seal that was not opened.</summary>
    public static StateStoreException Refusal(IRootKeyPlace place, SealException exception) =>
        new(
            exception.Fault == SealFault.Locked
                ? $"The store '{place.Store}' is sealed, and was not unlocked."
                : $"The store '{place.Store}' is sealed, and was not unlocked: {exception.Message}",
            exception)
        {
            Reason = "The store is sealed, and was not unlocked.",
            SealFault = exception.Fault,
        };

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
