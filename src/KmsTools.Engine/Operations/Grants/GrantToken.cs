using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>
/// A grant token: identifies a grant, sealed so that only this store can have created it, in base64. The store keeps nothing, and no two
/// tokens are the same, not even those of one grant. Inside the seal: Region, key ID and grant ID, one on each line.
/// </summary>
internal static class GrantToken
{
    private const string Purpose = "grant";

    /// <summary>Creates a token for a grant.</summary>
    public static string Make(StoreSecrets secrets, Grant grant) =>
        Convert.ToBase64String(secrets.SealToken(Encoding.UTF8.GetBytes($"{grant.Region}\n{grant.KeyId}\n{grant.GrantId}"), Purpose));

    /// <summary>Reads a token.</summary>
    /// <exception cref="KmsException">InvalidGrantTokenException: not a token created by this store in the Region of the call.</exception>
    public static (string KeyId, string GrantId) Open(string token, OperationContext context)
    {
        byte[] bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out int length))
        {
            throw KmsErrors.InvalidGrantToken();
        }

        string[] lines;
        try
        {
            using Secret content = context.Services.Secrets.OpenToken(bytes.AsSpan(0, length), Purpose);
            lines = content.Use(static content => Encoding.UTF8.GetString(content).Split('\n'));
        }
        catch (CryptographicException)
        {
            throw KmsErrors.InvalidGrantToken();
        }

        return lines[0] == context.Region ? (lines[1], lines[2]) : throw KmsErrors.InvalidGrantToken();
    }

    /// <summary>
    /// Refuses the tokens of a request that this store did not create. Tokens of grants that no longer exist pass: they permit nothing, and
    /// a caller that sends one may have the permission from elsewhere.
    /// </summary>
    /// <exception cref="KmsException">InvalidGrantTokenException.</exception>
    public static void Require(object request, OperationContext context)
    {
        foreach (string token in Tokens(request, context))
        {
            Open(token, context);
        }
    }

    /// <summary>The keys and grants that the tokens of a call name. The grants may no longer exist.</summary>
    public static IEnumerable<(string KeyId, string GrantId)> OfCall(OperationContext context) =>
        Tokens(context.Request, context).Select(token => Open(token, context));

    private static IReadOnlyList<string> Tokens(object request, OperationContext context) =>
        context.Operation.Shape.GrantTokensMember?.Get(request) as IReadOnlyList<string> ?? [];
}
