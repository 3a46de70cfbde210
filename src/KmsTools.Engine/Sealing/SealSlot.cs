using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>One way to open a seal: the seal key, wrapped by what only a passphrase, a recovery key or an HSM gives.</summary>
public sealed class SealSlot
{
    /// <summary>The maximum length of <see cref="Parameters"/> in bytes.</summary>
    public const int MaxParameters = 2048;

    private const int HeadSize = 3;

    private readonly byte[] _check;
    private readonly byte[] _wrapped;

    private SealSlot(SealSlotKind kind, ImmutableArray<byte> parameters, byte[] check, byte[] wrapped)
    {
        Kind = kind;
        Parameters = parameters;
        _check = check;
        _wrapped = wrapped;
    }

    /// <summary>What opens it.</summary>
    public SealSlotKind Kind { get; }

    /// <summary>
    /// What is needed to open it beside the secret, in the form of its kind: the cost and the salt of a passphrase, the place of a key in
    /// an HSM. Nothing secret.
    /// </summary>
    public ImmutableArray<byte> Parameters { get; }

    /// <summary>The PKCS#11 URI of the key that opens it (RFC 7512), without a PIN; null if it is not one in an HSM.</summary>
    public string? HsmUri => Kind == SealSlotKind.HSM ? HsmPlace.Read(Parameters)?.Uri : null;

    internal int Size => HeadSize + Parameters.Length + SlotKey.CheckSize + SlotKey.WrappedSize;

    internal static SealSlot Create(
        ReadOnlySpan<byte> sealId, SealSlotKind kind, ImmutableArray<byte> parameters, Secret slotKey, SealKey key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parameters.Length, MaxParameters);
        byte[] check = SlotKey.Check(slotKey);
        return new SealSlot(kind, parameters, check, SlotKey.Wrap(slotKey, key, AdditionalData(sealId, kind, parameters, check)));
    }

    /// <summary>Reads the slot that bytes begin with, and moves them past it.</summary>
    internal static SealSlot Read(ref ReadOnlySpan<byte> content)
    {
        SealSlotKind kind = (SealSlotKind)Take(ref content, 1)[0];
        if (!Enum.IsDefined(kind))
        {
            throw new SealException(
                SealFault.NewerVersion,
                "A later version of KmsTools made the seal: it can be opened in a way that this version does not know.");
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(Take(ref content, sizeof(ushort)));
        if (length > MaxParameters)
        {
            throw Seal.IsDamaged();
        }

        ImmutableArray<byte> parameters = [.. Take(ref content, length)];
        byte[] check = Take(ref content, SlotKey.CheckSize).ToArray();
        return new SealSlot(kind, parameters, check, Take(ref content, SlotKey.WrappedSize).ToArray());
    }

    internal void Write(ref Span<byte> content)
    {
        content[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt16BigEndian(content[1..], (ushort)Parameters.Length);
        Parameters.AsSpan().CopyTo(content[HeadSize..]);
        content = content[(HeadSize + Parameters.Length)..];
        _check.CopyTo(content);
        _wrapped.CopyTo(content[SlotKey.CheckSize..]);
        content = content[(SlotKey.CheckSize + SlotKey.WrappedSize)..];
    }

    /// <summary>The seal key.</summary>
    /// <param name="sealId">The ID of the seal.</param>
    /// <param name="slotKey">What opens the slot.</param>
    /// <returns>Null if it is not what the slot was made for.</returns>
    /// <exception cref="SealException">ForeignSlot: it is, but the slot belongs to another seal.</exception>
    internal SealKey? Open(ReadOnlySpan<byte> sealId, Secret slotKey)
    {
        if (!CryptographicOperations.FixedTimeEquals(SlotKey.Check(slotKey), _check))
        {
            return null;
        }

        try
        {
            return SlotKey.Unwrap(slotKey, _wrapped, AdditionalData(sealId, Kind, Parameters, _check));
        }
        catch (CryptographicException exception)
        {
            throw Seal.IsForeign(exception);
        }
    }

    private static byte[] AdditionalData(ReadOnlySpan<byte> sealId, SealSlotKind kind, ImmutableArray<byte> parameters, byte[] check) =>
        [.. "KmsTools slot 1"u8, .. sealId, (byte)kind, .. parameters, .. check];

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> content, int length)
    {
        if (content.Length < length)
        {
            throw Seal.IsDamaged();
        }

        ReadOnlySpan<byte> taken = content[..length];
        content = content[length..];
        return taken;
    }
}
