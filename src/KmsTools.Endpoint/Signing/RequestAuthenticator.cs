using System.Buffers;
using System.Security.Cryptography;
using KmsTools.AccessKeys;
using KmsTools.Http;
using KmsTools.Identifiers;

namespace KmsTools.Endpoint.Signing;

/// <summary>
/// Finds out who makes a call of one service. A stranger is refused by the head of a request: nothing of the body is read for one whose
/// access key the store does not know, whose time is not now, or whose signature states the hash of the body and is not valid for it.
/// </summary>
internal sealed class RequestAuthenticator(Authenticator authenticator, TimeProvider clock, string service)
{
    /// <summary>The parameter of a signature in the query string.</summary>
    public const string QueryParameter = "X-Amz-Signature";

    private const string BodyHashHeader = "x-amz-content-sha256";
    private const string TokenHeader = "x-amz-security-token";

    // The real clock, even if the store has a simulated one: this is about the clock of the client's machine.
    private readonly SignatureVerifier _signatures = new(service, clock, "x-amz-target", "x-amz-date", BodyHashHeader, TokenHeader);
    private readonly SigningKeys _signingKeys = new(authenticator);

    /// <summary>Verifies what the head of a request shows.</summary>
    /// <exception cref="SignatureException">The signature is missing, incomplete or not valid.</exception>
    /// <exception cref="KmsException">The store does not know the credentials, or they are expired.</exception>
    public SignedHead VerifyHead(HttpRequest request)
    {
        if (request.Headers.Authorization.Count > 1)
        {
            throw new SignatureException(SignatureFault.Incomplete, "There is more than one Authorization header.");
        }

        KestrelRequest head = new(request);
        SignatureClaim claim = _signatures.Parse(request.Headers.Authorization);
        if (!RegionName.TryParse(claim.Scope.Region, out RegionName region))
        {
            throw new SignatureException(SignatureFault.Invalid, "Credential should be scoped to a valid region.");
        }

        // None at all is what an access key of the store has; several, or an empty one, are not a session token.
        CallerCredentials credentials = authenticator.Find(claim.AccessKeyId, head.Header(TokenHeader));
        string time = _signatures.VerifyHead(head, claim);
        byte[]? bodyHash = head.Header(BodyHashHeader) is { } stated ? ReadHash(stated) : null;
        if (bodyHash is not null)
        {
            credentials = Verify(head, claim, time, credentials, bodyHash);
        }

        return new SignedHead(claim, time, region, credentials, bodyHash);
    }

    /// <summary>Verifies that the signature is for this body.</summary>
    /// <returns>The head, with the credentials that the request is signed with.</returns>
    /// <exception cref="SignatureException">It is not.</exception>
    /// <exception cref="KmsException">The store does not know the credentials any more.</exception>
    public SignedHead VerifyBody(HttpRequest request, in SignedHead head, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        if (head.BodyHash is null)
        {
            return head with { Credentials = Verify(new KestrelRequest(request), head.Claim, head.Time, head.Credentials, hash) };
        }

        return CryptographicOperations.FixedTimeEquals(hash, head.BodyHash) ? head : throw SignatureException.Mismatch();
    }

    // By what the store has now, if it is shared and this node knew another secret.
    private CallerCredentials Verify(
        in KestrelRequest head, in SignatureClaim claim, string time, CallerCredentials credentials, ReadOnlySpan<byte> bodyHash)
    {
        try
        {
            SignatureVerifier.Verify(head, claim, time, _signingKeys.Get(credentials, claim.Scope), bodyHash);
            return credentials;
        }
        catch (SignatureException)
        {
            if (authenticator.FindChanged(credentials) is not { } changed)
            {
                throw;
            }

            SignatureVerifier.Verify(head, claim, time, _signingKeys.Get(changed, claim.Scope), bodyHash);
            return changed;
        }
    }

    // Also the words that other services take instead of a hash are none.
    private static byte[] ReadHash(string stated)
    {
        byte[] hash = new byte[SHA256.HashSizeInBytes];
        return stated.Length == 2 * hash.Length && Convert.FromHexString(stated, hash, out _, out _) == OperationStatus.Done
            ? hash
            : throw SignatureException.Mismatch();
    }
}
