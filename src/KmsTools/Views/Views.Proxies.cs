using System.Collections;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Operations;

namespace KmsTools;

// External key stores: their proxies, and what they trust.
public static partial class Views
{
    /// <summary>The URI and the connectivity of a proxy, and its VPC endpoint service if it has one. Its credential is not shown.</summary>
    /// <param name="proxy">The proxy, or null.</param>
    public static string Proxy(object? proxy)
    {
        Shown shown = new(proxy);
        string?[] parts =
        [
            shown[nameof(XksProxyConfigurationType.Connectivity)].Text,
            shown[nameof(XksProxyConfigurationType.VpcEndpointServiceName)].Text,
        ];
        return shown.IsNull ? "" : Text(
            $"{shown[nameof(XksProxyConfigurationType.UriEndpoint)].Text}{shown[nameof(XksProxyConfigurationType.UriPath)].Text} "
                + $"({string.Join(", ", parts.Where(static part => !string.IsNullOrEmpty(part)))})");
    }

    /// <summary>Where a custom key store keeps its keys: its cluster, or the host of its proxy.</summary>
    /// <param name="store">The store.</param>
    public static string Place(object? store)
    {
        Shown shown = new(store);
        Shown proxy = shown[nameof(CustomKeyStoresListEntry.XksProxyConfiguration)];
        return Text(shown[nameof(CustomKeyStoresListEntry.CloudHsmClusterId)].Text
            ?? proxy[nameof(XksProxyConfigurationType.UriEndpoint)].Text?.Replace("https://", "", StringComparison.Ordinal));
    }

    /// <summary>Certificates on separate lines: whose they are, and until when.</summary>
    /// <param name="certificates">The certificates in PEM, or null.</param>
    public static string Certificates(IEnumerable? certificates) => certificates is null
        ? ""
        : string.Join(Environment.NewLine, certificates.Cast<object?>().Select(static pem => Certificate(pem?.ToString())));

    /// <summary>How many roots are trusted; those of the system if none are named.</summary>
    /// <param name="certificates">The certificates, or null.</param>
    public static string Roots(IEnumerable? certificates) =>
        (certificates?.Cast<object?>().Count() ?? 0) is var count && count == 0 ? "system" : $"{count} own";

    private static string Certificate(string? pem)
    {
        try
        {
            using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
            return Text($"{certificate.Subject}, until {Minute(certificate.NotAfter.ToUniversalTime())}");
        }
        catch (CryptographicException)
        {
            return Text(pem);
        }
    }
}
