using System.Security.Cryptography;

namespace KmsTools;

/// <summary>
/// Bytes in a response. A read-only MemoryStream, as AWS.Tools returns blobs, so that scripts written for it work; shows its length
/// instead of its bytes.
/// </summary>
public class KmsBlob : MemoryStream
{
    /// <summary>Wraps bytes, which are not copied.</summary>
    /// <param name="bytes">The bytes.</param>
    public KmsBlob(byte[] bytes)
        : base(bytes, 0, bytes.Length, writable: false, publiclyVisible: false)
    {
    }

    /// <summary>The length, never the bytes.</summary>
    public override string ToString() => Length == 1 ? "1 byte" : $"{Length} bytes";
}

/// <summary>Secret bytes in a response, such as a plaintext. Zeroed when disposed.</summary>
public sealed class KmsSecretBlob : KmsBlob
{
    private readonly byte[] _bytes;

    /// <summary>Wraps bytes, which are not copied.</summary>
    /// <param name="bytes">The bytes.</param>
    public KmsSecretBlob(byte[] bytes)
        : base(bytes) => _bytes = bytes;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_bytes);
        base.Dispose(disposing);
    }
}
