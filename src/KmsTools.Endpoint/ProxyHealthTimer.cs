using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Asks the proxies of connected external key stores for their health every five minutes, as AWS KMS does.</summary>
internal sealed class ProxyHealthTimer(KmsEngine engine) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                try
                {
                    engine.ExternalKeyStores.CheckHealth();
                }
                catch (StateStoreException exception)
                {
                    await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }
}
