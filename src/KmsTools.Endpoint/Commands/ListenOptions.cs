using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using KmsTools.Http;

namespace KmsTools.Endpoint.Commands;

/// <summary>The options that say where and how to listen.</summary>
internal sealed class ListenOptions
{
    private readonly Option<ushort> _port = CommandLineOption.Create<ushort>(
        "--port",
        "n",
        "The TCP port, from 0 to 65535. 0, the default, selects a free one.",
        static (text, out port) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port),
        static text => $"'{text}' is not a valid port. Ports are numbers from 0 to 65535.");

    private readonly Option<IPAddress> _listen = CommandLineOption.Create<IPAddress>(
        "--listen",
        "address",
        "The IP address to listen on instead of 127.0.0.1. An address that other machines can "
            + "reach needs --certificate or --insecure-http.",
        IPAddress.TryParse,
        static text => $"'{text}' is not a valid IP address.");

    private readonly Option<string> _socket = CommandLineOption.Text(
        "--socket",
        "path",
        "Listens on a Unix socket instead of a TCP port. Only the user who runs this program can connect to it.");

    private readonly Option<string> _certificate = CommandLineOption.Text(
        "--certificate",
        "file",
        $"Serves HTTPS (TLS 1.2 or 1.3) with this certificate: PEM or PKCS #12. The password of its private key, if it has one, is read "
            + $"from {ServerCertificate.PasswordVariable}.");

    private readonly Option<string> _certificateKey = CommandLineOption.Text(
        "--certificate-key",
        "file",
        "The private key (PEM), if it is not in the file of the certificate.");

    private readonly Option<string> _clientCa = CommandLineOption.Text(
        "--client-ca",
        "file",
        "Requires that clients have a certificate of one of these authorities (PEM), in addition to the signature of each call.");

    private readonly Option<bool> _insecureHttp = CommandLineOption.Flag(
        "--insecure-http",
        "Serves HTTP on addresses other than loopback, where plaintexts can be read on the network.");

    /// <summary>All of them, in the order of the help.</summary>
    public IEnumerable<Option> All => [_port, _listen, _socket, _certificate, _certificateKey, _clientCa, _insecureHttp];

    /// <summary>Why they cannot be given together, or null.</summary>
    /// <param name="line">What was given.</param>
    /// <param name="hasKnownCredentials">Whether the store has an access key that is not a secret.</param>
    /// <param name="hasConsole">Whether the console for browsers is served too.</param>
    public string? Refusal(CommandResult line, bool hasKnownCredentials, bool hasConsole)
    {
        bool hasCertificate = line.GetResult(_certificate) is not null;
        bool insecure = line.GetValue(_insecureHttp);
        if (line.GetResult(_socket) is not null
            && All.FirstOrDefault(option => option != _socket && line.GetResult(option) is { Implicit: false }) is { } other)
        {
            return $"--socket and {other.Name} exclude each other.";
        }

        if (hasConsole && line.GetResult(_socket) is not null)
        {
            return "--socket and --console exclude each other: browsers do not open Unix sockets.";
        }

        if (hasCertificate && insecure)
        {
            return "--certificate and --insecure-http exclude each other.";
        }

        if (!hasCertificate && line.GetResult(_certificateKey) is not null)
        {
            return "--certificate-key needs --certificate.";
        }

        if (!hasCertificate && line.GetResult(_clientCa) is not null)
        {
            return "--client-ca needs --certificate.";
        }

        // A value that is not an address is refused for that reason.
        if (line.GetResult(_listen) is not { Tokens: [var listen] }
            || !IPAddress.TryParse(listen.Value, out IPAddress? address) || IPAddress.IsLoopback(address))
        {
            return null;
        }

        if (hasKnownCredentials)
        {
            return $"{address} can be reached from other machines, and --dev-credentials are not a secret: anyone could use the store. "
                + "Serve a --store with an access key of new-access-key.";
        }

        if (hasConsole && !hasCertificate)
        {
            return $"{address} can be reached from other machines, and what the console sends could be read on the network: give a "
                + "--certificate.";
        }

        return hasCertificate || insecure
            ? null
            : $"{address} can be reached from other machines: give a --certificate, or --insecure-http if plaintexts may be read on the "
                + "network.";
    }

    /// <summary>Reads the files that they name.</summary>
    public EndpointOptions Read(ParseResult line) => new()
    {
        Address = line.GetValue(_socket) is { } path
            ? UnixSocket.AddressOf(path)
            : new IPEndPoint(line.GetValue(_listen) ?? IPAddress.Loopback, line.GetValue(_port)),
        Certificate = line.GetValue(_certificate) is { } file
            ? new CertificateSource(
                file,
                line.GetValue(_certificateKey),
                Environment.GetEnvironmentVariable(ServerCertificate.PasswordVariable),
                TimeProvider.System,
                Console.Error.WriteLine)
            : null,
        Clients = line.GetValue(_clientCa) is { } authorities ? new ClientAuthorities(authorities) : null,
    };
}
