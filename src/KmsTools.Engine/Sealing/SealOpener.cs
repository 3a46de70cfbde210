using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

/// <summary>What opens a slot of a seal, and what a slot is made for.</summary>
public abstract class SealOpener
{
    private protected SealOpener(SealSlotKind kind) => Kind = kind;

    /// <summary>The kind of slots that it opens.</summary>
    public SealSlotKind Kind { get; }

    /// <summary>Makes what a new slot keeps, and the key of the slot, which the caller disposes of.</summary>
    internal abstract (ImmutableArray<byte> Parameters, Secret SlotKey) Lock();

    /// <summary>The key of a slot, which the caller disposes of; null if there is none for it.</summary>
    internal abstract Secret? Unlock(ImmutableArray<byte> parameters);

    /// <summary>Called when the seal that a slot was made for does not come into being: removes what only the slot needed.</summary>
    internal virtual void Withdraw()
    {
    }

    /// <summary>The error where no slot was made for this.</summary>
    internal abstract SealException IsWrong();

    /// <summary>The error where the seal has no slot of the kind.</summary>
    internal SealException NotASlot() => new(
        SealFault.NoSuchSlot,
        Kind switch
        {
            SealSlotKind.PASSPHRASE => "The seal has no passphrase.",
            SealSlotKind.RECOVERY_KEY => "The seal has no recovery key.",
            _ => "No HSM opens the seal.",
        });

    /// <summary>Refuses a slot whose parameters are not of the form of its kind, or beyond their limits.</summary>
    internal static void RequireParameters(SealSlot slot)
    {
        if (slot.Kind switch
        {
            SealSlotKind.PASSPHRASE => !PassphraseOpener.TryRead(slot.Parameters, out _, out _),
            SealSlotKind.RECOVERY_KEY => !slot.Parameters.IsEmpty,
            _ => HsmPlace.Read(slot.Parameters) is null,
        })
        {
            throw Seal.IsDamaged();
        }
    }
}

/// <summary>A passphrase.</summary>
/// <param name="passphrase">
/// The passphrase as UTF-8, byte for byte: at least one byte. It is used while this object is, and the caller disposes of it.
/// </param>
/// <param name="argon2id">Where Argon2id comes from; called when a passphrase is tried.</param>
/// <param name="cost">What it costs to try the passphrase of a new slot; null for <see cref="Argon2idCost.Default"/>.</param>
public sealed class PassphraseOpener(Secret passphrase, Func<IArgon2id> argon2id, Argon2idCost? cost = null)
    : SealOpener(SealSlotKind.PASSPHRASE)
{
    private const int SaltSize = 16;
    private const int CostSize = 3 * sizeof(int);

    internal static bool TryRead(ImmutableArray<byte> parameters, out Argon2idCost cost, out ReadOnlySpan<byte> salt)
    {
        salt = [];
        cost = Argon2idCost.Default;
        if (parameters.Length != CostSize + SaltSize)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = parameters.AsSpan();
        cost = new Argon2idCost(
            BinaryPrimitives.ReadInt32BigEndian(bytes),
            BinaryPrimitives.ReadInt32BigEndian(bytes[sizeof(int)..]),
            BinaryPrimitives.ReadInt32BigEndian(bytes[(2 * sizeof(int))..]));
        salt = bytes[CostSize..];
        return cost.IsAllowed;
    }

    internal override (ImmutableArray<byte> Parameters, Secret SlotKey) Lock()
    {
        Argon2idCost chosen = cost ?? Argon2idCost.Default;
        if (!chosen.IsAllowed)
        {
            throw new ArgumentOutOfRangeException(nameof(cost), chosen, "The cost is beyond its limits.");
        }

        ArgumentOutOfRangeException.ThrowIfZero(passphrase.Length, nameof(passphrase));
        byte[] parameters = new byte[CostSize + SaltSize];
        BinaryPrimitives.WriteInt32BigEndian(parameters, chosen.MemoryInKiB);
        BinaryPrimitives.WriteInt32BigEndian(parameters.AsSpan(sizeof(int)), chosen.Iterations);
        BinaryPrimitives.WriteInt32BigEndian(parameters.AsSpan(2 * sizeof(int)), chosen.Lanes);
        RandomNumberGenerator.Fill(parameters.AsSpan(CostSize));
        return ([.. parameters], Derive(parameters.AsSpan(CostSize).ToArray(), chosen));
    }

    internal override Secret? Unlock(ImmutableArray<byte> parameters) =>
        TryRead(parameters, out Argon2idCost kept, out ReadOnlySpan<byte> salt)
            ? Derive(salt.ToArray(), kept)
            : throw Seal.IsDamaged();

    internal override SealException IsWrong() => new(SealFault.WrongPassphrase, "The passphrase does not open the seal.");

    private Secret Derive(byte[] salt, Argon2idCost chosen)
    {
        byte[] slotKey = GC.AllocateUninitializedArray<byte>(SlotKey.Size, pinned: true);
        passphrase.Use(bytes => argon2id().Derive(bytes, salt, chosen, slotKey));
        return Secret.TakeOver(slotKey);
    }
}

/// <summary>A recovery key.</summary>
/// <param name="recoveryKey">The key. It is used while this object is, and the caller disposes of it.</param>
public sealed class RecoveryKeyOpener(RecoveryKey recoveryKey) : SealOpener(SealSlotKind.RECOVERY_KEY)
{
    internal override (ImmutableArray<byte> Parameters, Secret SlotKey) Lock() => ([], recoveryKey.SlotKey());

    internal override Secret? Unlock(ImmutableArray<byte> parameters) => recoveryKey.SlotKey();

    internal override SealException IsWrong() => new(SealFault.WrongRecoveryKey, "The recovery key is that of another seal.");
}
