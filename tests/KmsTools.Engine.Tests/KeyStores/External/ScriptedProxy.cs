using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// The far side of external key stores in the tests of states and errors: encrypts for real, in memory, and fails as a test says. What a
/// proxy does on the wire is in the tests of the client and of the proxy.
/// </summary>
public sealed class ScriptedProxy : IXksClient
{
    private readonly ConcurrentDictionary<string, byte[]> _keys = new();

    /// <summary>What the next requests fail with; null for nothing.</summary>
    public XksFailure? Failure { get; set; }

    public string? ProxyMessage { get; set; }

    public ExternalKeyManagerState Health { get; set; } = ExternalKeyManagerState.ACTIVE;

    public DateTimeOffset CertificateNotAfter { get; set; } = new(2030, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public XksKeyMetadata KeyMetadata { get; set; } = new("AES_256", ["ENCRYPT", "DECRYPT"], "ENABLED");

    /// <summary>Changes what Decrypt returns.</summary>
    public Func<byte[], byte[]> Altering { get; set; } = static plaintext => plaintext;

    public byte[] Metadata { get; set; } = [1, 2, 3];

    public int IvLength { get; set; } = 12;

    /// <summary>All requests: API, external key, what it says about the call, and what it carries.</summary>
    public List<(string Api, string? KeyId, XksRequestMetadata About, XksProxyTarget Proxy, byte[] Content)> Requests { get; } = [];

    public List<string> Disconnected { get; } = [];

    public XksHealth GetHealthStatus(XksProxyTarget proxy, XksRequestMetadata metadata)
    {
        Meet("GetHealthStatus", null, metadata, proxy, []);
        return new XksHealth
        {
            XksProxyFleetSize = 1,
            XksProxyVendor = "test",
            XksProxyModel = "scripted",
            EkmVendor = "test",
            EkmFleetDetails = [new("1", "one", ExternalKeyManagerState.UNAVAILABLE), new("2", "two", Health)],
            CertificateName = "xks.example.com",
            CertificateNotAfter = CertificateNotAfter,
        };
    }

    public XksKeyMetadata GetKeyMetadata(XksProxyTarget proxy, string externalKeyId, XksRequestMetadata metadata)
    {
        Meet("GetKeyMetadata", externalKeyId, metadata, proxy, []);
        return KeyMetadata;
    }

    public XksCiphertext Encrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        ReadOnlyMemory<byte> plaintext,
        ReadOnlyMemory<byte> additionalData)
    {
        Meet("Encrypt", externalKeyId, metadata, proxy, plaintext.ToArray());

        // AES-GCM of .NET knows IVs of 12 bytes only; the rest of a longer one counts as authenticated.
        byte[] iv = RandomNumberGenerator.GetBytes(IvLength);
        byte[] ciphertext = new byte[plaintext.Length];
        byte[] tag = new byte[16];
        using AesGcm aes = Key(externalKeyId);
        aes.Encrypt(iv.AsSpan(0, 12), plaintext.Span, ciphertext, tag, [.. additionalData.Span, .. iv[12..], .. Metadata]);
        return new XksCiphertext(ciphertext, iv, tag, Metadata);
    }

    public byte[] Decrypt(
        XksProxyTarget proxy,
        string externalKeyId,
        XksRequestMetadata metadata,
        XksCiphertext ciphertext,
        ReadOnlyMemory<byte> additionalData)
    {
        Meet("Decrypt", externalKeyId, metadata, proxy, ciphertext.Ciphertext.ToArray());
        byte[] plaintext = new byte[ciphertext.Ciphertext.Length];
        using AesGcm aes = Key(externalKeyId);
        try
        {
            ReadOnlySpan<byte> iv = ciphertext.InitializationVector.Span;
            aes.Decrypt(
                iv[..12],
                ciphertext.Ciphertext.Span,
                ciphertext.AuthenticationTag.Span,
                plaintext,
                [.. additionalData.Span, .. iv[12..], .. ciphertext.Metadata.Span]);
        }
        catch (CryptographicException)
        {
            throw new XksException(XksFailure.InvalidCiphertext, "The tag does not match.");
        }

        return Altering(plaintext);
    }

    public void Disconnect(string customKeyStoreId) => Disconnected.Add(customKeyStoreId);

    public void Dispose()
    {
    }

    private AesGcm Key(string id) => new(_keys.GetOrAdd(id, static _ => RandomNumberGenerator.GetBytes(32)), 16);

    private void Meet(string api, string? keyId, XksRequestMetadata about, XksProxyTarget proxy, byte[] content)
    {
        lock (Requests)
        {
            Requests.Add((api, keyId, about, proxy, content));
        }

        if (Failure is { } failure)
        {
            throw new XksException(failure, "as the test says") { ProxyMessage = ProxyMessage };
        }
    }
}
