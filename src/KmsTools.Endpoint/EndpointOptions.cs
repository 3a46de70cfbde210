using System.Net;
using KmsTools.Http;

namespace KmsTools.Endpoint;

/// <summary>Where and how an endpoint serves.</summary>
internal sealed record EndpointOptions
{
    public const int DefaultMaxConnections = 1000;
    public const int DefaultBodyMemory = 64;

    /// <summary>The address to listen on, whose port 0 selects a free one, or a Unix socket.</summary>
    public EndPoint Address { get; init; } = new IPEndPoint(IPAddress.Loopback, 0);

    /// <summary>The HTTPS certificate; null serves HTTP.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary>Who has to have issued the certificate of a client; null asks for none.</summary>
    public ClientAuthorities? Clients { get; init; }

    /// <summary>The origins whose pages may call the endpoint from a browser; null allows none.</summary>
    public CorsPolicy? Cors { get; init; }

    /// <summary>How many connections may be open; more are closed at once.</summary>
    public int MaxConnections { get; init; } = DefaultMaxConnections;

    /// <summary>The memory that the bodies of all requests in progress share.</summary>
    public MemoryBudget Bodies { get; init; } = new(DefaultBodyMemory * 1024L * 1024L);

    /// <summary>How much later the refusal of a signature is answered when there were too many before it.</summary>
    public TimeSpan RefusalDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the head of a request may take to come.</summary>
    public TimeSpan HeadLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often refused signatures are recorded, and counted anew, in whole seconds.</summary>
    public TimeSpan RefusalPeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Where metrics are served for Prometheus; null serves none.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>The collector that metrics are sent to by OTLP; null sends none.</summary>
    public Uri? Collector { get; init; }

    /// <summary>Whether the console for browsers is served at /console.</summary>
    public bool Console { get; init; }

    /// <summary>The clock of the sessions of the console, for tests.</summary>
    public TimeProvider ConsoleClock { get; init; } = TimeProvider.System;

    /// <summary>Whether the end of standard input stops the endpoint.</summary>
    public bool UntilInputEnds { get; init; }
}
