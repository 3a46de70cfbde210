using System.Diagnostics.Metrics;
using KmsTools.Auditing;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Endpoint.Metrics;

/// <summary>
/// The gauges of a store. They are read on a timer and not when they are asked for, because an HSM that hangs must not hold the answer;
/// what cannot be read is left out until it can.
/// </summary>
internal sealed class StoreMetrics : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly KmsEngine _engine;
    private string? _lastFailure;

    private volatile Measurement<double>[] _due = [];
    private volatile Measurement<double>[] _expiry = [];
    private volatile Measurement<long>[] _eventLog = [];
    private volatile Measurement<long>[] _disk = [];
    private volatile Measurement<long>[] _held = [];
    private volatile Measurement<long>[] _hsms = [];
    private volatile Measurement<double>[] _credentials = [];

    public StoreMetrics(KmsEngine engine, Meter meter)
    {
        _engine = engine;
        meter.CreateObservableGauge<long>("kms.disk.free", () => _disk, "By", "Room on the disk of a store in a folder.");
        meter.CreateObservableGauge<long>("kms.event_log.size", () => _eventLog, "By", "Size of the event log.");
        meter.CreateObservableGauge<double>(
            "kms.due.next", () => _due, "s", "Time until the next change becomes due; negative when it is late.");
        meter.CreateObservableGauge<long>(
            "kms.due.held", () => _held, "{destruction}", "Destructions that wait until the clock is confirmed.");
        meter.CreateObservableGauge<double>(
            "kms.key_material.expiry", () => _expiry, "s", "Time until the first imported key material expires.");
        meter.CreateObservableGauge<long>("kms.hsm.count", () => _hsms, "{hsm}", "HSMs of clusters, by state.");
        meter.CreateObservableGauge<double>(
            "kms.xks_proxy.credential.age", () => _credentials, "s", "Age of the credentials of external key store proxies.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            do
            {
                // On a separate thread: an HSM may take its time.
                await Task.Run(Read, stoppingToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }

    private void Read()
    {
        try
        {
            DateTimeOffset now = _engine.UtcNow;
            _disk = _engine.IsShared ? [] : [new(new DriveInfo(_engine.Folder).AvailableFreeSpace)];
            _eventLog = [new(_engine.EventLog.ListSegments()
                .Where(static segment => segment.State != EventSegmentState.DROPPED).Sum(static segment => segment.Size))];
            using (IStateReader state = _engine.OpenReader())
            {
                _due = state.ReadEarliestDue() is { } due ? [new((due - now).TotalSeconds)] : [];
                _held = [new(state.ListHeldKeys().Length + state.ListHeldMaterials().Length)];
                _credentials =
                [
                    .. state.ListExternalKeyStores().Select(store => new Measurement<double>(
                        (now - store.Proxy!.CredentialDate).TotalSeconds,
                        new KeyValuePair<string, object?>("store", store.CustomKeyStoreId))),
                ];
                _expiry = state.FindEarliestExpiry(null, null) is { } expiry ? [new((expiry.ValidTo - now).TotalSeconds)] : [];
            }

            _hsms =
            [
                .. _engine.HsmClusters.Find()
                    .SelectMany(static cluster => cluster.Hsms.Select(hsm => (cluster.ClusterId, hsm.State)))
                    .CountBy(static hsm => hsm)
                    .Select(static group => new Measurement<long>(
                        group.Value,
                        new KeyValuePair<string, object?>("cluster", group.Key.ClusterId),
                        new KeyValuePair<string, object?>("state", group.Key.State.ToString()))),
            ];
            _lastFailure = null;
        }
        catch (Exception exception) when (exception is StateStoreException or KmsException or HsmException or IOException
            or UnauthorizedAccessException)
        {
            // Said once, not each time.
            if (exception.Message != _lastFailure)
            {
                _lastFailure = exception.Message;
                Console.Error.WriteLine(exception.Message);
            }
        }
    }
}
