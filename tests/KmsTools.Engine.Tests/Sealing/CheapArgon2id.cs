using System.Security.Cryptography;

namespace KmsTools.Sealing;

/// <summary>Takes the place of Argon2id where the seal is tested, and not what its passphrase costs.</summary>
internal sealed class CheapArgon2id : IArgon2id
{
    public Argon2idCost? Last { get; private set; }

    public void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Argon2idCost cost, Span<byte> key)
    {
        Last = cost;
        byte[] info = [.. BitConverter.GetBytes(cost.MemoryInKiB), (byte)cost.Iterations, (byte)cost.Lanes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, passphrase, key, salt, info);
    }
}
