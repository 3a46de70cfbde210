using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Cryptography;

namespace KmsTools.Sts;

/// <summary>
/// A session token: what the session may do, sealed so that only this store can have created it, in base64. The store keeps nothing. Inside
/// the seal: <see cref="SessionClaims"/> as JSON.
/// </summary>
internal static class SessionToken
{
    private const string Purpose = "session";

    /// <summary>Creates a token.</summary>
    public static string Make(StoreSecrets secrets, SessionClaims claims) =>
        Convert.ToBase64String(secrets.SealToken(JsonSerializer.SerializeToUtf8Bytes(claims), Purpose));

    /// <summary>Reads a token; null: this store did not create it, or it was changed.</summary>
    public static SessionClaims? Open(StoreSecrets secrets, string token)
    {
        byte[] bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out int length))
        {
            return null;
        }

        try
        {
            using Secret content = secrets.OpenToken(bytes.AsSpan(0, length), Purpose);
            SessionClaims claims = content.Use(static content => JsonSerializer.Deserialize<SessionClaims>(content))!;

            // Keys of tags are compared regardless of case, which JSON does not say.
            return claims with
            {
                Session = claims.Session with { Tags = claims.Session.Tags.WithComparers(StringComparer.OrdinalIgnoreCase) },
            };
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
