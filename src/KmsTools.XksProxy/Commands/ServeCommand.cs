using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy.Commands;

/// <summary>The default command: serves key stores.</summary>
internal sealed class ServeCommand : RootCommand
{
    private static readonly TimeSpan ShutdownLimit = TimeSpan.FromSeconds(30);

    private readonly ConfigurationOption _configuration;
    private readonly Option<bool> _untilInputEnds = CommandLineOption.Flag("--until-input-ends", "Stops when standard input is closed.");

    public ServeCommand(ConfigurationOption configuration)
        : base("Serves keys of PKCS#11 tokens to AWS KMS and other systems as an XKS proxy. Runs until it is stopped; SIGHUP reads the "
            + "configuration again, and so does a change of the file.")
    {
        _configuration = configuration;
        Options.Add(configuration.Option);
        Options.Add(_untilInputEnds);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        ProcessHardening.Apply();
        NativeHeap.KeepSmall();
        ProxyService service = await ProxyService.StartAsync(
            _configuration.Read(line), TimeProvider.System, Console.Error.WriteLine).ConfigureAwait(false);
        await using (service.ConfigureAwait(false))
        {
            await ServeAsync(service, line).ConfigureAwait(false);
        }

        return 0;
    }

    private async Task ServeAsync(ProxyService service, ParseResult line)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            // On Windows it means that the window was closed.
            if (OperatingSystem.IsWindows())
            {
                Stop(signal);
                return;
            }

            signal.Cancel = true;
            service.Reload();
        });
        if (service.MetricsUrl is { } metrics)
        {
            Tell(service, $"Metrics: {metrics}");
        }

        Tell(service, $"Ready: {service.Address.GetLeftPart(UriPartial.Authority)} serves {Path.GetFullPath(_configuration.Read(line))}");
        if (line.GetValue(_untilInputEnds))
        {
            _ = StopWhenInputEndsAsync();
        }

        using CancellationTokenSource watching = new();
        Task watch = ConfigurationWatch.RunAsync(service, ConfigurationWatch.Interval, watching.Token);
        await stopped.Task.ConfigureAwait(false);
        await watching.CancelAsync().ConfigureAwait(false);
        await watch.ConfigureAwait(false);
        using CancellationTokenSource limit = new(ShutdownLimit + service.StopDelay);
        await service.StopAsync(limit.Token).ConfigureAwait(false);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopped.TrySetResult();
        }

        async Task StopWhenInputEndsAsync()
        {
            await StandardInput.WaitForEndAsync().ConfigureAwait(false);
            stopped.TrySetResult();
        }
    }

    // Who has started the program reads it, wherever the log is.
    private static void Tell(ProxyService service, string text)
    {
        service.Record(XksProxySeverity.Information, text);
        if (service.LogFile is not null)
        {
            Console.Out.WriteLine(Encoding.UTF8.GetString(
                JsonLog.LineOf(new XksProxyNotice(DateTimeOffset.UtcNow, XksProxySeverity.Information, text))));
        }
    }
}
