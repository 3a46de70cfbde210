using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Sts;

namespace KmsTools.AccessKeys;

/// <summary>
/// Finds out who calls with given credentials: access keys of the store, and temporary credentials with their session token.
/// </summary>
public sealed class Authenticator
{
    private readonly KmsServices _services;
    private readonly SnapshotCache _snapshots;
    private readonly StoreClock _clock;

    internal Authenticator(KmsServices services, SnapshotCache snapshots, StoreClock clock)
    {
        _services = services;
        _snapshots = snapshots;
        _clock = clock;
    }

    /// <summary>Finds credentials. Whether the caller knows their secret is to be checked by what is signed with it.</summary>
    /// <param name="accessKeyId">The ID of the access key.</param>
    /// <param name="sessionToken">The session token; null for an access key of the store.</param>
    /// <exception cref="KmsException">
    /// UnrecognizedClientException: the store does not know the access key, did not create the token, or the user or role of the session
    /// was removed. ExpiredTokenException.
    /// </exception>
    public CallerCredentials Find(string accessKeyId, string? sessionToken)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        if (_services.Store.IsShared && FindKnown(accessKeyId, sessionToken) is { } known)
        {
            return known;
        }

        using IStateReader state = _snapshots.Open();
        return Find(accessKeyId, sessionToken, state);
    }

    /// <summary>
    /// What a shared store has now under the ID of an access key, when what was signed does not fit the secret that this node knew: another
    /// node may have removed the access key and added it again.
    /// </summary>
    /// <returns>The credentials; null if the secret is the one that was known, so that what was signed is wrong.</returns>
    /// <exception cref="KmsException">UnrecognizedClientException: the access key was removed.</exception>
    public CallerCredentials? FindChanged(CallerCredentials known)
    {
        ArgumentNullException.ThrowIfNull(known);
        if (!_services.Store.IsShared || known.Session is not null)
        {
            return null;
        }

        using IStateReader state = _snapshots.Open();
        CallerCredentials now = FindAccessKey(known.AccessKeyId, state) ?? throw KmsErrors.UnrecognizedClient();
        return now.HasSameSecret(known) ? null : now;
    }

    /// <summary>Finds credentials whose secret the caller gives.</summary>
    /// <param name="accessKeyId">The ID of the access key.</param>
    /// <param name="secret">The secret, in UTF-8.</param>
    /// <param name="sessionToken">The session token; null for an access key of the store.</param>
    /// <exception cref="KmsException">As <see cref="Find(string, string?)"/>; InvalidSignatureException: the secret is another one.</exception>
    public CallerCredentials Authenticate(string accessKeyId, Secret secret, string? sessionToken)
    {
        ArgumentNullException.ThrowIfNull(secret);
        CallerCredentials found = Find(accessKeyId, sessionToken);
        return HasSecret(found, secret) ? found
            : FindChanged(found) is { } changed && HasSecret(changed, secret) ? changed
            : throw KmsErrors.SignatureMismatch();
    }

    /// <summary>The secret of credentials, in UTF-8, to be lent to the code that verifies signatures.</summary>
    public Secret OpenSecret(CallerCredentials credentials)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        if (credentials.IsSecretSealed)
        {
            return _services.Secrets.OpenToken(credentials.WrappedSecret.AsSpan(), credentials.WrappingContext);
        }

        try
        {
            return _services.RootKey.Unwrap(credentials.WrappedSecret.AsSpan(), credentials.WrappingContext);
        }
        catch (CryptographicException) when (credentials.Session is null)
        {
            // The root key may have been rotated since the credentials were found. Only what the store has now can be damaged.
            using IStateReader state = _snapshots.Open();
            CallerCredentials now = FindAccessKey(credentials.AccessKeyId, state) ?? throw KmsErrors.UnrecognizedClient();
            return AccessKeyRegistry.OpenSecret(_services.RootKey, now.AccessKeyId, now.WrappedSecret, now.WrappingContext);
        }
    }

    private bool HasSecret(CallerCredentials credentials, Secret secret)
    {
        using Secret expected = OpenSecret(credentials);
        return expected.ContentEquals(secret);
    }

    // By what this node knows, without a look at a shared store. Calls verify it with what they read (CredentialCheck); what is not known
    // may have been made on another node.
    private CallerCredentials? FindKnown(string accessKeyId, string? sessionToken)
    {
        using IStateReader state = _snapshots.OpenKnown();
        try
        {
            return Find(accessKeyId, sessionToken, state);
        }
        catch (KmsException)
        {
            return null;
        }
    }

    private CallerCredentials Find(string accessKeyId, string? sessionToken, IStateReader state) => sessionToken is null
        ? FindAccessKey(accessKeyId, state) ?? throw KmsErrors.UnrecognizedClient()
        : FindSession(accessKeyId, sessionToken, state);

    private CallerCredentials? FindAccessKey(string accessKeyId, IStateReader state) => state.FindAccessKey(accessKeyId) is { } accessKey
        ? new CallerCredentials(
            accessKey.WrappedSecret,
            AccessKeyRegistry.WrappingContext(_services.Properties.InstallationId, accessKeyId, accessKey.PrincipalArn))
        {
            AccessKeyId = accessKeyId,
            PrincipalArn = accessKey.PrincipalArn,
            CreationDate = accessKey.CreationDate,
        }
        : null;

    private CallerCredentials FindSession(string accessKeyId, string sessionToken, IStateReader state)
    {
        if (SessionToken.Open(_services.Secrets, sessionToken) is not { } claims || claims.AccessKeyId != accessKeyId)
        {
            throw KmsErrors.UnrecognizedClient();
        }

        // In tokens of earlier versions the secret is wrapped by the root key, and does not outlive its generation.
        bool isOvertaken = !claims.IsSecretSealed && !_services.RootKey.Holds(RootKey.GenerationOf(claims.WrappedSecret.Span));
        if (isOvertaken || claims.Session.Expiration <= _clock.RealNow)
        {
            throw KmsErrors.ExpiredToken();
        }

        return CredentialCheck.UniqueIdOf(claims.PrincipalArn, claims.Session, _services.Access.Read(state)) == claims.UniqueId
            ? new CallerCredentials(
                ImmutableArray.Create(claims.WrappedSecret.Span),
                SessionClaims.WrappingContext(_services.Properties.InstallationId, accessKeyId))
            {
                AccessKeyId = accessKeyId,
                PrincipalArn = claims.PrincipalArn,
                Session = claims.Session,
                IsSecretSealed = claims.IsSecretSealed,
                UniqueId = claims.UniqueId,
            }
            : throw KmsErrors.UnrecognizedClient();
    }
}
