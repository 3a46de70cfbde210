using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>Secret bytes without a getter: they are lent to a function, never handed out, and zeroed at the end.</summary>
public sealed class Secret : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    private Secret(byte[] bytes) => _bytes = bytes;

    /// <summary>Uses the bytes while they are lent.</summary>
    public delegate void SecretAction(ReadOnlySpan<byte> bytes);

    /// <summary>Computes a result from the bytes while they are lent.</summary>
    public delegate T SecretFunction<out T>(ReadOnlySpan<byte> bytes);

    /// <summary>Length in bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>Copies bytes into a new secret; the caller zeroes its own.</summary>
    public static Secret CopyOf(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(copy);
        return new Secret(copy);
    }

    /// <summary>Copies an array into a new secret and zeroes the array.</summary>
    public static Secret TakeOver(byte[] bytes)
    {
        Secret secret = CopyOf(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return secret;
    }

    /// <summary>Random bytes.</summary>
    public static Secret Random(int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);
        RandomNumberGenerator.Fill(bytes);
        return new Secret(bytes);
    }

    /// <summary>Lends the bytes.</summary>
    public void Use(SecretAction action)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        action(_bytes);
    }

    /// <summary>Lends the bytes and returns the result computed from them.</summary>
    public T Use<T>(SecretFunction<T> function)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return function(_bytes);
    }

    /// <summary>Whether two secrets have the same bytes, compared in constant time.</summary>
    public bool ContentEquals(Secret other) => CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>The length only.</summary>
    public override string ToString() => $"{Length} secret bytes";
}
