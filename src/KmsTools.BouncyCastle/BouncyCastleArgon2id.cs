using System.Security.Cryptography;
using KmsTools.Sealing;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace KmsTools.BouncyCastle;

/// <summary>Argon2id from Bouncy Castle.</summary>
public sealed class BouncyCastleArgon2id : IArgon2id
{
    /// <inheritdoc/>
    public void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Argon2idCost cost, Span<byte> key)
    {
        ArgumentNullException.ThrowIfNull(cost);
        Derive(passphrase, salt, secret: [], additional: [], cost, key);
    }

    /// <summary>With the two inputs that only the vectors of the RFC have.</summary>
    internal static void Derive(
        ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, byte[] secret, byte[] additional, Argon2idCost cost, Span<byte> key)
    {
        Argon2BytesGenerator generator = new();
        generator.Init(new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13)
            .WithSalt(salt.ToArray())
            .WithSecret(secret)
            .WithAdditional(additional)
            .WithMemoryAsKB(cost.MemoryInKiB)
            .WithIterations(cost.Iterations)
            .WithParallelism(cost.Lanes)
            .Build());
        byte[] pinned = GC.AllocateUninitializedArray<byte>(passphrase.Length, pinned: true);
        byte[] derived = GC.AllocateUninitializedArray<byte>(key.Length, pinned: true);
        try
        {
            passphrase.CopyTo(pinned);
            generator.GenerateBytes(pinned, derived);
            derived.CopyTo(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pinned);
            CryptographicOperations.ZeroMemory(derived);
        }
    }
}
