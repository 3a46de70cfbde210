using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Reports whether the store can be read and written: 200, or 503 with the reason on standard error.</summary>
internal sealed class HealthHandler(KmsEngine engine)
{
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
            ResponseBody.Write(http.Response, static body => body.Write("""{"status":"unavailable"}"""u8));
        }
    }
}
