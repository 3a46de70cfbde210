using System.Management.Automation;
using System.Net;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Starts an endpoint. SDKs, the AWS CLI and other tools use the store by its URL and an access key.</summary>
/// <remarks>
/// The endpoint is a separate process and requires the ASP.NET Core 10 runtime, which is found where .NET is installed; the environment
/// variable DOTNET_ROOT names another folder. It listens on 127.0.0.1 unless -Listen names another address, and ends with this session.
/// New-KmsAccessKey creates the access key. about_KmsTools_Endpoint describes what clients need.
/// </remarks>
/// <example>
/// <code>
/// Start-KmsEndpoint -SetEnvironment
/// aws kms list-keys
/// Stop-KmsEndpoint
/// </code>
/// <para>Lets the AWS CLI and all SDKs that are started from this session use the store of the session.</para>
/// </example>
/// <example>
/// <code>
/// $key = New-KmsAccessKey alice
/// $endpoint = Start-KmsEndpoint
/// $env:AWS_ACCESS_KEY_ID, $env:AWS_SECRET_ACCESS_KEY = $key.AccessKeyId, $key.SecretAccessKey
/// aws --region us-east-1 --endpoint-url $endpoint.Url kms list-keys
/// </code>
/// <para>Serves the store of the session, and lists its keys with the AWS CLI.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Path ./lab -Port 8080
/// </code>
/// <para>Serves another store on a given port.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Listen 0.0.0.0 -Port 8443 -Certificate ./kms.pem -CertificateKey ./kms.key
/// </code>
/// <para>Serves other machines over HTTPS.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Socket ./kms.sock
/// curl --unix-socket ./kms.sock http://localhost/healthz
/// </code>
/// <para>Serves programs of this user only, through a Unix socket.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -CorsOrigin http://localhost:3000
/// </code>
/// <para>Lets the pages of a web site under development call the endpoint with the AWS SDK for JavaScript.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -EventSink ./kms-events.jsonl -RequireEventSink
/// </code>
/// <para>
/// Adds every event that the endpoint records to a file too, and refuses calls whose events cannot be written there. In place of a file,
/// syslog: is the syslog of this machine.
/// </para>
/// </example>
/// <example>
/// <code>
/// $endpoint = Start-KmsEndpoint -Metrics 127.0.0.1:0
/// Invoke-RestMethod $endpoint.MetricsUrl
/// </code>
/// <para>Serves metrics for Prometheus on a free port, and reads them.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Console -Port 8080
/// </code>
/// <para>Serves the console for browsers too, at http://127.0.0.1:8080/console.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Start,
    "KmsEndpoint",
    SupportsShouldProcess = true,
    DefaultParameterSetName = OnPort,
    HelpUri = HelpPages.Guide + "programming-top.html")]
[OutputType(typeof(KmsEndpoint))]
public sealed partial class StartKmsEndpointCommand : KmsCmdlet
{
    private const string OnPort = "Port";
    private const string OnSocket = "Socket";

    /// <summary>The folder of the store to serve. The default is the store of the session.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Store")]
    [PathArgument("Store")]
    [OptionalTextTransformation]
    public string? Path { get; set; }

    /// <summary>
    /// The PostgreSQL database of the store to serve, which several machines share, as in Connect-Kms. The default is the store of the
    /// session, with the files that it was given.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [OptionalTextTransformation]
    public string? ConnectionString { get; set; }

    /// <summary>The file with the root key of the store in the database, as in Connect-Kms.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathArgument("RootKeyFile")]
    [OptionalTextTransformation]
    public string? RootKeyFile { get; set; }

    /// <summary>A file with the password of the database, as in Connect-Kms.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathArgument]
    [OptionalTextTransformation]
    public string? PasswordFile { get; set; }

    /// <summary>The folder for what only this machine has of the store in the database, as in Connect-Kms.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathArgument]
    [OptionalTextTransformation]
    public string? LocalFolder { get; set; }

