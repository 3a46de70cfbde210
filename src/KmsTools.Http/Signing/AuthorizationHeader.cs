namespace KmsTools.Http;

/// <summary>
/// Reads the Authorization header of Signature Version 4:
/// <c>AWS4-HMAC-SHA256 Credential=keyid/date/region/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=hex</c>.
/// </summary>
internal static class AuthorizationHeader
{
    private const string AlgorithmPrefix = "AWS4-";

    /// <summary>Reads the header for one service.</summary>
    /// <exception cref="SignatureException">
    /// The header is missing or incomplete, has another algorithm, or is for another service.
    /// </exception>
    public static SignatureClaim Parse(string? header, string service)
    {
        string text = string.IsNullOrEmpty(header) ? throw SignatureException.Missing() : header;
        Parameters parameters = Split(text.AsSpan(RequireAlgorithm(text).Length));
        RequireAll(parameters);
        if (parameters.Credential!.Split('/') is not [{ Length: > 0 } accessKeyId, var date, var region, var scopedService, var terminator])
        {
            throw SignatureException.Incomplete(
                $"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
                    + $"'{parameters.Credential}'");
        }

        if (scopedService != service)
        {
            throw SignatureException.Invalid($"Credential should be scoped to correct service: '{service}'.");
        }

        if (terminator != CredentialScope.Terminator)
        {
            throw SignatureException.Invalid(
                $"Credential should be scoped with a valid terminator: '{CredentialScope.Terminator}', not '{terminator}'.");
        }

        return new SignatureClaim(
            accessKeyId, new CredentialScope(date, region, scopedService), parameters.SignedHeaders!.Split(';'), parameters.Signature!);
    }

    private static string RequireAlgorithm(string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string algorithm = space < 0 ? text : text[..space];
        if (!algorithm.StartsWith(AlgorithmPrefix, StringComparison.Ordinal))
        {
            throw SignatureException.Missing();
        }

        return algorithm == RequestSignature.Algorithm
            ? algorithm
            : throw SignatureException.Incomplete(
                $"Unsupported AWS 'algorithm': '{algorithm}'. Sign with {RequestSignature.Algorithm}, for one Region.");
    }

    private static Parameters Split(ReadOnlySpan<char> text)
    {
        Parameters parameters = default(Parameters);
        foreach (Range range in text.Split(','))
        {
            ReadOnlySpan<char> part = text[range].TrimBlanks();
            int equals = part.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            string value = part[(equals + 1)..].ToString();
            switch (part[..equals])
            {
                case "Credential":
                    parameters.Credential = value;
                    break;
                case "SignedHeaders":
                    parameters.SignedHeaders = value;
                    break;
                case "Signature":
                    parameters.Signature = value;
                    break;
            }
        }

        return parameters;
    }

    private static void RequireAll(in Parameters parameters)
    {
        if (parameters is { Credential.Length: > 0, Signature.Length: > 0, SignedHeaders.Length: > 0 })
        {
            return;
        }

        (string Name, string? Value)[] required =
        [
            ("Credential", parameters.Credential), ("Signature", parameters.Signature), ("SignedHeaders", parameters.SignedHeaders),
        ];
        string missing = "";
        foreach ((string name, string? value) in required)
        {
            if (string.IsNullOrEmpty(value))
            {
                missing += $" Authorization header requires '{name}' parameter.";
            }
        }

        throw SignatureException.Incomplete(missing.TrimStart());
    }

    // The parts between the commas; null for missing ones.
    private struct Parameters
    {
        public string? Credential;
        public string? SignedHeaders;
        public string? Signature;
    }
}
