using System.Net;
using KmsTools.AccessKeys;
using KmsTools.Http;

namespace KmsTools.Endpoint.Signing;

/// <summary>
/// What happens when a signature is refused: it is counted for the event log, and a caller who goes on is answered slowly. Calls with a
/// valid signature are never slowed down, whatever others try with the same access key.
/// </summary>
internal sealed class SignatureRefusals(RefusedSignatures signatures, TimeSpan delay)
{
    /// <summary>How many refusals of an access key in a minute are answered at once.</summary>
    public const int MaxAtOnce = 60;

    // Those who wait hold a connection: a stranger must not hold all of them.
    private const int MaxWaiting = 100;

    private int _waiting;

    /// <summary>Notes the refusal of a request, and returns when it may be answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="errorCode">The error that it will be answered with.</param>
    public async Task NoteAsync(HttpContext http, string errorCode)
    {
        if (SignatureVerifier.FindAccessKey(http.Request.Headers.Authorization) is { } accessKeyId)
        {
            await NoteAsync(http, accessKeyId, errorCode).ConfigureAwait(false);
        }
    }

    /// <summary>Notes the refusal of credentials, and returns when it may be answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="accessKeyId">The access key that it claims.</param>
    /// <param name="errorCode">The error that it will be answered with.</param>
    public async Task NoteAsync(HttpContext http, string accessKeyId, string errorCode)
    {
        if (errorCode is not ("UnrecognizedClientException" or "InvalidSignatureException" or "ExpiredTokenException")
            || signatures.Note(accessKeyId, errorCode, AddressOf(http)) <= MaxAtOnce)
        {
            return;
        }

        try
        {
            if (Interlocked.Increment(ref _waiting) <= MaxWaiting)
            {
                // The end of the endpoint ends it.
                await Task.Delay(delay, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private static string AddressOf(HttpContext http) => (http.Connection.RemoteIpAddress ?? IPAddress.Loopback).ToString();
}
