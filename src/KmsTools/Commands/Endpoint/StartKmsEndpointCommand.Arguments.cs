using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <content>What the program of the endpoint gets.</content>
public sealed partial class StartKmsEndpointCommand
{
    // Not of the pipeline, where a connection has one of them only.
    private string? _isNull;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isNull = new[] { nameof(Path), nameof(ConnectionString) }.FirstOrDefault(
            name => MyInvocation.BoundParameters.TryGetValue(name, out object? value) && value is null);
    }

    // The store of the session with the files that it was given, unless another one is named.
    private StateStoreOptions ReadStore()
    {
        if (_isNull is not null)
        {
            throw new ArgumentException($"-{_isNull} is null. Leave it out to serve the store of the session.");
        }

        StoreChoice.RequireFolder(Path, "-Path", "Give it with -ConnectionString.");
        if (Path is not null && ConnectionString is not null)
        {
            throw new ArgumentException("-Path and -ConnectionString name two stores. Give one of them.");
        }

        if (ConnectionString is not null)
        {
            return StoreChoice.OfDatabase(ConnectionString, RootKeyFile, PasswordFile, LocalFolder, ResolvePath);
        }

        return (RootKeyFile ?? PasswordFile ?? LocalFolder) is not null
            ? throw new ArgumentException("-RootKeyFile, -PasswordFile and -LocalFolder need -ConnectionString: they are for a database.")
            : Path is null ? Connection.Options
            : new StateStoreOptions { Folder = ResolvePath(Path) };
    }

    private ClientEnvironment SetVariables(string url)
    {
        KmsEngine engine = Engine;
        Caller caller = LocalCaller;
        string region = SessionRegion.Name;
        KmsEndpoints.RestoreEnvironment(Connection.Location);
        NewAccessKey accessKey = engine.AccessKeys.Create(Caller.LocalUser(engine.Properties.AccountId).PrincipalArn, caller);
        return ClientEnvironment.Set(url, region, accessKey, () => engine.AccessKeys.Remove(accessKey.AccessKeyId, caller));
    }

    private List<string> Arguments(EventSinkPlace? sink)
    {
        List<string> arguments =
        [
            "--max-connections", MaxConnections.ToString(CultureInfo.InvariantCulture),
            .. Socket is null
                ? ["--port", Port.ToString(CultureInfo.InvariantCulture), "--listen", Listen.ToString()]
                : new[] { "--socket", ResolvePath(Socket) },
        ];
        if (Certificate is not null)
        {
            arguments.AddRange(["--certificate", ResolvePath(Certificate)]);
        }

        if (CertificateKey is not null)
        {
            arguments.AddRange(["--certificate-key", ResolvePath(CertificateKey)]);
        }

        if (ClientAuthority is not null)
        {
            arguments.AddRange(["--client-ca", ResolvePath(ClientAuthority)]);
        }

        if (InsecureHttp)
        {
            arguments.Add("--insecure-http");
        }

        if (sink is not null)
        {
            arguments.AddRange(["--event-sink", sink.ToString()]);
        }

        if (RequireEventSink)
        {
            arguments.Add("--require-event-sink");
        }

        if (Metrics is not null)
        {
            arguments.AddRange(["--metrics", Metrics]);
        }

        if (Otlp is not null)
        {
            arguments.AddRange(["--otlp", Otlp]);
        }

        if (AcceptLostChanges)
        {
            arguments.Add("--accept-lost-changes");
        }

        if (Console)
        {
            arguments.Add("--console");
        }

        foreach (string origin in CorsOrigin)
        {
            arguments.AddRange(["--cors-origin", origin]);
        }

        return arguments;
    }
}
