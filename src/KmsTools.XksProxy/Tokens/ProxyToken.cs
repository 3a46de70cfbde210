using System.Diagnostics;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Tokens;

/// <summary>
/// A token of the proxy: its login, which is made again when it is lost, and its health, which is checked in the background. A PIN that is
/// refused is never offered again: new settings are needed.
/// </summary>
#pragma warning disable CA1001 // Ends with its last user; the waits that it has given out may still run then.
internal sealed class ProxyToken
#pragma warning restore CA1001
{
    private const int MaxAge = 60_000;

    private static readonly TimeSpan CalmInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan TroubledInterval = TimeSpan.FromSeconds(1);

    private readonly Secret _pin;
    private readonly IXksProxyLog _log;
    private readonly TimeProvider _clock;
    private readonly CancellationTokenSource _end = new();

    // One check at a time; and what ends the pause between two.
    private readonly SemaphoreSlim _checking = new(1, 1);
    private readonly SemaphoreSlim _wake = new(0);

    private volatile TokenClient? _client;
    private volatile TokenCheck _check;
    private volatile bool _isRefused;

    // Milliseconds of Environment.TickCount64; Volatile.
    private long _lastFailure = long.MinValue / 2;

    // Interlocked: the states of the proxy that use it.
    private int _shares;

    /// <summary>Creates it without a login.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="pin">The PIN, which this token disposes of.</param>
    /// <param name="log">The log.</param>
    /// <param name="clock">The clock of the log.</param>
    public ProxyToken(TokenSettings settings, Secret pin, IXksProxyLog log, TimeProvider clock)
    {
        Settings = settings;
        _pin = pin;
        _log = log;
        _clock = clock;
        _check = new(XksTokenHealth.UNAVAILABLE, "It is not connected yet.", clock.GetUtcNow(), Environment.TickCount64 - MaxAge);
    }

    /// <summary>The settings.</summary>
    public TokenSettings Settings { get; }

    /// <summary>Whether it refused its PIN, so that it cannot come back by itself.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Who made it; null while it is not known.</summary>
    public string? Manufacturer => _client?.Status.Manufacturer;

    /// <summary>Model and version; null while it is not known.</summary>
    public string? Model => _client is { } client ? $"{client.Status.Model} {client.Status.FirmwareVersion}".Trim() : null;

    /// <summary>It as it is now.</summary>
    public XksTokenStatus Status
    {
        get
        {
            TokenCheck check = _check;
            return new(Settings.Name, check.Health, check.Time, check.Reason, _client?.CallCount ?? 0, Settings.MaxSessions);
        }
    }

    /// <summary>Adds a user.</summary>
    public void Join() => Interlocked.Increment(ref _shares);

    /// <summary>Takes a user away. With the last one it is logged out.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _shares) == 0)
        {
            _end.Cancel();
            _client?.Dispose();
            _pin.Dispose();
        }
    }

    /// <summary>Logs in and checks it for the first time, and goes on to check it in the background.</summary>
    public async Task StartAsync()
    {
        await CheckAsync().ConfigureAwait(false);
        _ = WatchAsync();
    }

    /// <summary>Does work in it.</summary>
    /// <exception cref="XksException">The work failed, or the token did not answer in time.</exception>
    public async Task RunAsync(TokenWork work)
    {
        TokenClient client = _client
            ?? throw new XksException(XksError.InternalException, $"The token '{Settings.Name}' is not connected: {_check.Reason}");
        try
        {
            await client.RunAsync(work, Settings.SessionWait, Settings.AnswerTime).ConfigureAwait(false);
        }
        catch (HsmException exception)
        {
            if (TokenFailures.IsOfToken(exception))
            {
                NoteFailure();
            }
            else if (exception.Failure == HsmFailure.Ambiguous)
            {
                Notice(XksProxySeverity.Error, exception.Message);
            }

            throw TokenFailures.Of(exception);
        }
        catch (TimeoutException exception)
        {
            NoteFailure();
            throw new XksException(XksError.DependencyTimeoutException, exception.Message, exception);
        }
    }

    /// <summary>The last check, or a new one if that is older than a minute.</summary>
    public async ValueTask<TokenCheck> RecentCheckAsync()
    {
        TokenCheck check = _check;
        if (Environment.TickCount64 - check.Tick <= MaxAge)
        {
            return check;
        }

        await CheckAsync().WaitAsync(Settings.AnswerTime).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        check = _check;
        return Environment.TickCount64 - check.Tick <= MaxAge
            ? check
            : new(XksTokenHealth.UNAVAILABLE, "It did not answer in time.", _clock.GetUtcNow(), Environment.TickCount64);
    }

    private void NoteFailure()
    {
        Volatile.Write(ref _lastFailure, Environment.TickCount64);
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                // Woken by a failed call; yet not by each of thousands.
                bool isWell = _check.Health == XksTokenHealth.ACTIVE;
                await Task.Delay(TroubledInterval, _end.Token).ConfigureAwait(false);
                if (isWell)
                {
                    _ = await _wake.WaitAsync(CalmInterval - TroubledInterval, _end.Token).ConfigureAwait(false);
                }

                await CheckAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    private async Task CheckAsync()
    {
        await _checking.WaitAsync(_end.Token).ConfigureAwait(false);
        try
        {
            TokenCheck before = _check;
            TokenCheck now = await LookAsync().ConfigureAwait(false);
            _check = now;
            bool wasUsable = before.Health != XksTokenHealth.UNAVAILABLE;
            bool isUsable = now.Health != XksTokenHealth.UNAVAILABLE;
            if (isUsable != wasUsable || (!isUsable && now.Reason != before.Reason))
            {
                Notice(
                    isUsable ? XksProxySeverity.Information : XksProxySeverity.Error,
                    isUsable ? $"The token '{Settings.Name}' can be used." : $"The token '{Settings.Name}' cannot be used: {now.Reason}");
            }
        }
        finally
        {
            _ = _checking.Release();
        }
    }

    private async Task<TokenCheck> LookAsync()
    {
        try
        {
            TokenClient? client = _client;
            if (client is null)
            {
                if (_isRefused)
                {
                    return _check with { Time = _clock.GetUtcNow(), Tick = Environment.TickCount64 };
                }

                client = await Task.Factory.StartNew(
                    Connect, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
                _client = client;
                if (_end.IsCancellationRequested)
                {
                    client.Dispose();
                }
            }

            long start = Stopwatch.GetTimestamp();
            using CheckWork work = new(Settings.HealthKey, Settings.HsmMakesIv);
            await client.RunAsync(work, Settings.SessionWait, Settings.AnswerTime).ConfigureAwait(false);
            return Judge(Stopwatch.GetElapsedTime(start));
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Exhausted)
        {
            // All its sessions are in use, which shows that it answers.
            return Of(XksTokenHealth.DEGRADED, exception.Message);
        }
        catch (Exception exception) when (exception is HsmException or TimeoutException)
        {
            _isRefused |= exception is HsmException
            {
                Failure: HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut or HsmFailure.UserNotFound,
            } && _client is null;
            return Of(XksTokenHealth.UNAVAILABLE, exception.Message);
        }
        catch (ObjectDisposedException exception)
        {
            throw new OperationCanceledException("The token is not used any more.", exception);
        }
    }

    private TokenClient Connect() => _pin.Use(pin => TokenClient.Connect(Settings.Library, Settings.Token, pin, Settings.MaxSessions));

    private TokenCheck Judge(TimeSpan elapsed) =>
        elapsed > Settings.AnswerTime / 2 ? Of(XksTokenHealth.DEGRADED, $"Its check took {elapsed.TotalMilliseconds:0} ms.")
            : Environment.TickCount64 - Volatile.Read(ref _lastFailure) < MaxAge
                ? Of(XksTokenHealth.DEGRADED, "It failed calls in the last minute.")
            : Of(XksTokenHealth.ACTIVE, null);

    private TokenCheck Of(XksTokenHealth health, string? reason) => new(health, reason, _clock.GetUtcNow(), Environment.TickCount64);

    private void Notice(XksProxySeverity severity, string text) =>
        _log.Record(new XksProxyNotice(_clock.GetUtcNow(), severity, text, Settings.Name));
}
