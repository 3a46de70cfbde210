namespace KmsTools.Xks;

/// <summary>What is remembered of the certificate of a proxy.</summary>
/// <param name="Name">The common name of its subject; null if there is none.</param>
/// <param name="NotAfter">When it expires (UTC).</param>
internal sealed record ProxyCertificate(string? Name, DateTimeOffset NotAfter);
