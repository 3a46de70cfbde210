using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Stores;

namespace KmsTools.XksProxy;

/// <summary>
/// An XKS proxy from its start to its graceful stop. New settings are applied while it serves; requests in progress end under those that
/// they began with.
/// </summary>
public sealed class XksProxyHost : IAsyncDisposable
{
    private readonly XksProxySettings _first;
    private readonly IXksProxyLog _log;
    private readonly StateFactory _states;
    private readonly TimeProvider _clock;
    private readonly ITlsSource? _tls;

    // One change at a time.
    private readonly SemaphoreSlim _changing = new(1, 1);

    private volatile ProxyState? _state;
    private volatile bool _isStopping;
    private WebApplication? _server;

    /// <summary>Creates the proxy without starting it.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="log">Where requests and notices go.</param>
    /// <param name="clock">The clock that signatures are compared with; null for that of the system.</param>
    /// <param name="tls">The TLS of its listener; required if the settings have TLS.</param>
    public XksProxyHost(XksProxySettings settings, IXksProxyLog log, TimeProvider? clock = null, ITlsSource? tls = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(log);
        _first = settings;
        _log = log;
        _clock = clock ?? TimeProvider.System;
        _tls = tls;
        _states = new StateFactory(log, _clock);
    }

    /// <summary>The address that it listens on, with the port that was chosen where the settings say 0.</summary>
    /// <exception cref="InvalidOperationException">It is not started.</exception>
    public Uri Address => _server is { } server
        ? new Uri(ProxyServer.Url(server))
        : throw new InvalidOperationException("The proxy is not started.");

    /// <summary>It as it is now.</summary>
    public XksProxyStatus Status => new(_state is { } state ? [.. state.Tokens.Select(static token => token.Status)] : [], _isStopping);

    /// <summary>Logs in to the tokens, and begins to serve. A token that cannot be used yet is a notice in the log.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="XksProxySettingsException">The settings cannot be used.</exception>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_server is not null)
        {
            throw new InvalidOperationException("The proxy is started already.");
        }

        if (_first.Tls is not null && _tls is null)
        {
            throw new InvalidOperationException("The settings have TLS, and nothing gives its certificates.");
        }

        _state = await _states.MakeAsync(_first, null).ConfigureAwait(false);
        RequestHandler handler = new(Rent, _log, _clock);
        WebApplication server = ProxyServer.Build(_first, _tls, handler, () => _isStopping);
        try
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            _server = server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            await EndStateAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Serves with other settings from now on. The listener stays as it is.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="XksProxySettingsException">They cannot be used, or need a restart; the former ones are still served.</exception>
    public async Task ApplyAsync(XksProxySettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            ProxyState before = _state ?? throw new InvalidOperationException("The proxy is not started.");
            if (!HasSameListener(settings, before.Settings))
            {
                throw new XksProxySettingsException(
                    ["Address, port, number of connections, and whether there is TLS, take effect with a restart only."]);
            }

            _state = await _states.MakeAsync(settings, before).ConfigureAwait(false);
            before.Return();
        }
        finally
        {
            _ = _changing.Release();
        }
    }

    /// <inheritdoc cref="ApplyAsync"/>
    public void Apply(XksProxySettings settings) => ApplyAsync(settings).GetAwaiter().GetResult();

    /// <summary>
    /// Tells balancers that it is about to stop, serves on for the delay of the settings, then takes no more connections, lets the requests
    /// in progress end, and logs out.
    /// </summary>
    /// <param name="cancellationToken">Ends the delay, and the wait for requests.</param>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        _isStopping = true;
        if (_server is { } server)
        {
            if (_state is { } state)
            {
                await Task.Delay(state.Settings.StopDelay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await server.StopAsync(cancellationToken).ConfigureAwait(false);
            await server.DisposeAsync().ConfigureAwait(false);
        }

        await EndStateAsync().ConfigureAwait(false);
    }

    /// <summary>Stops without a delay, unless it is stopped already.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_state is not null)
        {
            await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        }
    }

    private static bool HasSameListener(XksProxySettings settings, XksProxySettings before) =>
        settings.Address == before.Address && settings.Port == before.Port && (settings.Tls is null) == (before.Tls is null)
            && settings.AllowsPlainHttp == before.AllowsPlainHttp && settings.Limits.MaxConnections == before.Limits.MaxConnections;

    private ProxyState Rent()
    {
        while (true)
        {
            ProxyState state = _state ?? throw new OperationCanceledException("The proxy has stopped.");
            if (state.TryRent())
            {
                return state;
            }
        }
    }

    private async Task EndStateAsync()
    {
        if (_state is { } state)
        {
            _state = null;
            state.Return();
            await state.Ended.ConfigureAwait(false);
        }
    }
}
