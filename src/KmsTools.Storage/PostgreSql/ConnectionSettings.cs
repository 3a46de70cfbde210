using System.Collections.Frozen;
using System.Data.Common;
using System.Net;
using KmsTools.Persistence;
using KmsTools.Validation;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The connection string of a shared store, with what it must not contain refused and with the defaults that the promises of the store
/// need. Nothing in it is secret.
/// </summary>
internal sealed class ConnectionSettings
{
    /// <summary>The most connections of a node, unless the connection string says otherwise.</summary>
    public const int DefaultMaxConnections = 32;

    // For the lane of events, locks and probes.
    private const int MinMaxConnections = 12;

    // In seconds. Together they are the time after which a call fails when the database does not answer: once a command was not answered
    // in time, Npgsql connects once more to cancel it, whatever Cancellation Timeout is.
    private const int ConnectTimeout = 1;
    private const int CommandTimeout = 3;
    private const int MaxTimeout = 60;

    // More statements than there are.
    private const int MaxPreparedStatements = 400;

    private const int KeepaliveSeconds = 10;

    // In milliseconds. A node that hangs or has vanished must not keep a lock; a node that waits for one must know that the server lives.
    private const string ServerLimits = "-c lock_timeout=1500 -c idle_in_transaction_session_timeout=15000";

    private const string NoPassword = "Keep the password in ~/.pgpass, in the environment variable PGPASSWORD, or in a password file "
        + "that only its owner can read.";

    // What Npgsql knows by several names, and what a store has no use for, is not offered.
    private static readonly string[] s_known =
    [
        "Host", "Port", "Database", "Username", "Search Path", "SSL Mode", "SSL Negotiation", "SSL Certificate", "SSL Key",
        "Root Certificate", "Check Certificate Revocation", "Channel Binding", "Require Auth", "GSS Encryption Mode",
        "Kerberos Service Name", "Include Realm", "Passfile", "Timeout", "Command Timeout", "Keepalive", "TCP Keepalive",
        "TCP Keepalive Time", "TCP Keepalive Interval", "Maximum Pool Size", "Minimum Pool Size", "Connection Idle Lifetime",
        "Connection Pruning Interval", "Connection Lifetime", "Target Session Attributes", "Host Recheck Seconds", "Max Auto Prepare",
        "Application Name", "Options", "Read Buffer Size", "Write Buffer Size", "Socket Receive Buffer Size", "Socket Send Buffer Size",
    ];

