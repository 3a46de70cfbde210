using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The PIN that an HSM accepted, kept to log in again after a loss and to compare with the PINs that later connections offer: while one of
/// them is logged in, the module says CKR_USER_ALREADY_LOGGED_IN to right and wrong PINs alike.
/// </summary>
internal sealed class AcceptedPin : IDisposable
{
    private readonly Secret _pin;
    private readonly Secret _hashKey = Secret.Random(HMACSHA256.HashSizeInBytes);
    private readonly byte[] _hash;

    public AcceptedPin(ReadOnlySpan<byte> pin)
    {
        _pin = Secret.CopyOf(pin);
        _hash = Hash(pin);
    }

    public bool Matches(ReadOnlySpan<byte> pin) => CryptographicOperations.FixedTimeEquals(Hash(pin), _hash);

    public T Use<T>(Secret.SecretFunction<T> function) => _pin.Use(function);

    public void Dispose()
    {
        _pin.Dispose();
        _hashKey.Dispose();
    }

    private byte[] Hash(ReadOnlySpan<byte> pin)
    {
        byte[] key = _hashKey.Use(bytes => bytes.ToArray());
        try
        {
            return HMACSHA256.HashData(key, pin);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
