using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>The states of an external key manager.</summary>
public enum ExternalKeyManagerState
{
    /// <summary>It works.</summary>
    ACTIVE,

    /// <summary>It works, slower or with less redundancy than it should.</summary>
    DEGRADED,

    /// <summary>It does not work.</summary>
    UNAVAILABLE,
}

/// <summary>One external key manager behind a proxy.</summary>
/// <param name="Id">Its ID, unique behind the proxy.</param>
/// <param name="Model">Its model.</param>
/// <param name="HealthStatus">Its state.</param>
public sealed record ExternalKeyManager(string Id, string Model, ExternalKeyManagerState HealthStatus);

/// <summary>The answer of GetHealthStatus, with what the connection showed.</summary>
public sealed record XksHealth
{
    /// <summary>The number of proxies, at least 1.</summary>
    public required int XksProxyFleetSize { get; init; }

    /// <summary>Who made the proxy.</summary>
    public required string XksProxyVendor { get; init; }

    /// <summary>The product, with its version.</summary>
    public required string XksProxyModel { get; init; }

    /// <summary>Who made the external key managers.</summary>
    public required string EkmVendor { get; init; }

    /// <summary>The external key managers, 1-10.</summary>
    public required ImmutableArray<ExternalKeyManager> EkmFleetDetails { get; init; }

    /// <summary>When the certificate of the proxy expires (UTC).</summary>
    public required DateTimeOffset CertificateNotAfter { get; init; }

    /// <summary>The common name of the certificate of the proxy; null if it has none.</summary>
    public string? CertificateName { get; init; }
}
