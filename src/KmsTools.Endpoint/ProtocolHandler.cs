using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using KmsTools.Endpoint.Metrics;
using KmsTools.Http;
using KmsTools.Persistence;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Endpoint;

/// <summary>Handles the calls of one protocol. However a call ends, it gets one response, and affects no other call.</summary>
internal abstract class ProtocolHandler(CallMetrics? metrics)
{
    private const int MaxMessage = 4096;

    // Callers may be on other machines, and must not learn of the files and libraries of this one: the reason is in the log.
    private const string Failure = "An internal error occurred. The log of the endpoint has the reason, beside the ID of this request.";

    /// <summary>Handles a request.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "A fault in one call must reach its caller as a response and affect no other.")]
    public async Task HandleAsync(HttpContext http, string requestId)
    {
        long began = metrics is null ? 0 : Stopwatch.GetTimestamp();
        string? error = null;
        try
        {
            await AnswerAsync(http, requestId).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or ConnectionResetException)
        {
            // The client is gone: no response can reach it.
            error = "Disconnected";
        }
        catch (Exception exception)
        {
            if (exception is not (CallException or SignatureException) && !IsRefusal(exception))
            {
                await Console.Error.WriteLineAsync($"Request {requestId}: {DamageIn(exception) ?? exception.ToString()}")
                    .ConfigureAwait(false);
            }

            error = CodeOf(exception);
            if (!http.Response.HasStarted)
            {
                Answer(http.Response, exception, requestId);
            }
        }

        metrics?.Record(NameOf(http.Request), error, began);
    }

    /// <summary>The name of the operation in metrics, of which there must be few.</summary>
    protected abstract string NameOf(HttpRequest request);

    /// <summary>Performs the call and writes its response.</summary>
    protected abstract Task AnswerAsync(HttpContext http, string requestId);

    /// <summary>Writes the response to a call that is refused.</summary>
    protected abstract void Refuse(HttpResponse response, int status, string errorCode, string message, string requestId);

    /// <summary>Writes the response to a call that failed through no fault of its caller.</summary>
    protected abstract void Fail(HttpResponse response, string message, string requestId);

    // Some messages repeat what the caller has sent, which may be a MiB.
    private static string Shortened(string message) => message.Length <= MaxMessage ? message : message[..MaxMessage] + "...";

    private static string CodeOf(Exception exception) => exception switch
    {
        SignatureException refused => CallException.Of(refused).ErrorCode,
        CallException refused => refused.ErrorCode,
        KmsException refused => refused.ErrorCode,
        _ => "InternalFailure",
    };

    // AWS answers with KMSInternalException what no caller can do anything about.
    private static bool IsRefusal(Exception exception) => exception is KmsException { ErrorCode: not "KMSInternalException" };

    // Names a record of the store, and no file.
    private static string? DamageIn(Exception exception) =>
        (exception as StateStoreException ?? exception.InnerException as StateStoreException) is { Damage: not null } damaged
            ? damaged.Message
            : null;

    private void Answer(HttpResponse response, Exception exception, string requestId)
    {
        switch (exception)
        {
            case SignatureException refused:
                Answer(response, CallException.Of(refused), requestId);
                break;
            case CallException refused:
                Refuse(response, refused.Status, refused.ErrorCode, Shortened(refused.Message), requestId);
                break;
            case KmsException refused when IsRefusal(refused):
                Refuse(response, refused.HttpStatusCode, refused.ErrorCode, Shortened(refused.Message), requestId);
                break;
            default:
                Fail(response, DamageIn(exception) ?? Failure, requestId);
                break;
        }
    }
}
