using System.Buffers;
using System.Text;

namespace KmsTools.Http;

/// <summary>
/// Writes requests in the one form that is signed ("Create a signed AWS API request", IAM User Guide): paths without dot segments and
/// doubled slashes, parameters sorted, white space in headers reduced.
/// </summary>
internal static class CanonicalRequest
{
    // The characters that are not encoded (RFC 3986, section 2.3), and the slash.
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Writes a request.</summary>
    /// <param name="text">Where to.</param>
    /// <param name="request">The head of the request.</param>
    /// <param name="signedHeaders">The names of the headers that are signed, in the order in which they are.</param>
    /// <param name="payloadHash">The SHA-256 hash of the body.</param>
    public static void Write<TRequest>(
        PooledBuffer text, in TRequest request, ReadOnlySpan<string> signedHeaders, ReadOnlySpan<byte> payloadHash)
        where TRequest : ISignableRequest
    {
        text.Write(request.Method);
        text.Write("\n"u8);
        text.Write(IsCanonical(request.Path) ? request.Path : Path(request.Path));
        text.Write("\n"u8);
        if (request.Query.Length > 0)
        {
            text.Write(Query(request.Query));
        }

        text.Write("\n"u8);
        foreach (string name in signedHeaders)
        {
            text.Write(name);
            text.Write(":"u8);
            WriteValue(text, request.Header(name));
            text.Write("\n"u8);
        }

        text.Write("\n"u8);
        for (int i = 0; i < signedHeaders.Length; i++)
        {
            text.Write(i == 0 ? [] : ";"u8);
            text.Write(signedHeaders[i]);
        }

        text.Write("\n"u8);
        text.WriteHex(payloadHash);
    }

    // Most paths are sent as they are signed: nothing in them would be encoded, and no segment is left out.
    private static bool IsCanonical(string path)
    {
        if (path.Length == 0 || path[0] != '/' || path.AsSpan().ContainsAnyExcept(Plain))
        {
            return false;
        }

        for (int i = 0; i < path.Length - 1; i++)
        {
            // A segment that is empty, or may be one of dots.
            if (path[i] == '/' && path[i + 1] is '/' or '.')
            {
                return false;
            }
        }

        return true;
    }

    // What is sent is encoded once more, as all services except Amazon S3 do.
    private static string Path(string path)
    {
        List<string> segments = [];
        foreach (string segment in path.Split('/'))
        {
            if (segment == "..")
            {
                if (segments.Count > 0)
                {
                    segments.RemoveAt(segments.Count - 1);
                }
            }
            else if (segment is not ("" or "."))
            {
                segments.Add(Uri.EscapeDataString(segment));
            }
        }

        StringBuilder canonical = new();
        foreach (string segment in segments)
        {
            canonical.Append('/').Append(segment);
        }

        return segments.Count == 0 || path[^1] == '/' ? canonical.Append('/').ToString() : canonical.ToString();
    }

    private static string Query(string query) => string.Join('&', query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(static parameter => parameter.Split('=', 2))
        .Select(static parts => (Name: Encoded(parts[0]), Value: parts.Length == 1 ? "" : Encoded(parts[1])))
        .OrderBy(static parameter => parameter.Name, StringComparer.Ordinal)
        .ThenBy(static parameter => parameter.Value, StringComparer.Ordinal)
        .Select(static parameter => $"{parameter.Name}={parameter.Value}"));

    private static string Encoded(string sent) => Uri.EscapeDataString(Uri.UnescapeDataString(sent.Replace('+', ' ')));

    private static void WriteValue(PooledBuffer text, string? header)
    {
        // Consecutive spaces count as one.
        ReadOnlySpan<char> value = header.AsSpan().TrimBlanks();
        int start = 0;
        while (value[start..].IndexOf("  ", StringComparison.Ordinal) is var run and >= 0)
        {
            int end = start + run + 1;
            text.Write(value[start..end]);
            start = end + value[end..].IndexOfAnyExcept(' ');
        }

        text.Write(value[start..]);
    }
}
