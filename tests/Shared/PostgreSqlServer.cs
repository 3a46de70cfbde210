using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KmsTools.Databases;

/// <summary>
/// A real PostgreSQL server of a test, in a temporary folder (<c>postgresql.sh</c>). It ends with the test process, however that ends.
/// </summary>
internal sealed class PostgreSqlServer : IDisposable
{
    /// <summary>The role that may make tables, and one that may only use those that it is given.</summary>
    public const string Owner = "kms_owner";
    public const string User = "kms";

    /// <summary>A role that is let in over TLS only.</summary>
    public const string TlsUser = "kms_tls";

    /// <summary>For a connection string, where limits of time are not what a test is about: a busy machine takes longer than the usual ones.</summary>
    public const string Patiently = ";Timeout=20;Command Timeout=20";

    /// <summary>Why tests with a server are skipped.</summary>
    public const string Missing = "PostgreSQL is not installed.";

    // The files that each server of a test program, and of the processes that it starts, begins with.
    private const string ModelVariable = "KMSTOOLS_POSTGRESQL_MODEL";

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "postgresql.sh");
    private static readonly Lazy<PostgreSqlServer?> Model = new(MakeModel);
    private static readonly Lazy<string?> Programs = new(FindPrograms);

    // Null in a process that uses the server of another.
    private readonly Process? _watch;

    // From version 15 on a copy is written to the log block by block, which takes three times as long.
    private readonly Lazy<string> _copyStrategy;

    private PostgreSqlServer(string folder, Process? watch)
    {
        Folder = folder;
        _watch = watch;
        _copyStrategy = new Lazy<string>(() => int.Parse(Query("postgres", "SHOW server_version_num"), CultureInfo.InvariantCulture) >= 150_000
            ? " STRATEGY FILE_COPY"
            : "");
    }

    public static bool IsInstalled => Programs.Value is not null;

    public string Folder { get; }

    public int Port { get; private set; }

    /// <summary>A file of this user with the password that the loopback interface asks for.</summary>
    public string PasswordFile => Path.Combine(Folder, "password-of-tests");

    /// <summary>The certificate of who signed that of the server, if it was given one.</summary>
    public string RootCertificate => Path.Combine(Folder, "root.crt");

    /// <summary>Starts a server.</summary>
    /// <param name="settings">Settings for postgresql.conf, such as <c>fsync=off</c>.</param>
    public static PostgreSqlServer Start(params string[] settings) => Start(null, settings);

    /// <summary>Starts a server that shows a certificate for a name.</summary>
    public static PostgreSqlServer Start(string? nameInCertificate, params string[] settings)
    {
        Assert.SkipUnless(IsInstalled, Missing);
        _ = Model.Value;
        PostgreSqlServer server = Watched();
        try
        {
            if (nameInCertificate is not null)
            {
                PostgreSqlCertificate.Write(server.Folder, nameInCertificate);
            }

            Require(["make", server.Folder, .. settings]);
            server.Begin();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>The server of another process, which ends it.</summary>
    public static PostgreSqlServer Of(string folder, int port) => new(folder, watch: null) { Port = port };

    /// <summary>A connection string for the socket of the server, where nobody is asked for a password.</summary>
    public string ConnectionString(string database, string role = User) =>
        $"Host={Folder};Port={Port};Database={database};Username={role}";

    /// <summary>A connection string for the loopback interface.</summary>
    public string LoopbackConnectionString(string database, string role = User, string host = "127.0.0.1") =>
        $"Host={host};Port={Port};Database={database};Username={role}";

    /// <summary>Executes SQL as superuser, with PostgreSQL's own client, and returns what it prints: values with | between them.</summary>
    public string Query(string database, string sql)
    {
        // Not Debian's wrapper, which is a Perl script and takes longer than psql.
        ProcessStartInfo start = new(Path.Combine(Programs.Value!, "psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", Folder,
            "-p", Port.ToString(CultureInfo.InvariantCulture), "-U", "postgres", "-d", database, "-c", sql]);
        (int exitCode, string output, string errors) = Run(start);
        return exitCode == 0 ? output.Trim() : throw new InvalidOperationException(errors);
    }

    /// <summary>Makes an empty database.</summary>
    public void CreateDatabase(string name) => Query("postgres", $"CREATE DATABASE {name} OWNER {Owner}");

    /// <summary>Makes a copy of a database, which nobody is connected to.</summary>
    public void CopyDatabase(string template, string name) =>
        Query("postgres", $"CREATE DATABASE {name} TEMPLATE {template} OWNER {Owner}{_copyStrategy.Value}");

    /// <summary>Ends the connections to a database, as an administrator does.</summary>
    public void Disconnect(string database) =>
        Query("postgres", $"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'");

    /// <summary>Ends the server: <c>fast</c>, or <c>immediate</c> as in a crash.</summary>
    public void Stop(string mode = "immediate") => Require(["stop", Folder, mode]);

    /// <summary>Starts the server again after its end, at the same port.</summary>
    public void StartAgain() => Require(["start", Folder, Port.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Kills all processes of the server.</summary>
    public void Kill() => Require(["signal", Folder, "KILL"]);

    /// <summary>Stops all processes of the server where they are: connections stay, and nothing is answered.</summary>
    public void Pause() => Require(["signal", Folder, "STOP"]);

    public void Resume() => Require(["signal", Folder, "CONT"]);

    /// <summary>Makes a server that follows this one, which answers no commit from then on before both have it on the disk.</summary>
    public PostgreSqlServer StartStandby()
    {
        PostgreSqlServer standby = Watched();
        try
        {
            Require(["copy", Folder, Port.ToString(CultureInfo.InvariantCulture), standby.Folder]);
            standby.Begin();
            Query("postgres", "ALTER SYSTEM SET synchronous_standby_names = '*'");
            Query("postgres", "SELECT pg_reload_conf()");
            for (int i = 0; Query("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "0"; i++)
            {
                Assert.True(i < 300, "The standby does not follow.");
                Thread.Sleep(100);
            }

            return standby;
        }
        catch
        {
            standby.Dispose();
            throw;
        }
    }

    /// <summary>Makes a server that follows another the primary.</summary>
    public void Promote() => Require(["promote", Folder]);

    /// <summary>Ends the server and removes its folder.</summary>
    public void Dispose()
    {
        if (_watch is not null)
        {
            _watch.StandardInput.Close();
            _watch.WaitForExit();
            _watch.Dispose();
        }
    }

    private static string? FindPrograms()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        (int exitCode, string output, _) = Run(["find"]);
        return exitCode == 0 ? output.Trim() : null;
    }

    private static PostgreSqlServer? MakeModel()
    {
        if (Environment.GetEnvironmentVariable(ModelVariable) is { Length: > 0 })
        {
            return null;
        }

        PostgreSqlServer model = Watched();
        Require(["model", model.Folder]);
        Environment.SetEnvironmentVariable(ModelVariable, model.Folder);
        return model;
    }

    // The one that ends the server is there before there is one.
    private static PostgreSqlServer Watched()
    {
        // Short, because names of sockets are limited to some hundred bytes.
        string folder = Path.Combine(Path.GetTempPath(), "kmstools-pg-" + Guid.NewGuid().ToString("N")[..12]);
        ProcessStartInfo start = new("bash", [Script, "watch", folder]) { RedirectStandardInput = true, UseShellExecute = false };
        return new PostgreSqlServer(folder, Process.Start(start));
    }

    // Another process may take the port between the look for a free one and the start.
    private void Begin()
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = FreePort();
            (int exitCode, _, string errors) = Run(["start", Folder, Port.ToString(CultureInfo.InvariantCulture)]);
            if (exitCode == 0)
            {
                break;
            }

            Assert.True(attempt < 5, errors);
        }

        File.WriteAllText(PasswordFile, File.ReadAllText(Path.Combine(Folder, "password")).Trim());
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Require(string[] arguments)
    {
        (int exitCode, _, string errors) = Run(arguments);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"postgresql.sh {string.Join(' ', arguments)}: {errors}");
        }
    }

    private static (int ExitCode, string Output, string Errors) Run(string[] arguments) => Run(new ProcessStartInfo("bash", [Script, .. arguments]));

    private static (int ExitCode, string Output, string Errors) Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
