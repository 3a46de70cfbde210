using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;
using KmsTools.Identifiers;

namespace KmsTools.Endpoint.Signing;

/// <summary>The signing keys of credentials for one service, each derived once per day and Region.</summary>
internal sealed class SigningKeys(Authenticator authenticator, string service)
{
    private const int MaxEntries = 1000;
    private const int MaxSecretOnStack = 256;

    private readonly ConcurrentDictionary<(string AccessKeyId, string Date, RegionName Region), Derived> _known = new();

    private sealed record Derived(CallerCredentials Credentials, byte[] SigningKey);

    /// <summary>The signing key of Signature Version 4.</summary>
    public byte[] Get(CallerCredentials credentials, string date, RegionName region)
    {
        if (_known.TryGetValue((credentials.AccessKeyId, date, region), out Derived? known)
            && known.Credentials.HasSameSecret(credentials))
        {
            return known.SigningKey;
        }

        byte[] signingKey = Derive(credentials, date, region);
        if (_known.Count >= MaxEntries)
        {
            // The caller chooses days and Regions; tracking the order of use is not worthwhile for old ones.
            _known.Clear();
        }

        _known[(credentials.AccessKeyId, date, region)] = new Derived(credentials, signingKey);
        return signingKey;
    }

    private byte[] Derive(CallerCredentials credentials, string date, RegionName region)
    {
        using Secret secret = authenticator.OpenSecret(credentials);
        return secret.Use(bytes =>
        {
            Span<byte> prefixed = bytes.Length + 4 <= MaxSecretOnStack ? stackalloc byte[bytes.Length + 4] : new byte[bytes.Length + 4];
            try
            {
                "AWS4"u8.CopyTo(prefixed);
                bytes.CopyTo(prefixed[4..]);
                byte[] ofDate = HMACSHA256.HashData(prefixed, Encoding.ASCII.GetBytes(date));
                byte[] ofRegion = HMACSHA256.HashData(ofDate, Encoding.ASCII.GetBytes(region));
                byte[] ofService = HMACSHA256.HashData(ofRegion, Encoding.ASCII.GetBytes(service));
                return HMACSHA256.HashData(ofService, "aws4_request"u8);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(prefixed);
            }
        });
    }
}
