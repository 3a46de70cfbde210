using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Encrypts with a key of the HSM.</summary>
internal readonly ref struct EncryptCall(
    ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext, KeyName? name = null, bool leavesIv = false)
    : ISessionCall
{
    private readonly bool _leavesIv = leavesIv;
    private readonly ReadOnlySpan<byte> _plaintext = plaintext;
    private readonly ReadOnlySpan<byte> _additionalData = additionalData;
    private readonly Span<byte> _ciphertext = ciphertext;

    public ReturnValue Invoke(HsmSession session, ulong key) =>
        session.Encrypt(key, _plaintext, _additionalData, _ciphertext, _leavesIv);

    public KeyName? Name { get; } = name;

    public Span<byte> Output => _ciphertext;

    public DetachedCall Detach() => new(
        _plaintext,
        _additionalData,
        _ciphertext.Length,
        _leavesIv
            ? static (session, key, input, additionalData, output) => session.Encrypt(key, input, additionalData, output, leavesIv: true)
            : static (session, key, input, additionalData, output) => session.Encrypt(key, input, additionalData, output));
}

/// <summary>Decrypts with a key of the HSM.</summary>
internal readonly ref struct DecryptCall(
    ReadOnlySpan<byte> ciphertext,
    ReadOnlySpan<byte> additionalData,
    Span<byte> plaintext,
    KeyName? name = null,
    int ivSize = HsmSession.IvSize)
    : ISessionCall
{
    private readonly int _ivSize = ivSize;
    private readonly ReadOnlySpan<byte> _ciphertext = ciphertext;
    private readonly ReadOnlySpan<byte> _additionalData = additionalData;
    private readonly Span<byte> _plaintext = plaintext;

    public ReturnValue Invoke(HsmSession session, ulong key) =>
        session.Decrypt(key, _ciphertext, _additionalData, _plaintext, _ivSize);

    public KeyName? Name { get; } = name;

    public Span<byte> Output => _plaintext;

    public DetachedCall Detach()
    {
        int ivSize = _ivSize;
        return new(
            _ciphertext,
            _additionalData,
            _plaintext.Length,
            (session, key, input, additionalData, output) => session.Decrypt(key, input, additionalData, output, ivSize));
    }
}

/// <summary>Gets random bytes from the HSM.</summary>
internal readonly ref struct RandomCall(Span<byte> buffer) : ISessionCall
{
    private readonly Span<byte> _buffer = buffer;

    public ReturnValue Invoke(HsmSession session, ulong key) => session.GenerateRandom(_buffer);

    public KeyName? Name => null;

    public Span<byte> Output => _buffer;

    public DetachedCall Detach() =>
        new([], [], _buffer.Length, static (session, _, _, _, output) => session.GenerateRandom(output));
}