    private static readonly FrozenDictionary<string, string> s_synonyms = new Dictionary<string, string>
    {
        ["Server"] = "Host", ["DB"] = "Database", ["User Name"] = "Username", ["UserId"] = "Username", ["User Id"] = "Username",
        ["User"] = "Username", ["UID"] = "Username", ["SslMode"] = "SSL Mode", ["SearchPath"] = "Search Path",
        ["ApplicationName"] = "Application Name", ["CommandTimeout"] = "Command Timeout", ["RootCertificate"] = "Root Certificate",
        ["SslCertificate"] = "SSL Certificate", ["SslKey"] = "SSL Key", ["MaxPoolSize"] = "Maximum Pool Size",
        ["Max Pool Size"] = "Maximum Pool Size", ["Min Pool Size"] = "Minimum Pool Size", ["MinPoolSize"] = "Minimum Pool Size",
        ["TargetSessionAttributes"] = "Target Session Attributes",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> s_refused = new Dictionary<string, string>
    {
        ["Password"] = NoPassword,
        ["PSW"] = NoPassword,
        ["PWD"] = NoPassword,
        ["SSL Password"] = "Use a key file without a password, which only its owner can read.",
        ["Include Error Detail"] = "It would put the content of records into errors.",
        ["Log Parameters"] = "It would put the content of records into logs.",
        ["Persist Security Info"] = "It would show the password.",
        ["Pooling"] = "The store keeps its connections open.",
        ["Enlist"] = "The store has its own transactions.",
        ["No Reset On Close"] = "The store decides that.",
        ["Cancellation Timeout"] = "The store decides that.",
        ["Load Balance Hosts"] = "All machines use the primary server.",
        ["Trust Server Certificate"] = "SSL Mode says how far the server is verified.",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private ConnectionSettings(NpgsqlConnectionStringBuilder builder, string? passwordFile)
    {
        // A data source of several hosts takes it separately.
        Target = builder.TargetSessionAttributes is "primary" ? TargetSessionAttributes.Primary : TargetSessionAttributes.ReadWrite;
        builder.TargetSessionAttributes = null;
        ConnectionString = builder.ConnectionString;
        Hosts = builder.Host!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        User = builder.Username;
        SearchPath = builder.SearchPath;
        PasswordFile = passwordFile;
        MaxConnections = builder.MaxPoolSize;
        Location = $"Host={builder.Host};Port={builder.Port};Database={builder.Database}"
            + (builder.SearchPath is { Length: > 0 } path ? $";Search Path={path}" : "");
    }

    /// <summary>The connection string for Npgsql, with all defaults.</summary>
    public string ConnectionString { get; }

    /// <summary>The servers, of which one accepts changes.</summary>
    public string[] Hosts { get; }

    /// <summary>Which of several servers is used.</summary>
    public TargetSessionAttributes Target { get; }

    /// <summary>The role; null for the one of the operating system or the environment.</summary>
    public string? User { get; }

    /// <summary>The schemas in which tables are looked for; null for those of the role.</summary>
    public string? SearchPath { get; }

    /// <summary>The full path of the file with the password; null for none.</summary>
    public string? PasswordFile { get; }

    /// <summary>The most connections that a node has.</summary>
    public int MaxConnections { get; }

    /// <summary>The database, for people.</summary>
    public string Location { get; }

    /// <summary>Parses the connection string.</summary>
    /// <exception cref="ArgumentException">It cannot be used; the message says what to write in its place.</exception>
    /// <exception cref="StateStoreException">It contains a password.</exception>
    public static ConnectionSettings Parse(SharedStoreOptions options)
    {
        NpgsqlConnectionStringBuilder builder = new()
        {
            ApplicationName = "KmsTools",
            Timeout = ConnectTimeout,
            CommandTimeout = CommandTimeout,
            KeepAlive = KeepaliveSeconds,
            TcpKeepAlive = true,
            TcpKeepAliveTime = KeepaliveSeconds,
            TcpKeepAliveInterval = KeepaliveSeconds,
            MaxPoolSize = DefaultMaxConnections,
            MaxAutoPrepare = MaxPreparedStatements,
            AutoPrepareMinUsages = 2,
        };
        Dictionary<string, string> pairs = Split(options.ConnectionString);
        foreach ((string name, string value) in pairs)
        {
            try
            {
                builder[name] = value;
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException
                or InvalidCastException or NotSupportedException)
            {
                // Without the value: it may be what was meant for another setting.
                throw new ArgumentException($"The value of '{name}' in the connection string is not one that it can have.");
            }
        }

        Require(builder);
        SetDefaults(builder, pairs);
        return new ConnectionSettings(builder, options.PasswordFile is null ? null : Path.GetFullPath(options.PasswordFile));
    }

    private static Dictionary<string, string> Split(string text)
    {
        DbConnectionStringBuilder parts = [];
        try
        {
            parts.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            throw new ArgumentException(
                "The connection string is malformed. Write pairs with semicolons between two, such as: Host=db1;Database=kms;Username=kms");
        }

        Dictionary<string, string> pairs = new(StringComparer.OrdinalIgnoreCase);
        foreach (string given in parts.Keys)
        {
            string name = NameOf(given);
            if (!pairs.TryAdd(name, (string)parts[given]))
            {
                throw new ArgumentException($"The connection string has '{name}' twice, by two of its names. Leave one out.");
            }
        }

        return pairs;
    }

    private static string NameOf(string given)
    {
        if (s_refused.TryGetValue(given, out string? reason))
        {
            string name = s_refused.Keys.First(name => name.Equals(given, StringComparison.OrdinalIgnoreCase));
            string refusal = $"The connection string must not contain '{name}'. {reason}";
            throw reason == NoPassword
                ? new StateStoreException(refusal) { SharedFault = SharedStoreFault.PasswordInConnectionString }
                : new ArgumentException(refusal);
        }

        if (s_synonyms.TryGetValue(given, out string? synonym))
        {
            return synonym;
        }

        return s_known.FirstOrDefault(name => name.Equals(given, StringComparison.OrdinalIgnoreCase)) ?? throw new ArgumentException(
            $"The connection string contains '{given}', which is not a setting of a shared store."
            + (NearestText.Find(given, s_known.Concat(s_synonyms.Keys)) is { } nearest ? $" Did you mean '{nearest}'?" : ""));
    }

    private static void Require(NpgsqlConnectionStringBuilder builder)
    {
        RequireText(builder.Host, "Host", "the server of the database");
        RequireText(builder.Database, "Database", "the database");
        RequireRange(builder.Timeout, "Timeout", 1, MaxTimeout);
        RequireRange(builder.CommandTimeout, "Command Timeout", 1, MaxTimeout);
        RequireRange(builder.MaxPoolSize, "Maximum Pool Size", MinMaxConnections, 1000);
        if (builder.TargetSessionAttributes is not (null or "any" or "primary" or "read-write"))
        {
            throw new ArgumentException(
                "The value of 'Target Session Attributes' in the connection string must be read-write or primary: a store is not used "
                + "on a server that accepts no changes.");
        }
    }

    private static void RequireText(string? value, string name, string meaning)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            throw new ArgumentException(
                $"The connection string names no {name}, {meaning}. Write, for example: Host=db1;Database=kms;Username=kms");
        }
    }

