using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Tokens;

/// <summary>An encryption, with the value that shows its integrity and the check that it decrypts, where they are asked for.</summary>
internal sealed class EncryptWork : TokenWork
{
    /// <summary>The length of the IVs that are made here.</summary>
    public const int IvSize = 12;

    /// <summary>The length of tags.</summary>
    public const int TagSize = 16;

    private readonly bool _isChecked;
    private readonly int _additionalDataStart;
    private readonly int _plaintextLength;
    private readonly int _additionalDataLength;
    private readonly int _authenticatedStart;
    private readonly byte[] _integrity;

    // One after the other: plaintext, additional data, what is authenticated, the message, and its plaintext again.
    private readonly PooledBytes _bytes;

    private KeyName? _key;
    private CiphertextMetadata _metadata;
    private bool _leavesIv;
    private int _messageStart;

    /// <summary>Decodes the request.</summary>
    /// <exception cref="XksException">ValidationException: it has not the form of an encryption; or it is larger than the limits.</exception>
    public EncryptWork(RequestMembers members, ReadOnlySpan<byte> body, LimitSettings limits)
    {
        members.RequireEncryption();
        _isChecked = members.WantsSha256 is not null;
        _integrity = new byte[_isChecked ? SHA256.HashSizeInBytes : 0];
        int text = members.Plaintext.MaxDecodedLength;
        int data = members.AdditionalData.MaxDecodedLength;
        _additionalDataStart = text;
        _authenticatedStart = text + data;
        _bytes = new PooledBytes(
            text + data + AuthenticatedData.MaxLength(data) + text + TokenClient.Overhead + (_isChecked ? text : 0));
        try
        {
            _plaintextLength = members.Plaintext.Decode(body, _bytes.Span, limits.MaxPlaintextBytes);
            _additionalDataLength = members.AdditionalData.Decode(body, _bytes.Span[_additionalDataStart..], limits.MaxAadBytes);
        }
        catch
        {
            _bytes.Return();
            throw;
        }
    }

    /// <summary>IV, ciphertext and tag, after the work is done.</summary>
    public ReadOnlySpan<byte> Message => _bytes.Span.Slice(_messageStart, _plaintextLength + TokenClient.Overhead);

    /// <summary>The value that shows the integrity; empty where it is not asked for.</summary>
    public ReadOnlySpan<byte> Integrity => _integrity;

    /// <summary>What the ciphertext says about itself.</summary>
    public CiphertextMetadata Metadata => _metadata;

    private ReadOnlySpan<byte> AdditionalData => _bytes.Span.Slice(_additionalDataStart, _additionalDataLength);

    private int AuthenticatedLength => AuthenticatedData.Length(_additionalDataLength, _metadata);

    /// <summary>Says which key encrypts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="metadata">What the ciphertext is to say about itself.</param>
    /// <param name="leavesIv">Whether the token makes the IV and takes none.</param>
    public void UseKey(KeyName key, CiphertextMetadata metadata, bool leavesIv)
    {
        (_key, _metadata, _leavesIv) = (key, metadata, leavesIv);
        _messageStart = _authenticatedStart + AuthenticatedLength;
        AuthenticatedData.Write(AdditionalData, metadata, _bytes.Span[_authenticatedStart..]);
    }

    protected override void Run(TokenClient token)
    {
        ReadOnlySpan<byte> plaintext = _bytes.Span[.._plaintextLength];
        ReadOnlySpan<byte> authenticated = _bytes.Span.Slice(_authenticatedStart, AuthenticatedLength);
        Span<byte> message = _bytes.Span.Slice(_messageStart, _plaintextLength + TokenClient.Overhead);
        token.Encrypt(_key!, plaintext, authenticated, message, _leavesIv);
        if (_isChecked)
        {
            Span<byte> metadata = stackalloc byte[CiphertextMetadata.Size];
            _metadata.Write(metadata);
            IntegrityValue.Compute(AdditionalData, metadata, message, _integrity);
            Check(token, plaintext, authenticated, message);
        }
    }

    protected override void Clear() => _bytes.Return();

    // After the value is computed: a bit that changes in memory between the two is noticed by KMS.
    private void Check(
        TokenClient token, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> authenticated, ReadOnlySpan<byte> message)
    {
        Span<byte> again = _bytes.Span.Slice(_messageStart + message.Length, _plaintextLength);
        try
        {
            token.Decrypt(_key!, message, IvSize, authenticated, again);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.AuthenticationFailed)
        {
            throw new HsmException(HsmFailure.Failed, "What was encrypted does not decrypt.", exception);
        }

        if (!CryptographicOperations.FixedTimeEquals(plaintext, again))
        {
            throw new HsmException(HsmFailure.Failed, "What was encrypted decrypts to another plaintext.");
        }
    }
}
