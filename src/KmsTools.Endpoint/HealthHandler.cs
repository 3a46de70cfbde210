using System.Text.Json;
using KmsTools.Endpoint.Json;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>
/// Reports whether the store can be read and written, and is not found damaged by what is quick to see: 200, or 503 with the reason. What
/// names files or servers is on standard error only.
/// </summary>
internal sealed class HealthHandler(KmsEngine engine)
{
    private const string DatabaseAway = "The database of the key store does not answer.";
    private const string Unreadable = "The store cannot be read or written.";

    private static readonly JsonWriterOptions s_options = new() { Encoder = KmsJson.Encoder };

    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        try
        {
            engine.RequireHealth();
            ResponseBody.Write(http.Response, static body => body.Write("""{"status":"ok"}"""u8));
        }
        catch (StateStoreException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            ResponseBody.Write(http.Response, body =>
            {
                using Utf8JsonWriter writer = new(body, s_options);
                writer.WriteStartObject();
                writer.WriteString("status", "unavailable");
                writer.WriteString("reason", exception.Reason
                    ?? (exception.SharedFault == SharedStoreFault.DatabaseAway ? DatabaseAway : Unreadable));
                writer.WriteEndObject();
            });
        }
    }
}
