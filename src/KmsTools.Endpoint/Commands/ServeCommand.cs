using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KmsTools.Persistence;

namespace KmsTools.Endpoint.Commands;

/// <summary>The default command: serves a store.</summary>
internal sealed class ServeCommand : RootCommand
{
    private readonly StoreOptions _stores;
    private readonly Option<bool> _temporary = CommandLineOption.Flag("--temporary", "Creates a new store that is deleted at the end.");

    private readonly Option<(string Id, string Secret)?> _devCredentials = CommandLineOption.Create<(string Id, string Secret)?>(
        "--dev-credentials",
        "id:secret",
        "An access key for a temporary store. It is not a secret.",
        TryReadCredentials,
        static _ => "--dev-credentials takes an ID and a secret: test:test.");

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

    private readonly Option<string> _certificate = CommandLineOption.Text(
        "--certificate",
        "file",
        $"Serves HTTPS (TLS 1.2 or 1.3) with this certificate: PEM or PKCS #12. The password of its private key, if it has one, is read "
            + $"from {ServerCertificate.PasswordVariable}.");

    private readonly Option<string> _certificateKey = CommandLineOption.Text(
        "--certificate-key",
        "file",
        "The private key (PEM), if it is not in the file of the certificate.");
    private readonly Option<bool> _insecureHttp = CommandLineOption.Flag(
        "--insecure-http",
        "Serves HTTP on addresses other than loopback, where plaintexts can be read on the network.");

    private readonly Option<string[]> _corsOrigins = CommandLineOption.Repeatable<string>(
        "--cors-origin",
        "url",
        "A web site whose pages may call the endpoint from a browser, such as http://localhost:3000. Can be repeated. * allows all sites.",
        CorsPolicy.TryReadOrigin,
        static text => $"'{text}' is not a valid origin. Origins are http or https URLs without a path, such as http://localhost:3000.");

    private readonly Option<bool> _untilInputEnds = CommandLineOption.Flag("--until-input-ends", "Stops when standard input is closed.");

    public ServeCommand(StoreOptions stores)
        : base("Serves a KmsTools store to the AWS SDKs, the AWS CLI and Terraform. Creates the store if it does not exist. Runs until it "
            + "is stopped.")
    {
        _stores = stores;
        foreach (Option option in (Option[])
            [
                stores.Store, _temporary, stores
                    .SimulatedClock, _devCredentials, _port, _listen, _certificate, _certificateKey, _insecureHttp,
                _corsOrigins, _untilInputEnds, stores.AcceptLostChanges,
            ])
        {
            Options.Add(option);
        }

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

    private string? Refusal(CommandResult line)
    {
        bool temporary = line.GetValue(_temporary);
        bool hasCertificate = line.GetResult(_certificate) is not null;
        bool insecure = line.GetValue(_insecureHttp);
        if (temporary && line.GetResult(_stores.Store) is not null)
        {
            return "--store and --temporary exclude each other.";
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

        if (hasCertificate && insecure)
        {
            return "--certificate and --insecure-http exclude each other.";
        }

        if (!hasCertificate && line.GetResult(_certificateKey) is not null)
        {
            return "--certificate-key needs --certificate.";
        }

        // A value that is not an address is refused for that reason.
        if (line.GetResult(_listen) is not { Tokens: [var listen] }
            || !IPAddress.TryParse(listen.Value, out IPAddress? address) || IPAddress.IsLoopback(address))
        {
            return null;
        }

        if (line.GetResult(_devCredentials) is not null)
        {
            return $"{address} can be reached from other machines, and --dev-credentials are no secret: anyone could use the store. "
                + "Serve a --store with an access key of new-access-key.";
        }

        return hasCertificate || insecure
            ? null
            : $"{address} can be reached from other machines: give a --certificate, or --insecure-http if plaintexts may be read on the "
                + "network.";
    }

    private async Task<int> RunAsync(ParseResult line)
    {
        IPEndPoint address = new(line.GetValue(_listen) ?? IPAddress.Loopback, line.GetValue(_port));
        using ServerCertificate? certificate = line.GetValue(_certificate) is { } file
            ? ServerCertificate.Load(
                file,
                line.GetValue(_certificateKey),
                Environment.GetEnvironmentVariable(ServerCertificate.PasswordVariable))
            : null;
        using OpenedStore store = OpenedStore.Open(line.GetValue(_temporary) ? Temporary(_stores.Read(line)) : _stores.Read(line));
        if (line.GetValue(_devCredentials) is var (id, secret))
        {
            store.Engine.AccessKeys.Add(id, secret, caller: store.Caller);
            await Console.Error.WriteLineAsync(
                $"Warning: anyone who knows the access key '{id}' with the secret '{secret}' can use this store. "
                + "It is temporary; keep nothing of value in it.").ConfigureAwait(false);
        }

        try
        {
            CorsPolicy? cors = line.GetValue(_corsOrigins) is { Length: > 0 } origins ? new CorsPolicy(origins) : null;
            await EndpointHost.RunAsync(store.Engine, address, certificate, cors, line.GetValue(_untilInputEnds)).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw new IOException($"Port {address.Port} of {address.Address} cannot be served: {exception.Message}.", exception);
        }

        return 0;
    }

    private static StateStoreOptions Temporary(StateStoreOptions store) =>
        store with { Folder = TemporaryStoreFolder.New(), Temporary = true };
}
