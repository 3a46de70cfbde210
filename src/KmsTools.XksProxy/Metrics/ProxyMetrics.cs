using System.Diagnostics.Metrics;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy.Metrics;

/// <summary>
/// Measures a proxy: what it logs, and what it looks like when it is asked. Names and tags follow the conventions of OpenTelemetry; no
/// access key ID is among them.
/// </summary>
internal sealed class ProxyMetrics : IXksProxyLog, IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "KmsTools.XksProxy";

    // KMS waits for 250 ms.
    private static readonly double[] s_bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 2.5];

    private static readonly XksTokenHealth[] s_states = Enum.GetValues<XksTokenHealth>();

    private readonly Meter _meter = new(MeterName);
    private readonly IXksProxyLog _log;
    private readonly Histogram<double> _duration;
    private readonly Histogram<double> _tokenDuration;
    private readonly Counter<long> _notices;

    /// <summary>Measures what passes to a log.</summary>
    /// <param name="log">The log.</param>
    /// <param name="proxy">The proxy as it is now.</param>
    /// <param name="clock">The clock.</param>
    public ProxyMetrics(IXksProxyLog log, IMeasuredProxy proxy, TimeProvider clock)
    {
        _log = log;
        InstrumentAdvice<double> advice = new() { HistogramBucketBoundaries = s_bounds };
        _duration = _meter.CreateHistogram(
            "xks.request.duration", "s", "Duration of requests, by key store, API and error.", tags: null, advice: advice);
        _tokenDuration = _meter.CreateHistogram(
            "xks.token.duration", "s", "Time of requests in tokens.", tags: null, advice: advice);
        _notices = _meter.CreateCounter<long>("xks.notices", null, "Notices of the log, by severity.");
        _meter.CreateObservableGauge(
            "xks.token.health", () => Health(proxy.Status), null, "1 for the state of a token, 0 for the others.");
        _meter.CreateObservableGauge(
            "xks.token.check.age",
            () => OfTokens(proxy.Status, token => (clock.GetUtcNow() - token.CheckedAt).TotalSeconds),
            "s",
            "Time since the last check of a token.");
        _meter.CreateObservableGauge(
            "xks.sessions", () => OfTokens(proxy.Status, static token => token.SessionsInUse), null, "Requests that are in a token.");
        _meter.CreateObservableGauge(
            "xks.sessions.limit",
            () => OfTokens(proxy.Status, static token => token.MaxSessions),
            null,
            "Requests that may be in a token.");
        _meter.CreateObservableGauge(
            "xks.certificate.days_left",
            () => proxy.CertificateExpiry is { } expiry
                ? [new Measurement<double>((expiry - clock.GetUtcNow()).TotalDays)]
                : Array.Empty<Measurement<double>>(),
            null,
            "Days until the certificate expires.");
        _meter.CreateObservableGauge(
            "xks.credential.age",
            () => proxy.Credentials.Select(one => new Measurement<double>(
                (clock.GetUtcNow() - one.Since).TotalSeconds,
                new KeyValuePair<string, object?>("key_store", one.KeyStore),
                new KeyValuePair<string, object?>("credential", one.Place))),
            "s",
            "Time since a credential was made, by its place in its key store.");
    }

    /// <inheritdoc/>
    public void Record(XksRequestRecord request)
    {
        KeyValuePair<string, object?> store = new("key_store", request.KeyStore ?? "");
        KeyValuePair<string, object?> api = new("api", request.Api ?? "");
        double seconds = request.Elapsed.TotalSeconds;
        if (request.ErrorName is null)
        {
            _duration.Record(seconds, store, api);
        }
        else
        {
            _duration.Record(seconds, store, api, new KeyValuePair<string, object?>("error.type", request.ErrorName));
        }

        if (request.Token is not null)
        {
            _tokenDuration.Record(request.TokenTime.TotalSeconds, new KeyValuePair<string, object?>("token", request.Token), api);
        }

        _log.Record(request);
    }

    /// <inheritdoc/>
    public void Record(XksProxyNotice notice)
    {
        _notices.Add(1, new KeyValuePair<string, object?>("severity", notice.Severity.ToString()));
        _log.Record(notice);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> Health(XksProxyStatus? status) =>
        from token in status?.Tokens ?? []
        from state in s_states
        select new Measurement<double>(
            token.Health == state ? 1 : 0,
            new KeyValuePair<string, object?>("token", token.Name),
            new KeyValuePair<string, object?>("state", state.ToString()));

    private static IEnumerable<Measurement<double>> OfTokens(XksProxyStatus? status, Func<XksTokenStatus, double> measure) =>
        (status?.Tokens ?? []).Select(token => new Measurement<double>(
            measure(token), new KeyValuePair<string, object?>("token", token.Name)));
}

/// <summary>A proxy as metrics see it.</summary>
internal interface IMeasuredProxy
{
    /// <summary>Its tokens; null before it serves.</summary>
    XksProxyStatus? Status { get; }

    /// <summary>When its certificate expires; null without TLS.</summary>
    DateTimeOffset? CertificateExpiry { get; }

    /// <summary>Its credentials.</summary>
    IReadOnlyList<CredentialAge> Credentials { get; }
}

/// <summary>How old a credential is.</summary>
/// <param name="KeyStore">The name of its key store.</param>
/// <param name="Place">Its place among the credentials of the key store: 1 for the first.</param>
/// <param name="Since">Since when there is its secret, as far as is known: its file, or else its first use by this process.</param>
internal sealed record CredentialAge(string KeyStore, string Place, DateTimeOffset Since);
