using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Problems;

/// <summary>What a user of the console can do about an error, with the page for it; the counterpart of the cmdlets' advice.</summary>
internal static class Advice
{
    /// <summary>What to do about an error of the API.</summary>
    public static ImmutableArray<Cure> Of(KmsException error, ConsoleSession session)
    {
        string region = error.Region ?? session.Region;
        string? keyId = error.KeyArn?.Split('/') is [_, var id] ? id : null;
        return error.ErrorCode switch
        {
            "AccessDeniedException" when error.Decision is { } decision => [.. OfDecision(decision, keyId, region, session)],
            "NotFoundException" => [new Cure("The list shows the keys of this Region.", Links.To(region, "keys"))],
            "CustomKeyStoreNotFoundException" =>
                [new Cure("The list shows the custom key stores of this Region.", Links.To(region, "key-stores"))],
            "DisabledException" when keyId is not null => [new Cure("Enable the key.", Links.ToKey(region, keyId))],
            "KMSInvalidStateException" when keyId is not null => [new Cure("See the state of the key.", Links.ToKey(region, keyId))],
            "CustomKeyStoreInvalidStateException" or "CustomKeyStoreHasCMKsException" when error.CustomKeyStoreId is { } store =>
                [new Cure("See the state of the custom key store and its keys.", Links.ToKeyStore(region, store))],
            "LimitExceededException" when session.IsAdministrator =>
                [new Cure("See and set the quotas of the store.", Links.To(region, "store"))],
            "UnrecognizedClientException" or "ExpiredTokenException" => [new Cure("Sign in again.", ConsoleHost.SignInPath)],
            _ => [],
        };
    }

    /// <summary>What to do about a failure of an HSM.</summary>
    public static ImmutableArray<Cure> Of(HsmException error) => error.Failure switch
    {
        HsmFailure.InvalidCredentials => [new Cure("Check the PIN before trying again: HSMs lock a user after a few wrong ones.")],
        HsmFailure.UserLockedOut => [new Cure("The security officer of the HSM must unlock the user.")],
        HsmFailure.ClusterNotFound or HsmFailure.NoActiveHsm => [new Cure("Check that the HSMs of the cluster answer.")],
        _ => [],
    };

    private static IEnumerable<Cure> OfDecision(AccessDecision decision, string? keyId, string region, ConsoleSession session)
    {
        foreach (string missing in decision.Missing)
        {
            yield return new Cure(missing);
        }

        if (keyId is not null)
        {
            yield return session.IsAdministrator
                ? new Cure("See who may use the key, and why.", Links.ToKey(region, keyId, "access"))
                : new Cure("See the key policy.", Links.ToKey(region, keyId, "policy"));
        }
    }
}
