namespace KmsTools.XksProxy.Requests;

/// <summary>
/// What a ciphertext says about itself, in two bytes: the format, and the version of the key. Authenticated with the ciphertext, so that a
/// change is noticed. A format that is not known is refused, and so is a version that the key does not have.
/// </summary>
/// <param name="HashesAad">Whether the SHA-256 hash of the additional data is authenticated in place of the data.</param>
/// <param name="KeyVersion">The version of the key.</param>
internal readonly record struct CiphertextMetadata(bool HashesAad, byte KeyVersion)
{
    /// <summary>The number of bytes.</summary>
    public const int Size = 2;

    /// <summary>The most that the API allows.</summary>
    public const int MaxSize = 20;

    private const byte Plain = 0x01;
    private const byte Hashed = 0x02;

    /// <summary>Writes the bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        bytes[0] = HashesAad ? Hashed : Plain;
        bytes[1] = KeyVersion;
    }

    /// <summary>Reads the bytes; false when they are not of this proxy, or of a later one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out CiphertextMetadata read)
    {
        bool isKnown = bytes is [Plain or Hashed, _];
        read = isKnown ? new(bytes[0] == Hashed, bytes[1]) : default;
        return isKnown;
    }
}
