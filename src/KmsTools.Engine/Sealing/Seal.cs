using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>
/// Keeps a <see cref="SealKey"/> such that each of several secrets opens it: a passphrase, a recovery key, a key in an HSM. Never changed:
/// other ways to open mean another seal, with another key.
/// <para>
/// Its bytes: a mark, the version, an ID of 16 random bytes, the number of slots and the slots, an HMAC of all that under the seal key, and
/// the SHA-256 of everything before it. The SHA-256 tells damage from a wrong passphrase, the HMAC a slot that was exchanged.
/// </para>
/// </summary>
public sealed class Seal
{
    /// <summary>The most slots of a seal.</summary>
    public const int MaxSlots = 8;

    /// <summary>The maximum length of the bytes of a seal.</summary>
    public const int MaxSize = 20 * 1024;

    private const byte Version = 1;
    private const int IdSize = 16;

    private readonly byte[] _content;
    private readonly byte[] _tag;

    private Seal(byte[] content, byte[] tag, ImmutableArray<SealSlot> slots)
    {
        _content = content;
        _tag = tag;
        Slots = slots;
    }

    /// <summary>The ways to open it: one at least.</summary>
    public ImmutableArray<SealSlot> Slots { get; }

    /// <summary>32 hexadecimal digits, which no other seal has. Not secret.</summary>
    public string Id => Convert.ToHexStringLower(IdBytes);

    private static ReadOnlySpan<byte> Mark => "KMSTSEAL"u8;

    private static int HeadSize => Mark.Length + 1 + IdSize + 1;

    private ReadOnlySpan<byte> IdBytes => _content.AsSpan(Mark.Length + 1, IdSize);

    /// <summary>Seals a key.</summary>
    /// <param name="key">The key, which nothing else is sealed with.</param>
    /// <param name="openers">What is to open it: 1-8.</param>
    /// <exception cref="SealException">HsmUnavailable: an HSM could not be used.</exception>
    public static Seal Create(SealKey key, params IReadOnlyCollection<SealOpener> openers)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(openers);
        ArgumentOutOfRangeException.ThrowIfZero(openers.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(openers.Count, MaxSlots);
        byte[] id = RandomNumberGenerator.GetBytes(IdSize);
        ImmutableArray<SealSlot> slots = [.. openers.Select(opener => CreateSlot(id, opener, key))];
        byte[] content = new byte[HeadSize + slots.Sum(static slot => slot.Size)];
        Mark.CopyTo(content);
        content[Mark.Length] = Version;
        id.CopyTo(content, Mark.Length + 1);
        content[HeadSize - 1] = (byte)slots.Length;
        Span<byte> rest = content.AsSpan(HeadSize);
        foreach (SealSlot slot in slots)
        {
            slot.Write(ref rest);
        }

        return new Seal(content, key.Authenticate(content), slots);
    }

    /// <summary>Reads the bytes of a seal. What they say is known to be true only when it was opened.</summary>
    /// <exception cref="SealException">Damaged, or of a NewerVersion.</exception>
    public static Seal Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadSize + (2 * SHA256.HashSizeInBytes)
            || bytes.Length > MaxSize
            || !bytes.StartsWith(Mark)
            || !SHA256.HashData(bytes[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
        {
            throw IsDamaged();
        }

        if (bytes[Mark.Length] != Version)
        {
            throw new SealException(SealFault.NewerVersion, "A later version of KmsTools made the seal.");
        }

        ReadOnlySpan<byte> content = bytes[..^(2 * SHA256.HashSizeInBytes)];
        int count = content[HeadSize - 1];
        ReadOnlySpan<byte> rest = content[HeadSize..];
        if (count is 0 or > MaxSlots)
        {
            throw IsDamaged();
        }

        ImmutableArray<SealSlot>.Builder slots = ImmutableArray.CreateBuilder<SealSlot>(count);
        while (slots.Count < count)
        {
            SealSlot slot = SealSlot.Read(ref rest);
            SealOpener.RequireParameters(slot);
            slots.Add(slot);
        }

        return rest.IsEmpty
            ? new Seal(content.ToArray(), bytes[content.Length..^SHA256.HashSizeInBytes].ToArray(), slots.MoveToImmutable())
            : throw IsDamaged();
    }

    /// <summary>The bytes of the seal: nothing in them is secret.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[_content.Length + (2 * SHA256.HashSizeInBytes)];
        _content.CopyTo(bytes, 0);
        _tag.CopyTo(bytes, _content.Length);
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes), bytes.AsSpan(bytes.Length - SHA256.HashSizeInBytes));
        return bytes;
    }

    /// <summary>Opens the seal.</summary>
    /// <param name="opener">What opens it.</param>
    /// <returns>The key; the caller disposes of it.</returns>
    /// <exception cref="SealException">It does not; the fault says why.</exception>
    public SealKey Open(SealOpener opener)
    {
        ArgumentNullException.ThrowIfNull(opener);
        try
        {
            return OpenSlot(opener);
        }
        catch (SealException exception)
        {
            exception.OpenedBy = [.. Slots.Select(static slot => slot.Kind).Distinct()];
            throw;
        }
    }

    /// <summary>Whether a key is that of this seal.</summary>
    public bool IsOf(SealKey key) => CryptographicOperations.FixedTimeEquals(key.Authenticate(_content), _tag);

    internal static SealException IsDamaged() => new(SealFault.Damaged, "The seal is damaged.");

    internal static SealException IsForeign(Exception? exception) => new(
        SealFault.ForeignSlot,
        "A slot of the seal was exchanged: what was given would open it, and belongs to another seal.",
        exception);

    private static SealSlot CreateSlot(byte[] id, SealOpener opener, SealKey key)
    {
        (ImmutableArray<byte> parameters, Secret slotKey) = opener.Lock();
        using (slotKey)
        {
            return SealSlot.Create(id, opener.Kind, parameters, slotKey, key);
        }
    }

    private SealKey OpenSlot(SealOpener opener)
    {
        SealSlot[] slots = [.. Slots.Where(slot => slot.Kind == opener.Kind)];
        if (slots.Length == 0)
        {
            throw opener.NotASlot();
        }

        foreach (SealSlot slot in slots)
        {
            using Secret? slotKey = opener.Unlock(slot.Parameters);
            if (slotKey is not null && slot.Open(IdBytes, slotKey) is { } key)
            {
                return Authenticated(key);
            }
        }

        throw opener.IsWrong();
    }

    private SealKey Authenticated(SealKey key)
    {
        if (IsOf(key))
        {
            return key;
        }

        key.Dispose();
        throw IsForeign(null);
    }
}
