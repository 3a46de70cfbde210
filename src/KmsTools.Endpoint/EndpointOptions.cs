using System.Globalization;
using System.Net;
using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>What the command line says.</summary>
internal sealed record EndpointOptions
{
    public const string Usage =
        """
        Usage: KmsTools.Endpoint [--store <folder> | --temporary] [options]
               KmsTools.Endpoint new-access-key [--store <folder>] [--user <name>]
               KmsTools.Endpoint step-clock [--store <folder>] --days <n>

        --store <folder>                the store; made if it is not there. The default is the store of the user
        --temporary                     a new store that is deleted at the end
        --simulated-clock               give a new store a clock that stands still until step-clock moves it, also while it is served
        --dev-credentials <id>:<secret> an access key that is no secret, for a temporary store
        --port <n>                      0, the default, picks a free one
        --listen <address>              another address than 127.0.0.1; needs --certificate or --insecure-http
        --certificate <file>            serve HTTPS (TLS 1.2 or 1.3) with this certificate: PEM or PKCS #12. The password of its
                                        private key, if it has one, is in KMSTOOLS_CERTIFICATE_PASSWORD
        --certificate-key <file>        the private key (PEM), when it is not in the file of the certificate
        --insecure-http                 serve HTTP on other addresses than loopback
        --until-input-ends              stop when standard input is closed
        """;

    private const int MaxDays = 36500;

    public required StateStoreOptions Store { get; init; }

    public bool ShowHelp { get; init; }

    public bool NewAccessKey { get; init; }

    public string? User { get; init; }

    public bool StepClock { get; init; }

    public double? Days { get; init; }

    public int Port { get; init; }

    public IPAddress Address { get; init; } = IPAddress.Loopback;

    public string? Certificate { get; init; }

    public string? CertificateKey { get; init; }

    public bool InsecureHttp { get; init; }

    public bool UntilInputEnds { get; init; }

    public (string Id, string Secret)? DevCredentials { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="ArgumentException">It is not understood, or asks for what is not safe.</exception>
    public static EndpointOptions Parse(IReadOnlyList<string> arguments)
    {
        string? store = null;
        bool temporary = false;
        bool simulatedClock = false;
        var options = new EndpointOptions { Store = new StateStoreOptions { Folder = "" } };
        using IEnumerator<string> rest = arguments.GetEnumerator();
        while (rest.MoveNext())
        {
            string name = rest.Current;
            switch (name)
            {
                case "--store":
                    store = Value(name, rest);
                    break;
                case "--temporary":
                    temporary = true;
                    break;
                case "--simulated-clock":
                    simulatedClock = true;
                    break;
                case "--port":
                    options = options with { Port = PortOf(Value(name, rest)) };
                    break;
                case "--listen":
                    options = options with { Address = AddressOf(Value(name, rest)) };
                    break;
                case "--certificate":
                    options = options with { Certificate = Value(name, rest) };
                    break;
                case "--certificate-key":
                    options = options with { CertificateKey = Value(name, rest) };
                    break;
                case "--insecure-http":
                    options = options with { InsecureHttp = true };
                    break;
                case "--dev-credentials":
                    options = options with { DevCredentials = CredentialsOf(Value(name, rest)) };
                    break;
                case "--until-input-ends":
                    options = options with { UntilInputEnds = true };
                    break;
                case "--user":
                    options = options with { User = Value(name, rest) };
                    break;
                case "--days":
                    options = options with { Days = DaysOf(Value(name, rest)) };
                    break;
                case "step-clock":
                    options = options with { StepClock = true };
                    break;
                case "new-access-key":
                    options = options with { NewAccessKey = true };
                    break;
                case "--help" or "-h":
                    options = options with { ShowHelp = true };
                    break;
                default:
                    throw new ArgumentException($"'{name}' is not understood.");
            }
        }

        options = options with
        {
            Store = new StateStoreOptions
            {
                Folder = temporary ? Path.Combine(Path.GetTempPath(), $"kmstools-{Guid.NewGuid():N}") : store ?? DefaultStore.Folder,
                Temporary = temporary,
                SimulatedClock = simulatedClock ? true : null,
            },
        };
        return Refusal(options, store is not null) is { } refusal ? throw new ArgumentException(refusal) : options;
    }

    /// <summary>The principal of a new access key; null for the user of the operating system.</summary>
    public string? PrincipalArn(string accountId) => User is null ? null : $"arn:aws:iam::{accountId}:user/{User}";

    private static string? Refusal(EndpointOptions options, bool hasStore) => options switch
    {
        { Store.Temporary: true } when hasStore => "--store and --temporary exclude each other.",
        { Store.Temporary: true, NewAccessKey: true } => "new-access-key is for a store that stays: leave --temporary out.",
        { StepClock: true, NewAccessKey: true } => "step-clock and new-access-key exclude each other.",
        { StepClock: true, Store.Temporary: true } => "step-clock is for a store that is there: name it with --store, also when another process has it as its temporary one.",
        { StepClock: true, Days: null } => "step-clock needs --days.",
        { StepClock: false, Days: not null } => "--days belongs to step-clock.",
        { User: not null, NewAccessKey: false } => "--user belongs to new-access-key.",
        { DevCredentials: not null, Store.Temporary: false } => "--dev-credentials is for a temporary store only. new-access-key makes an access key for another one.",
        { Certificate: not null, InsecureHttp: true } => "--certificate and --insecure-http exclude each other.",
        { CertificateKey: not null, Certificate: null } => "--certificate-key needs --certificate.",
        { Certificate: null, InsecureHttp: false } when !IPAddress.IsLoopback(options.Address) =>
            $"{options.Address} can be reached from other machines: give a --certificate, or --insecure-http if plaintexts may be read on the network.",
        _ => null,
    };

    private static string Value(string name, IEnumerator<string> rest) =>
        rest.MoveNext() && rest.Current.Length > 0 ? rest.Current : throw new ArgumentException($"{name} needs a value.");

    private static int PortOf(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port : throw new ArgumentException($"'{text}' is no port.");

    private static double DaysOf(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double days) && days is > 0 and <= MaxDays
            ? days
            : throw new ArgumentException($"'{text}' is no number of days above 0 and up to {MaxDays}.");

    private static IPAddress AddressOf(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) ? address : throw new ArgumentException($"'{text}' is no IP address.");

    private static (string Id, string Secret) CredentialsOf(string text) => text.Split(':', 2) is [{ Length: > 0 } id, { Length: > 0 } secret]
        ? (id, secret)
        : throw new ArgumentException("--dev-credentials takes an ID and a secret: test:test.");
}