    private static void RequireRange(int value, string name, int min, int max)
    {
        if (value < min || value > max)
        {
            throw new ArgumentException($"The value of '{name}' in the connection string must be between {min} and {max}.");
        }
    }

    private static void SetDefaults(NpgsqlConnectionStringBuilder builder, Dictionary<string, string> given)
    {
        string[] hosts = builder.Host!.Split(',', StringSplitOptions.TrimEntries);
        if (!given.ContainsKey("SSL Mode"))
        {
            builder.SslMode = hosts.All(IsLocal) ? SslMode.Prefer : SslMode.VerifyFull;
        }

        // Sockets of Unix have no such option.
        if (hosts.Any(static host => host.StartsWith('/') || host.StartsWith('@')))
        {
            builder.TcpKeepAlive = false;
            builder.Remove("TCP Keepalive Time");
            builder.Remove("TCP Keepalive Interval");
        }

        // To ask for it would be another wait for a server that does not answer. Kerberos authenticates without it too.
        if (!given.ContainsKey("GSS Encryption Mode"))
        {
            builder.GssEncryptionMode = GssEncryptionMode.Disable;
        }

        // What was cancelled is not waited for again.
        builder.CancellationTimeout = -1;

        // All connections have the same settings, and nothing changes them.
        builder.NoResetOnClose = true;
        builder.Options = builder.Options is { Length: > 0 } options ? $"{options} {ServerLimits}" : ServerLimits;
        builder.Enlist = false;
        builder.IncludeErrorDetail = false;
        builder.LogParameters = false;
        builder.PersistSecurityInfo = false;
    }

    private static bool IsLocal(string host)
    {
        if (host.StartsWith('/') || host.StartsWith('@'))
        {
            return true;
        }

        string name = host.StartsWith('[') ? host[1..Math.Max(1, host.IndexOf(']'))]
            : host.Count(static character => character == ':') == 1 ? host[..host.IndexOf(':')] : host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out IPAddress? address) && IPAddress.IsLoopback(address));
    }
}
