using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KmsTools.Http;
using KmsTools.Persistence;

namespace KmsTools.Endpoint.Commands;

/// <summary>The default command: serves a store.</summary>
internal sealed class ServeCommand : RootCommand
{
    private const long MiB = 1024 * 1024;

    private readonly StoreOptions _stores;
    private readonly Option<bool> _temporary = CommandLineOption.Flag("--temporary", "Creates a new store that is deleted at the end.");

    private readonly Option<(string Id, string Secret)?> _devCredentials = CommandLineOption.Create<(string Id, string Secret)?>(
        "--dev-credentials",
        "id:secret",
        "An access key for a temporary store. It is not a secret.",
        TryReadCredentials,
        static _ => "--dev-credentials takes an ID and a secret: test:test.");

    private readonly ListenOptions _listening = new();

    private readonly Option<bool> _console = CommandLineOption.Flag(
        "--console",
        "Serves the console for browsers too, at /console. On an address that other machines can reach it needs --certificate.");

    private readonly Option<string[]> _corsOrigins = CommandLineOption.Repeatable<string>(
        "--cors-origin",
        "url",
        "A web site whose pages may call the endpoint from a browser, such as http://localhost:3000. Can be repeated. * allows all sites.",
        CorsPolicy.TryReadOrigin,
        static text => $"'{text}' is not a valid origin. Origins are http or https URLs without a path, such as http://localhost:3000.");

    private readonly Option<int> _maxConnections = CommandLineOption.Create<int>(
        "--max-connections",
        "n",
        "How many connections may be open at once, from 1 to 100000; more are closed. The default is "
            + $"{EndpointOptions.DefaultMaxConnections}.",
        static (text, out count) => TryReadCount(text, 100_000, out count),
        static text => $"'{text}' is not a valid number of connections. Give a number from 1 to 100000.");

    private readonly Option<int> _bodyMemory = CommandLineOption.Create<int>(
        "--body-memory",
        "MiB",
        "The memory that the bodies of all calls in progress may take, from 4 to 65536 MiB; further calls are told to try again later. The "
            + $"default is {EndpointOptions.DefaultBodyMemory}.",
        static (text, out size) => TryReadCount(text, 65_536, out size) && size >= 4,
        static text => $"'{text}' is not a valid size. Give a number of MiB from 4 to 65536.");

    private readonly Option<IPEndPoint> _metrics = CommandLineOption.Create<IPEndPoint>(
        "--metrics",
        "address:port",
        "Serves metrics for Prometheus at http://address:port/metrics: calls, errors, latencies, due work, HSMs, disk. By default nothing "
            + "is measured.",
        Listening.TryReadEndPoint,
        static text => $"'{text}' is not an IP address with a port, such as 127.0.0.1:9464.");

    private readonly Option<Uri> _collector = CommandLineOption.Create<Uri>(
        "--otlp",
        "url",
        "Sends metrics to a collector of OpenTelemetry, such as http://localhost:4318, every minute. The variables OTEL_... that are "
            + "usual for that apply too. By default nothing is measured.",
        TryReadUrl,
        static text => $"'{text}' is not the URL of a collector, such as http://localhost:4318.");

    private readonly Option<EventSinkPlace> _eventSink = CommandLineOption.Create<EventSinkPlace>(
        "--event-sink",
        "place",
        "Adds every event that this program records to a file of JSON lines too, or to syslog: syslog: (of this machine), "
            + "syslog+unix:/path, syslog+tcp://host:port, syslog+tls://host:port.",
        EventSinkPlace.TryParse,
        EventSinkPlace.Refusal);

    private readonly Option<bool> _requireEventSink = CommandLineOption.Flag(
        "--require-event-sink",
        "Refuses calls whose events cannot be written to the --event-sink.");

    private readonly Option<bool> _unlockFromInput = CommandLineOption.Flag(
        "--unlock-from-input", "Reads what opens a sealed store from the beginning of standard input, as Start-KmsEndpoint writes it.");

    private readonly Option<bool> _untilInputEnds = CommandLineOption.Flag("--until-input-ends", "Stops when standard input is closed.");

