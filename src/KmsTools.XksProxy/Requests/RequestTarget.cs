using System.Buffers;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// The path of a request, compared byte for byte as it was sent: nothing is decoded, folded or forgiven, because the signature covers the
/// path as it is.
/// </summary>
/// <param name="Prefix">What is before <c>/kms/xks/v1</c>.</param>
/// <param name="Api">The operation.</param>
/// <param name="KeyId">The external key ID; empty for a health check.</param>
internal readonly record struct RequestTarget(string Prefix, XksApi Api, string KeyId)
{
    /// <summary>The maximum length of an external key ID.</summary>
    public const int MaxKeyId = 128;

    /// <summary>What each path has after its prefix.</summary>
    public const string Root = "/kms/xks/v1/";

    private const string Keys = "keys/";

    private static readonly SearchValues<char> OfKeyIds =
        SearchValues.Create("-_.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Reads a path; false when it is none of the API.</summary>
    /// <param name="target">The target of the request line, as it was sent.</param>
    /// <param name="read">What it means.</param>
    public static bool TryRead(string target, out RequestTarget read)
    {
        read = default;

        // No key ID has a slash, so the last one is the one that counts.
        int root = target.LastIndexOf(Root, StringComparison.Ordinal);
        if (root < 0)
        {
            return false;
        }

        ReadOnlySpan<char> rest = target.AsSpan(root + Root.Length);
        if (rest is "health")
        {
            read = new(target[..root], XksApi.GetHealthStatus, "");
            return true;
        }

        if (!rest.StartsWith(Keys) || rest.LastIndexOf('/') is var slash && slash < Keys.Length)
        {
            return false;
        }

        ReadOnlySpan<char> keyId = rest[Keys.Length..slash];
        XksApi? api = rest[(slash + 1)..] switch
        {
            "encrypt" => XksApi.Encrypt,
            "decrypt" => XksApi.Decrypt,
            "metadata" => XksApi.GetKeyMetadata,
            _ => null,
        };
        if (api is null || !IsKeyId(keyId))
        {
            return false;
        }

        read = new(target[..root], api.Value, keyId.ToString());
        return true;
    }

    /// <summary>Whether it can be an external key ID. Neither <c>.</c> nor <c>..</c> can: clients fold them away.</summary>
    public static bool IsKeyId(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxKeyId && !text.ContainsAnyExcept(OfKeyIds) && text is not ("." or "..");
}
