using KmsTools.Auditing;
using KmsTools.Endpoint.Metrics;
using KmsTools.Endpoint.Sts;

namespace KmsTools.Endpoint;

/// <summary>Routes each HTTP request to its handler: AWS KMS, AWS STS or the health check.</summary>
internal sealed class RequestRouter(KmsEngine engine, EndpointOptions options, CallMetrics? metrics)
{
    private const string RequestIdHeader = "x-amzn-RequestId";
    private const string HealthPath = "/healthz";

    private readonly CallHandler _kms = new(engine, options.Bodies, metrics);
    private readonly StsHandler _sts = new(engine, options.Bodies, metrics);
    private readonly HealthHandler _health = new(engine);

    /// <summary>Handles a request.</summary>
    public Task HandleAsync(HttpContext http)
    {
        bool isAllowedPage = options.Cors?.Allow(http) == true;
        if (http.Request.Path == HealthPath)
        {
            return _health.HandleAsync(http);
        }

        string requestId = CallId.New();
        http.Response.Headers[RequestIdHeader] = requestId;
        if (isAllowedPage && CorsPolicy.IsPreflight(http.Request))
        {
            CorsPolicy.AnswerPreflight(http.Response);
            return Task.CompletedTask;
        }

        return StsHandler.IsFor(http.Request) ? _sts.HandleAsync(http, requestId) : _kms.HandleAsync(http, requestId);
    }
}
