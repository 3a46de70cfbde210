using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>
/// Measures requests to proxies. The counterparts of the metrics of AWS KMS for external key stores ("Monitoring an external key store",
/// AWS KMS Developer Guide): XksProxyErrors, XksProxyLatency, XksExternalKeyManagerStates and XksProxyCertificateDaysToExpire. Nobody needs to
/// listen.
/// </summary>
internal sealed class XksMetrics : IDisposable
{
    /// <summary>The name of the meter: that of the endpoint, which shows everything that is measured under it.</summary>
    public const string MeterName = "KmsTools";

    private const string Store = "store";

    // Round a network nearby, up to the two attempts of 250 milliseconds, and to the longest limit that can be set.
    private static readonly double[] s_bounds = [0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1, 5, 60];

    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, XksHealth> _health = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ProxyCertificate> _certificates = new(StringComparer.Ordinal);
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _duration;

    public XksMetrics()
    {
        _errors = _meter.CreateCounter<long>(
            "kms.xks_proxy.errors", "{error}", "Requests to external key store proxies that failed, by operation and error.");
        _duration = _meter.CreateHistogram(
            "kms.xks_proxy.duration",
            "s",
            "Duration of requests to external key store proxies, with the second attempt of those that had one.",
            tags: null,
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = s_bounds });
        _meter.CreateObservableGauge(
            "kms.xks_proxy.key_managers", ReadManagers, "{manager}", "External key managers, by the state that the proxy last told.");
        _meter.CreateObservableGauge(
            "kms.xks_proxy.certificate.expiry", ReadExpiry, "s", "Time until the certificate of the proxy expires.");
    }

    /// <summary>Notes a request that has ended, whatever came of it.</summary>
    public void NoteCall(string customKeyStoreId, in ProxyCall call, TimeSpan duration, ProxyCertificate? certificate)
    {
        _duration.Record(
            duration.TotalSeconds,
            new(Store, customKeyStoreId),
            new("operation", call.KmsOperation),
            new("xks_operation", call.XksOperation));

        // A certificate for many hosts has no host for its name: AWS KMS has no value for it.
        if (certificate is not null && certificate.Name?.StartsWith('*') != true)
        {
            _certificates[customKeyStoreId] = certificate;
        }
    }

    /// <summary>Notes a request that failed.</summary>
    public void NoteError(string customKeyStoreId, in ProxyCall call, XksFailure failure) => _errors.Add(
        1,
        new(Store, customKeyStoreId),
        new("operation", call.KmsOperation),
        new("xks_operation", call.XksOperation),
        new("error.type", IsRetryable(failure) ? "Retryable" : "Non-retryable"),
        new("exception", NameOf(failure)));

    /// <summary>Notes what a proxy says about its external key managers.</summary>
    public void NoteHealth(string customKeyStoreId, XksHealth health) => _health[customKeyStoreId] = health;

    /// <summary>Forgets a key store that is no longer connected.</summary>
    public void Forget(string customKeyStoreId)
    {
        _health.TryRemove(customKeyStoreId, out _);
        _certificates.TryRemove(customKeyStoreId, out _);
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static bool IsRetryable(XksFailure failure) => failure is XksFailure.Throttling or XksFailure.Internal
        or XksFailure.DependencyTimeout or XksFailure.Unreachable or XksFailure.TlsFailed or XksFailure.TimedOut
        or XksFailure.ConnectionBroken;

    private static string NameOf(XksFailure failure) => ProxyErrors.NameOf(failure)
        ?? (failure == XksFailure.InvalidResponse ? "XksProxyInvalidResponseException" : "XksProxyUnreachableException");

    private IEnumerable<Measurement<long>> ReadManagers()
    {
        foreach ((string store, XksHealth health) in _health)
        {
            foreach (ExternalKeyManagerState state in Enum.GetValues<ExternalKeyManagerState>())
            {
                yield return new Measurement<long>(
                    health.EkmFleetDetails.Count(manager => manager.HealthStatus == state),
                    new(Store, store),
                    new KeyValuePair<string, object?>("state", state.ToString()));
            }
        }
    }

    private IEnumerable<Measurement<double>> ReadExpiry()
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach ((string store, ProxyCertificate certificate) in _certificates)
        {
            yield return new Measurement<double>(
                (certificate.NotAfter - now).TotalSeconds,
                new(Store, store),
                new KeyValuePair<string, object?>("certificate", certificate.Name));
        }
    }
}
