using System.Collections.Concurrent;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;
using KmsTools.Http;

namespace KmsTools.Endpoint.Signing;

/// <summary>The signing keys of credentials, each derived once per scope.</summary>
internal sealed class SigningKeys(Authenticator authenticator)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<(string AccessKeyId, CredentialScope Scope), Derived> _known = new();

    private sealed record Derived(CallerCredentials Credentials, SigningKey SigningKey);

    /// <summary>The signing key of Signature Version 4.</summary>
    public SigningKey Get(CallerCredentials credentials, in CredentialScope scope)
    {
        if (_known.TryGetValue((credentials.AccessKeyId, scope), out Derived? known) && known.Credentials.HasSameSecret(credentials))
        {
            return known.SigningKey;
        }

        CredentialScope own = scope;
        using Secret secret = authenticator.OpenSecret(credentials);
        SigningKey signingKey = secret.Use(bytes => SigningKey.Derive(bytes, own));
        if (_known.Count >= MaxEntries)
        {
            // The caller chooses days and Regions; tracking the order of use is not worthwhile for old ones.
            _known.Clear();
        }

        _known[(credentials.AccessKeyId, scope)] = new Derived(credentials, signingKey);
        return signingKey;
    }
}
