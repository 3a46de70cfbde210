using System.Net.Security;

namespace KmsTools.XksProxy;

/// <summary>Gives the options of each TLS handshake, so that certificates can be renewed while the proxy runs.</summary>
public interface ITlsSource
{
    /// <summary>
    /// The options of a handshake that begins now: certificate, versions, cipher suites, and whose client certificates are required. The
    /// host adds the protocols (HTTP/2, HTTP/1.1) unless they are set.
    /// </summary>
    SslServerAuthenticationOptions CreateOptions();
}
