using System.Security.Cryptography;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.AccessKeys;

/// <summary>
/// Whether credentials that were found by what a node of a shared store knew are still those that the store has: another node may have
/// removed the access key, or the user or role of the session, or have added the ID again with another secret.
/// </summary>
internal static class CredentialCheck
{
    /// <summary>Whether the credentials of a caller are those that a view of a store has. True of a store that is not shared.</summary>
    /// <param name="caller">The caller; one without credentials was named by the owner of the store.</param>
    /// <param name="state">The view.</param>
    /// <param name="store">The store.</param>
    /// <param name="access">What the store says about access.</param>
    public static bool AreValid(Caller caller, IStateReader state, IStateStore store, StoreAccessCache access)
    {
        if (!store.IsShared || caller.Credentials is not { } credentials)
        {
            return true;
        }

        return credentials.Session is { } session
            ? UniqueIdOf(credentials.PrincipalArn, session, access.Read(state)) == credentials.UniqueId
            : state.FindAccessKey(credentials.AccessKeyId) is { } now && now.PrincipalArn == credentials.PrincipalArn
                && HasSecretOf(now, credentials, store);
    }

    /// <summary>Refuses a caller whose credentials were deleted. For requests that do not go through the pipeline.</summary>
    /// <exception cref="KmsException">UnrecognizedClientException.</exception>
    public static void Require(Caller caller, IStateReader state, IStateStore store, StoreAccessCache access)
    {
        if (!AreValid(caller, state, store, access))
        {
            throw KmsErrors.UnrecognizedClient();
        }
    }

    /// <summary>The unique ID of the user or role whose permissions a session has; null where the store knows none.</summary>
    public static string? UniqueIdOf(string principalArn, CallerSession session, StoreAccess access) =>
        CallerIdentity.Of(new Caller { PrincipalArn = principalArn, Session = session }, access).Principal?.UniqueId;

    private static bool HasSecretOf(AccessKey now, CallerCredentials credentials, IStateStore store)
    {
        if (now.WrappedSecret.AsSpan().SequenceEqual(credentials.WrappedSecret.AsSpan()))
        {
            return true;
        }

        // Another secret, or the same one wrapped by the next generation of the root key.
        using Secret secret = AccessKeyRegistry.OpenSecret(store.RootKey, store.Properties.InstallationId, now);
        try
        {
            using Secret former = store.RootKey.Unwrap(credentials.WrappedSecret.AsSpan(), credentials.WrappingContext);
            return secret.ContentEquals(former);
        }
        catch (CryptographicException)
        {
            // The former generation is gone, and with it what could be compared.
            return now.CreationDate == credentials.CreationDate;
        }
    }
}