    public ServeCommand(StoreOptions stores)
        : base("Serves a KmsTools store to the AWS SDKs, the AWS CLI and Terraform. Creates the store if it does not exist. Runs until it "
            + "is stopped.")
    {
        _stores = stores;
        stores.AddTo(
            this,
            [
                _temporary, stores.SimulatedClock, _devCredentials, .. _listening.All, _console, _corsOrigins, _maxConnections, _bodyMemory,
                _metrics, _collector, _eventSink, _requireEventSink, _untilInputEnds, stores.AcceptLostChanges, _unlockFromInput,
            ]);
        Validators.Add(result =>
        {
            if (Refusal(result) is { } refusal)
            {
                result.AddError(refusal);
            }
        });
        SetAction(RunAsync);
    }

    private static bool TryReadCredentials(string text, [NotNullWhen(true)] out (string Id, string Secret)? credentials)
    {
        credentials = text.Split(':', 2) is [{ Length: > 0 } id, { Length: > 0 } secret] ? (id, secret) : null;
        return credentials is not null;
    }

    private static bool TryReadUrl(string text, [NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
            && url.UserInfo.Length + url.Query.Length + url.Fragment.Length == 0;

    private static bool TryReadCount(string text, int max, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count >= 1 && count <= max;

    private string? Refusal(CommandResult line)
    {
        bool temporary = line.GetValue(_temporary);
        if (temporary && _stores.OfPlace.FirstOrDefault(option => line.GetResult(option) is not null) is { } place)
        {
            return $"{place.Name} and --temporary exclude each other.";
        }

        if (!temporary && line.GetResult(_devCredentials) is not null)
        {
            return "--dev-credentials is for a temporary store only. new-access-key creates an access key for another one.";
        }

        if (line.GetResult(_devCredentials) is not null
            && line.GetResult(_corsOrigins) is { } origins && origins.Tokens.Any(static token => token.Value == CorsPolicy.AnyOrigin))
        {
            return "--cors-origin * and --dev-credentials exclude each other: the access key is not secret, "
                + "so any web site in a browser could use the store. Name the origins.";
        }

        if (line.GetValue(_requireEventSink) && line.GetResult(_eventSink) is null)
        {
            return "--require-event-sink needs --event-sink.";
        }

        return _listening.Refusal(
            line, hasKnownCredentials: line.GetResult(_devCredentials) is not null, hasConsole: line.GetValue(_console));
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        ProcessHardening.Apply();
        NativeHeap.KeepSmall();
        if (_stores.ReadShared(line) is null)
        {
            PoolThreads.KeepFew();
        }
        else
        {
            PoolThreads.SleepAtOnce();
            PoolThreads.KeepMany();
        }

        EndpointOptions options = _listening.Read(line) with
        {
            Cors = line.GetValue(_corsOrigins) is { Length: > 0 } origins ? new CorsPolicy(origins) : null,
            MaxConnections = line.GetValue(_maxConnections) is > 0 and var most ? most : EndpointOptions.DefaultMaxConnections,
            Bodies = new MemoryBudget((line.GetValue(_bodyMemory) is > 0 and var size ? size : EndpointOptions.DefaultBodyMemory) * MiB),
            Metrics = line.GetValue(_metrics),
            Collector = line.GetValue(_collector),
            Console = line.GetValue(_console),
            UntilInputEnds = line.GetValue(_untilInputEnds),
        };
        using OpenedStore store = OpenedStore.Open(
            StoreOf(line), _stores.ReadCredentials(line) with { FromInput = line.GetValue(_unlockFromInput) });
        if (line.GetValue(_devCredentials) is var (id, secret))
        {
            store.Engine.AccessKeys.Add(id, secret, caller: store.Caller);
            await Console.Error.WriteLineAsync(
                $"Warning: anyone who knows the access key '{id}' with the secret '{secret}' can use this store. "
                + "It is temporary; keep nothing of value in it.").ConfigureAwait(false);
        }

        try
        {
            await EndpointHost.RunAsync(store.Engine, options).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw Listening.CannotServe(options.Address, exception);
        }

        return 0;
    }

    private StateStoreOptions StoreOf(ParseResult line)
    {
        StateStoreOptions store = line.GetValue(_temporary)
            ? new StateStoreOptions
            {
                Folder = TemporaryStoreFolder.New(),
                Temporary = true,
                SimulatedClock = line.GetValue(_stores.SimulatedClock) ? true : null,
            }
            : _stores.Read(line);
        return store with
        {
            EventSink = line.GetValue(_eventSink) is { } place
                ? new EventSinkOptions(place, line.GetValue(_requireEventSink), Console.Error.WriteLine) : null,
        };
    }
}
