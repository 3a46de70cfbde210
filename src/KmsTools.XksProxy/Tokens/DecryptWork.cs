using KmsTools.Pkcs11;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Tokens;

/// <summary>A decryption.</summary>
internal sealed class DecryptWork : TokenWork
{
    private const int LongIvSize = 16;

    // 20 bytes in base64, each character written as an escape.
    private const int MaxMetadataText = 28 * 6;

    private readonly int _ivSize;
    private readonly int _ciphertextLength;
    private readonly int _additionalDataStart;
    private readonly int _additionalDataLength;
    private readonly int _authenticatedStart;

    // One after the other: the message (IV, ciphertext, tag), additional data, what is authenticated, and the plaintext.
    private readonly PooledBytes _bytes;

    private KeyName? _key;
    private int _plaintextStart;

    /// <summary>Decodes the request.</summary>
    /// <exception cref="XksException">ValidationException: it has not the form of a decryption; or it is larger than the limits.</exception>
    public DecryptWork(RequestMembers members, ReadOnlySpan<byte> body, LimitSettings limits)
    {
        members.RequireDecryption();
        Metadata = ReadMetadata(members.CiphertextMetadata, body);
        int text = members.Ciphertext.MaxDecodedLength;
        int data = members.AdditionalData.MaxDecodedLength;
        int message = members.Iv.MaxDecodedLength + text + members.Tag.MaxDecodedLength;
        _additionalDataStart = message;
        _authenticatedStart = message + data;
        _bytes = new PooledBytes(message + data + AuthenticatedData.MaxLength(data) + text);
        try
        {
            _ivSize = members.Iv.Decode(body, _bytes.Span);
            RequireLength(_ivSize is EncryptWork.IvSize or LongIvSize, "initializationVector has neither 12 nor 16 bytes.");
            _ciphertextLength = members.Ciphertext.Decode(body, _bytes.Span[_ivSize..], limits.MaxPlaintextBytes);
            int tagSize = members.Tag.Decode(body, _bytes.Span[(_ivSize + _ciphertextLength)..]);
            RequireLength(tagSize == EncryptWork.TagSize, "authenticationTag has not 16 bytes.");
            _additionalDataLength = members.AdditionalData.Decode(body, _bytes.Span[_additionalDataStart..], limits.MaxAadBytes);
        }
        catch
        {
            _bytes.Return();
            throw;
        }
    }

    /// <summary>What the ciphertext says about itself; null where that is nothing that this proxy has written.</summary>
    public CiphertextMetadata? Metadata { get; }

    /// <summary>The plaintext, after the work is done.</summary>
    public ReadOnlySpan<byte> Plaintext => _bytes.Span.Slice(_plaintextStart, _ciphertextLength);

    /// <summary>Says which key decrypts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="metadata">What the ciphertext says about itself.</param>
    public void UseKey(KeyName key, CiphertextMetadata metadata)
    {
        _key = key;
        AuthenticatedData.Write(
            _bytes.Span.Slice(_additionalDataStart, _additionalDataLength), metadata, _bytes.Span[_authenticatedStart..]);
        _plaintextStart = _authenticatedStart + AuthenticatedData.Length(_additionalDataLength, metadata);
    }

    protected override void Run(TokenClient token) => token.Decrypt(
        _key!,
        _bytes.Span[..(_ivSize + _ciphertextLength + EncryptWork.TagSize)],
        _ivSize,
        _bytes.Span[_authenticatedStart.._plaintextStart],
        _bytes.Span.Slice(_plaintextStart, _ciphertextLength));

    protected override void Clear() => _bytes.Return();

    private static CiphertextMetadata? ReadMetadata(JsonBlob blob, ReadOnlySpan<byte> body)
    {
        const string refusal = "ciphertextMetadata has more than 20 bytes.";
        RequireLength(blob.Length <= MaxMetadataText, refusal);
        Span<byte> bytes = stackalloc byte[MaxMetadataText];
        int length = blob.Decode(body, bytes);
        RequireLength(length <= CiphertextMetadata.MaxSize, refusal);
        return CiphertextMetadata.TryRead(bytes[..length], out CiphertextMetadata read) ? read : null;
    }

    private static void RequireLength(bool isRight, string refusal)
    {
        if (!isRight)
        {
            throw XksException.Invalid(refusal);
        }
    }
}
