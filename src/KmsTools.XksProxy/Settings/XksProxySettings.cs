using System.Collections.Immutable;

namespace KmsTools.XksProxy.Settings;

/// <summary>Everything that an XKS proxy is told: where it listens, which tokens it has, and which key stores it serves.</summary>
public sealed record XksProxySettings
{
    /// <summary>The port unless another one is named: that of HTTPS, because AWS KMS calls no other.</summary>
    public const int DefaultPort = 443;

    /// <summary>The IP address to listen on. Plain HTTP is served on a loopback address only, unless it is allowed elsewhere.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>The port to listen on; 0 selects a free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>HTTPS; null serves plain HTTP.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Whether plain HTTP is served on an address that is not a loopback address, as behind a balancer that ends TLS.</summary>
    public bool AllowsPlainHttp { get; init; }

    /// <summary>How many proxies with the same settings serve the key stores, from 1; a health answer contains it.</summary>
    public int FleetSize { get; init; } = 1;

    /// <summary>The tokens that hold the keys, at most 10.</summary>
    public ImmutableArray<TokenSettings> Tokens { get; init; } = [];

    /// <summary>The key stores, each with its own path.</summary>
    public ImmutableArray<KeyStoreSettings> KeyStores { get; init; } = [];

    /// <summary>What requests may take.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>
    /// How long a proxy that is told to stop goes on, while <c>/ping</c> asks balancers to send it no more requests.
    /// </summary>
    public TimeSpan StopDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The IP address on which metrics are served; null serves none.</summary>
    public string? MetricsAddress { get; init; }

    /// <summary>The port of the metrics.</summary>
    public int MetricsPort { get; init; }
}

/// <summary>The certificate of the proxy, and whose client certificates it asks for.</summary>
public sealed record TlsSettings
{
    /// <summary>Full path of the certificate: PEM, DER or PKCS #12.</summary>
    public required string CertificatePath { get; init; }

    /// <summary>Full path of the private key in PEM; null when it is in the file of the certificate.</summary>
    public string? KeyPath { get; init; }

    /// <summary>Full path of the certificates, in PEM, that must have issued that of a client; null asks clients for none.</summary>
    public string? ClientAuthoritiesPath { get; init; }

    /// <summary>
    /// The names of which the certificate of a client must have one, such as <c>cks.kms.us-east-1.amazonaws.com</c>; none allows any.
    /// </summary>
    public ImmutableArray<string> ClientNames { get; init; } = [];
}

/// <summary>What requests may take.</summary>
public sealed record LimitSettings
{
    /// <summary>The least that a proxy must take of a plaintext or a ciphertext: 4,300 bytes. Source: XKS proxy API 1.0.3.</summary>
    public const int MinPlaintextBytes = 4300;

    /// <summary>The least that a proxy must take of additional authenticated data: 8,192 bytes. Source: XKS proxy API 1.0.3.</summary>
    public const int MinAadBytes = 8192;

    /// <summary>The most that any proxy of this kind takes of a plaintext or a ciphertext.</summary>
    public const int MaxPlaintextBytesAllowed = 65_536;

    /// <summary>The most that any proxy of this kind takes of additional data, whose length is kept in two bytes.</summary>
    public const int MaxAadBytesAllowed = 65_535;

    /// <summary>The longest plaintext or ciphertext, in bytes after base64.</summary>
    public int MaxPlaintextBytes { get; init; } = 6144;

    /// <summary>The longest additional authenticated data, in bytes after base64.</summary>
    public int MaxAadBytes { get; init; } = 16_384;

    /// <summary>How many connections may be open; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 5000;
}