    /// <summary>The port. The default, 0, selects a free port.</summary>
    [Parameter(ParameterSetName = OnPort)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>
    /// The IP address to listen on; 0.0.0.0 means all addresses of the machine. An address other than loopback requires -Certificate or
    /// -InsecureHttp. The default is 127.0.0.1.
    /// </summary>
    [Parameter(ParameterSetName = OnPort)]
    [ValidateNotNull]
    public IPAddress Listen { get; set; } = IPAddress.Loopback;

    /// <summary>
    /// A path at which the endpoint listens on a Unix socket instead of a port. Only the user who starts the endpoint can connect to it.
    /// It is removed when the endpoint stops.
    /// </summary>
    [Parameter(ParameterSetName = OnSocket, Mandatory = true)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? Socket { get; set; }

    /// <summary>A file with a certificate (PEM or PKCS #12): the endpoint serves HTTPS with it, TLS 1.2 or 1.3.</summary>
    [Parameter(ParameterSetName = OnPort)]
    [PathArgument("Certificate")]
    [ValidateNotNullOrEmpty]
    public string? Certificate { get; set; }

    /// <summary>The file with the private key of the certificate (PEM), if it is a separate file.</summary>
    [Parameter(ParameterSetName = OnPort)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? CertificateKey { get; set; }

    /// <summary>The password of the private key, if it has one.</summary>
    [Parameter(ParameterSetName = OnPort)]
    [PinTransformation]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>
    /// A file with the certificates of authorities (PEM): clients need a certificate of one of them to connect, in addition to the
    /// signature of each call. Requires -Certificate.
    /// </summary>
    [Parameter(ParameterSetName = OnPort)]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? ClientAuthority { get; set; }

    /// <summary>Serves HTTP on an address other than loopback: plaintexts can be read on the network.</summary>
    [Parameter(ParameterSetName = OnPort)]
    public SwitchParameter InsecureHttp { get; set; }

    /// <summary>
    /// Serves a store that has lost its newest changes or its event log, and goes on without them, as Connect-Kms -AcceptLostChanges does.
    /// </summary>
    [Parameter]
    public SwitchParameter AcceptLostChanges { get; set; }

    /// <summary>
    /// The passphrase of a sealed store. Not needed for the store of the session, which is unlocked. The endpoint gets it through a pipe:
    /// no other process sees it.
    /// </summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Passphrase { get; set; }

    /// <summary>A file with the passphrase, which only its owner can read.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PassphraseFile { get; set; }

    /// <summary>
    /// The origins of the web sites whose pages may call the endpoint from a browser (CORS): http or https URLs without a path, such as
    /// http://localhost:3000. * allows all sites. By default none is allowed.
    /// </summary>
    [Parameter]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[] CorsOrigin { get; set; } = [];

    /// <summary>How many connections may be open at once; more are closed.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int MaxConnections { get; set; } = 1000;

    /// <summary>
    /// A second place for every event that the endpoint records, for programs that collect logs: a file of JSON lines, or syslog: the one
    /// of this machine (syslog:), another socket (syslog+unix:/path), or a server (syslog+tcp://host:port, syslog+tls://host:port). While
    /// events cannot be written there, the Messages of the endpoint say so. What cmdlets and other endpoints do to the store is not there.
    /// </summary>
    [Parameter]
    [PathArgument]
    [ArgumentCompleter(typeof(EventSinkCompleter))]
    [ValidateNotNullOrEmpty]
    public string? EventSink { get; set; }

    /// <summary>Refuses calls whose events cannot be written to the -EventSink.</summary>
    [Parameter]
    public SwitchParameter RequireEventSink { get; set; }

    /// <summary>
    /// An IP address with a port, such as 127.0.0.1:9464, at which the endpoint serves metrics for Prometheus, to anyone who can reach it;
    /// port 0 selects a free one. The MetricsUrl of the endpoint names it. By default nothing is measured.
    /// </summary>
    [Parameter]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Metrics { get; set; }

    /// <summary>
    /// The URL of a collector of OpenTelemetry, such as http://localhost:4318, to which the endpoint sends metrics by OTLP every minute.
    /// Protocol, headers and times can be set with the variables OTEL_... that are usual for that. By default nothing is measured.
    /// </summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Otlp { get; set; }

    /// <summary>
    /// Serves the console for browsers too, at the ConsoleUrl of the endpoint. Show-KmsConsole signs in; others sign in with an access key of
    /// the store. An address other than loopback requires -Certificate. See about_KmsTools_Console.
    /// </summary>
    [Parameter(ParameterSetName = OnPort)]
    public SwitchParameter Console { get; set; }

    /// <summary>
    /// Sets the environment variables that the AWS CLI and SDKs read, for this process and those that it starts: the URL, the Region, and a
    /// new access key of the user of the operating system. Stop-KmsEndpoint restores them and removes the access key, and so does
    /// Disconnect-Kms. Only for the store of the session. The AWS CLI reads the URL from version 1.29 or 2.13; earlier ones need its
    /// --endpoint-url.
    /// </summary>
    [Parameter(ParameterSetName = OnPort)]
    public SwitchParameter SetEnvironment { get; set; }

    private protected override object? Subject => Path ?? ConnectionString;

    private protected override void Process()
    {
        StateStoreOptions store = ReadStore();
        string location = StoreChoice.Location(store);
        KmsConnection? session = KmsSession.Find() is { } connection && connection.Location == location ? connection : null;
        if (SetEnvironment && session is null && Connection.Location != location)
        {
            Refuse(KmsErrorRecord.NotTheStoreOfTheSession(Connection.Location, location));
        }

        if (ClientAuthority is not null && Certificate is null)
        {
            throw new ArgumentException("-ClientAuthority needs -Certificate: clients send theirs when they connect by TLS.");
        }

        if (RequireEventSink && EventSink is null)
        {
            throw new ArgumentException("-RequireEventSink needs -EventSink: the place whose events are required.");
        }

        EventSinkPlace? sink = EventSink is null ? null : EventSinkPlace.Parse(EventSink).Resolve(ResolvePath);
        if (ConfirmAction($"Serve the store in {location} over HTTP{(Certificate is null ? "" : "S")}"))
        {
            string? warning = Path is null ? null : NewStore.Warning(store.Folder);
            using Secret? unlock = SealInput.Read(Passphrase, PassphraseFile, session, ResolvePath);
            KmsEndpoint endpoint = KmsEndpoints.Start(store, Arguments(sink), CertificatePassword, unlock, Stopped);
            if (warning is not null)
            {
                WriteWarning(warning);
            }

            // What the program has said of the name of the store is the same.
            foreach (string message in endpoint.Messages.Select(static message =>
                message.Replace("Warning: ", "", StringComparison.Ordinal)).Where(message => message != warning))
            {
                WriteWarning(EndpointStartException.InTermsOfTheCmdlet(message));
            }

            if (SetEnvironment)
            {
                endpoint.Environment = SetVariables(endpoint.Url);
            }

            WriteObject(endpoint);
        }
    }
}
