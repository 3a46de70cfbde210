using System.Security.Cryptography;

namespace KmsTools.Http;

/// <summary>Makes Signature Version 4, for any service and Region.</summary>
public static class RequestSigner
{
    /// <summary>Makes the value of an Authorization header.</summary>
    /// <param name="request">The head of the request, with the time of the signature in its X-Amz-Date header.</param>
    /// <param name="accessKeyId">The ID of the access key.</param>
    /// <param name="scope">What the signing key is for; its date is that of the time.</param>
    /// <param name="signingKey">The key of the scope.</param>
    /// <param name="signedHeaders">The names of the headers to sign, in lower case; host must be among them.</param>
    /// <param name="payloadHash">The SHA-256 hash of the body.</param>
    /// <exception cref="ArgumentException">The request has no X-Amz-Date header, or host is not signed.</exception>
    public static string Authorize<TRequest>(
        in TRequest request,
        string accessKeyId,
        in CredentialScope scope,
        SigningKey signingKey,
        IEnumerable<string> signedHeaders,
        ReadOnlySpan<byte> payloadHash)
        where TRequest : ISignableRequest
    {
        string[] names = [.. signedHeaders.Order(StringComparer.Ordinal)];
        if (!names.Contains("host"))
        {
            throw new ArgumentException("A signature covers the header 'host'.", nameof(signedHeaders));
        }

        string time = request.Header(RequestSignature.DateHeader)
            ?? throw new ArgumentException($"The request has no {RequestSignature.DateHeader} header.", nameof(request));
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        RequestSignature.Compute(request, scope, names, time, signingKey, payloadHash, signature);
        return $"{RequestSignature.Algorithm} Credential={accessKeyId}/{scope}, SignedHeaders={string.Join(';', names)}, "
            + $"Signature={Convert.ToHexStringLower(signature)}";
    }

    /// <summary>Signs a request that is about to be sent: adds its X-Amz-Date and its Authorization header.</summary>
    /// <param name="message">The request, with an absolute address. Its host, its content type and its x-amz headers are signed.</param>
    /// <param name="accessKeyId">The ID of the access key.</param>
    /// <param name="secret">The secret access key, in UTF-8.</param>
    /// <param name="region">The Region.</param>
    /// <param name="service">The service.</param>
    /// <param name="now">The time of the signature.</param>
    /// <param name="payloadHash">The SHA-256 hash of the body.</param>
    public static void Sign(
        HttpRequestMessage message,
        string accessKeyId,
        ReadOnlySpan<byte> secret,
        string region,
        string service,
        DateTimeOffset now,
        ReadOnlySpan<byte> payloadHash)
    {
        ArgumentNullException.ThrowIfNull(message);
        string time = RequestSignature.Text(now);
        message.Headers.Remove(RequestSignature.DateHeader);
        message.Headers.Add(RequestSignature.DateHeader, time);
        CredentialScope scope = new(time[..8], region, service);
        using SigningKey key = SigningKey.Derive(secret, scope);
        MessageHead head = new(message);
        string authorization = Authorize(head, accessKeyId, scope, key, head.Signed(), payloadHash);
        message.Headers.Remove("Authorization");
        message.Headers.TryAddWithoutValidation("Authorization", authorization);
    }

    /// <summary>A time as it is signed, for the X-Amz-Date header.</summary>
    /// <param name="time">The time.</param>
    public static string Text(DateTimeOffset time) => RequestSignature.Text(time);

    private readonly struct MessageHead(HttpRequestMessage message) : ISignableRequest
    {
        public string Method => message.Method.Method;

        public string Path => Address.AbsolutePath;

        public string Query => Address.Query.TrimStart('?');

        private Uri Address => message.RequestUri!;

        public string? Header(string name) =>
            name.Equals("host", StringComparison.OrdinalIgnoreCase) ? message.Headers.Host ?? Address.Authority
            : name.Equals("content-type", StringComparison.OrdinalIgnoreCase) ? message.Content?.Headers.ContentType?.ToString()
            : message.Headers.NonValidated.TryGetValues(name, out System.Net.Http.Headers.HeaderStringValues values)
                ? string.Join(',', values) : null;

        public List<string> Signed()
        {
            List<string> names = ["host"];
            if (message.Content?.Headers.ContentType is not null)
            {
                names.Add("content-type");
            }

            foreach ((string name, _) in message.Headers.NonValidated)
            {
                if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase))
                {
                    names.Add(name.ToLowerInvariant());
                }
            }

            return names;
        }
    }
}
