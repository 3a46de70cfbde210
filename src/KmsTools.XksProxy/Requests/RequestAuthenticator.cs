using System.Buffers;
using System.Security.Cryptography;
using KmsTools.Http;
using KmsTools.XksProxy.Stores;

namespace KmsTools.XksProxy.Requests;

/// <summary>What the head of a request has shown before its body is read.</summary>
/// <param name="Claim">The content of its Authorization header.</param>
/// <param name="Time">The time of the signature, as it is signed.</param>
/// <param name="Credential">The credential.</param>
internal readonly record struct SignedHead(SignatureClaim Claim, string Time, Credential Credential);

/// <summary>
/// Verifies that a request is signed with a credential of its key store, for one of its Regions, within five minutes from now. Callers are
/// told the same, whatever is wrong; the log is told what.
/// </summary>
/// <param name="clock">The clock.</param>
internal sealed class RequestAuthenticator(TimeProvider clock)
{
    /// <summary>The service that requests are signed for.</summary>
    public const string Service = "kms-xks-proxy";

    private const string DateHeader = "x-amz-date";
    private const string BodyHashHeader = "x-amz-content-sha256";

    private readonly SignatureVerifier _signatures = new(Service, clock, DateHeader);

    /// <summary>Verifies what the head shows.</summary>
    /// <exception cref="XksException">AuthenticationFailedException.</exception>
    public SignedHead VerifyHead(KeyStore store, HttpRequest request, string target)
    {
        try
        {
            if (request.Headers.Authorization.Count != 1)
            {
                throw Refused($"There are {request.Headers.Authorization.Count} Authorization headers.");
            }

            SignedRequest head = new(request, target);
            SignatureClaim claim = _signatures.Parse(request.Headers.Authorization);
            if (head.Header(DateHeader) is null)
            {
                throw Refused("There is no X-Amz-Date header.");
            }

            if (store.FindCredential(claim.AccessKeyId) is not { } credential)
            {
                throw Refused("The key store has no such access key ID.");
            }

            if (!credential.IsValid(clock.GetUtcNow()))
            {
                throw Refused("The credential is not valid now.");
            }

            return store.Serves(claim.Scope.Region)
                ? new SignedHead(claim, _signatures.VerifyHead(head, claim), credential)
                : throw Refused($"The signature is for the Region '{claim.Scope.Region}', which the key store does not serve.");
        }
        catch (SignatureException exception)
        {
            throw Refused(exception);
        }
    }

    /// <summary>Verifies that the signature is for this head and this body.</summary>
    /// <exception cref="XksException">AuthenticationFailedException.</exception>
    public static void VerifyBody(HttpRequest request, string target, in SignedHead head, ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        SignedRequest signed = new(request, target);
        if (signed.Header(BodyHashHeader) is { } stated && !IsHash(stated, hash))
        {
            throw Refused("The x-amz-content-sha256 header is not the hash of the body.");
        }

        try
        {
            SignatureVerifier.Verify(signed, head.Claim, head.Time, head.Credential.SigningKeyOf(head.Claim.Scope), hash);
        }
        catch (SignatureException exception)
        {
            throw Refused(exception);
        }
    }

    private static bool IsHash(string stated, ReadOnlySpan<byte> hash)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        return stated.Length == 2 * bytes.Length && Convert.FromHexString(stated, bytes, out _, out _) == OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(bytes, hash);
    }

    private static XksException Refused(string cause) => new(XksError.AuthenticationFailedException, cause);

    // Messages about incomplete ones repeat the header, with the access key ID.
    private static XksException Refused(SignatureException refusal) => new(
        XksError.AuthenticationFailedException,
        refusal.Fault switch
        {
            SignatureFault.Missing => "There is no Signature Version 4.",
            SignatureFault.Incomplete => "The signature, or its time, cannot be read.",
            _ => refusal.Message,
        },
        refusal);
}
