using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using KmsTools.XksProxy.Configuration;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Metrics;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>A proxy with its configuration, which it reads again, its log and its metrics.</summary>
internal sealed class ProxyService : IMeasuredProxy, IAsyncDisposable
{
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly JsonLog _output;
    private readonly IXksProxyLog _log;
    private readonly ProxyMetrics? _metrics;
    private readonly ProxyTls? _tls;
    private readonly XksProxyHost _host;
    private readonly Lock _reloading = new();
    private volatile ProxyConfiguration _configuration;
    private MetricsHost? _metricsHost;
    private bool _isServing;

    private ProxyService(string path, ProxyConfiguration configuration, TimeProvider clock, Action<string> warn)
    {
        _path = path;
        _clock = clock;
        _configuration = configuration;
        XksProxySettings settings = configuration.Settings;

        // Before there is a log: a certificate that cannot be used ends the program.
        ProxyTls.Files? tls = settings.Tls is null ? null : ProxyTls.Read(settings.Tls, clock, Warn);
        _output = new JsonLog(configuration.LogFile, warn);
        _tls = tls is null ? null : new ProxyTls(tls);
        _metrics = settings.MetricsAddress is null ? null : new ProxyMetrics(_output, this, clock);
        _log = _metrics ?? (IXksProxyLog)_output;
        _host = new XksProxyHost(settings, _log, clock, _tls);
    }

    /// <summary>Where it serves.</summary>
    public Uri Address => _host.Address;

    /// <summary>The URL of its metrics; null where none are served.</summary>
    public string? MetricsUrl => _metricsHost?.Url;

    /// <summary>Full paths of the files that it is made of.</summary>
    public ImmutableArray<string> Files => _configuration.Files;

    /// <summary>The file of its log; null for standard output.</summary>
    public string? LogFile => _configuration.LogFile;

    /// <summary>How long it serves on when it is told to stop.</summary>
    public TimeSpan StopDelay => _configuration.Settings.StopDelay;

    /// <inheritdoc/>
    public XksProxyStatus? Status => _isServing ? _host.Status : null;

    /// <inheritdoc/>
    public DateTimeOffset? CertificateExpiry => _tls?.Expiry;

    /// <inheritdoc/>
    public IReadOnlyList<CredentialAge> Credentials => _configuration.Credentials;

    /// <summary>Reads a configuration and serves it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="warn">Is called with warnings and errors, for who does not read the log.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used.</exception>
    /// <exception cref="CryptographicException">A certificate cannot be used.</exception>
    /// <exception cref="IOException">An address is taken, or a file cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">A file can be used by too many or not at all.</exception>
    public static async Task<ProxyService> StartAsync(string path, TimeProvider clock, Action<string> warn)
    {
        ProxyService service = new(path, ProxyConfiguration.Read(path), clock, warn);
        try
        {
            await service.StartAsync().ConfigureAwait(false);
            return service;
        }
        catch
        {
            await service.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Reads the configuration again and serves it from the next request on. One that cannot be used is told in the log, and the former one
    /// stays.
    /// </summary>
    /// <returns>Whether the new one is used.</returns>
    public bool Reload()
    {
        lock (_reloading)
        {
            _output.Reopen();
            try
            {
                ProxyConfiguration next = ProxyConfiguration.Read(_path);
                RequireSameListeners(next);
                ProxyTls.Files? tls = next.Settings.Tls is null ? null : ProxyTls.Read(next.Settings.Tls, _clock, Warn);
                _host.Apply(next.Settings);
                if (tls is not null)
                {
                    _tls!.Use(tls);
                }

                _configuration = next;
                Record(XksProxySeverity.Information, "The configuration was read again, and is used from now on.");
                return true;
            }
            catch (Exception exception) when (exception is ConfigurationException or XksProxySettingsException or CryptographicException
                or IOException or UnauthorizedAccessException)
            {
                Record(XksProxySeverity.Error, $"The former configuration stays in use. {exception.Message}");
                return false;
            }
        }
    }

    /// <summary>Adds a notice to the log.</summary>
    public void Record(XksProxySeverity severity, string text) => _log.Record(new XksProxyNotice(_clock.GetUtcNow(), severity, text));

    /// <summary>Lets requests in progress finish, and stops.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_isServing)
        {
            await _host.StopAsync(cancellation).ConfigureAwait(false);
            _isServing = false;
            Record(XksProxySeverity.Information, "Stopped.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync().ConfigureAwait(false);
        if (_metricsHost is not null)
        {
            await _metricsHost.DisposeAsync().ConfigureAwait(false);
        }

        _metrics?.Dispose();
        await _output.DisposeAsync().ConfigureAwait(false);
    }

    private async Task StartAsync()
    {
        XksProxySettings settings = _configuration.Settings;
        if (settings.MetricsAddress is not null)
        {
            _metricsHost = await MetricsHost.StartAsync(
                new(IPAddress.Parse(settings.MetricsAddress), settings.MetricsPort), ProxyMetrics.MeterName).ConfigureAwait(false);
        }

        await _host.StartAsync(CancellationToken.None).ConfigureAwait(false);
        _isServing = true;
    }

    private void Warn(string text) => Record(XksProxySeverity.Warning, text);

    // A socket that listens cannot move, and what reads a log or metrics would not know.
    private void RequireSameListeners(ProxyConfiguration next)
    {
        XksProxySettings now = _configuration.Settings;
        (string Member, bool IsSame)[] members =
        [
            ("address", now.Address == next.Settings.Address),
            ("port", now.Port == next.Settings.Port),
            ("tls", (now.Tls is null) == (next.Settings.Tls is null)),
            ("metrics", (now.MetricsAddress, now.MetricsPort) == (next.Settings.MetricsAddress, next.Settings.MetricsPort)),
            ("logFile", _configuration.LogFile == next.LogFile),
            ("limits.connections", now.Limits.MaxConnections == next.Settings.Limits.MaxConnections),
        ];
        if (Array.Find(members, static member => !member.IsSame).Member is { } changed)
        {
            throw new ConfigurationException($"{_path}: '{changed}' changes only when the proxy is started again.");
        }
    }
}
