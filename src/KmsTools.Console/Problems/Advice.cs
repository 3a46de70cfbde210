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
            _ when error is { Cause: ErrorCause.LoginRefused, CustomKeyStoreId: { } refused } =>
                ConnectionCures.OfRefusedLogin(refused, (error.InnerException as HsmException)?.Failure, session),
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
            "UnsupportedOperationException" when error.Cause == ErrorCause.KeyDoesNotRotate =>
                [new Cure("Only symmetric encryption keys rotate. Make a new key, and let the aliases name it.", Links.To(region, "keys"))],
            "IncorrectKeyMaterialException" when error.Cause == ErrorCause.MalformedKeyMaterial =>
            [
                new Cure("Encrypt the bytes themselves, not a text in Base64, hexadecimal digits or PEM: 32 bytes of a symmetric key, or a "
                    + "private key in PKCS #8 form (DER)."),
            ],
            "IncorrectKeyMaterialException" => [.. OfMaterial(error.Cause, keyId, region)],
            "InvalidCiphertextException" or "InvalidImportTokenException" or "ExpiredImportTokenException" =>
            [
                new Cure("Download another wrapping public key with its import token, encrypt the key material with that key, and upload "
                    + "both results together."),
            ],
            "UnrecognizedClientException" or "ExpiredTokenException" => [new Cure("Sign in again.", ConsoleHost.SignInPath)],
            _ => KeyStoreAdvice.Of(error, session),
        };
    }

    /// <summary>What to do about a failure of an HSM.</summary>
    public static ImmutableArray<Cure> Of(HsmException error) => KeyStoreAdvice.Of(error);

    private static IEnumerable<Cure> OfMaterial(ErrorCause cause, string? keyId, string region)
    {
        yield return new Cure(cause switch
        {
            ErrorCause.OnlyKeyMaterial => "Import exactly the bytes that the key had: a key with this key spec never gets others. Other "
                + "bytes need a new key.",
            ErrorCause.OtherKeyMaterialId => "Import the bytes that have this ID.",
            ErrorCause.KnownKeyMaterial => "The key had these bytes before: import them as existing key material.",
            ErrorCause.FirstKeyMaterial => "The key never had key material: import the bytes as new key material.",
            ErrorCause.NotInPrimary => $"Import the same bytes as into the primary key. Other bytes are imported there first, in {region}.",
            _ => "To use the key again, import exactly the bytes that it had. To give it other bytes, import them as new key material and "
                + "rotate the key.",
        });
        if (keyId is not null)
        {
            yield return new Cure("See the key materials of the key.", Links.ToKey(region, keyId, "material"));
        }
    }

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
