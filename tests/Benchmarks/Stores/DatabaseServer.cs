using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KmsTools.Benchmarks.Subjects;
using KmsTools.Persistence;
using KmsTools.Storage;
using Npgsql;

namespace KmsTools.Benchmarks.Stores;

/// <summary>A PostgreSQL server in a temporary folder, as Debian's package sets one up: what it answers is on the disk.</summary>
internal sealed class DatabaseServer : IDisposable
{
    private readonly Process _process;
    private readonly string _folder;
    private readonly string _server;

    /// <summary>Starts it.</summary>
    /// <param name="script">postgresql.sh.</param>
    /// <exception cref="InvalidOperationException">It does not start.</exception>
    public DatabaseServer(string script)
    {
        // Short, because names of sockets are limited to some hundred bytes.
        _folder = Path.Combine(Path.GetTempPath(), "kmstools-pg-" + Guid.NewGuid().ToString("N")[..12]);
        ProcessStartInfo start = new("bash", [script, "serve", _folder, FreePort()])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        List<string> said = [];
        string? line;
        while ((line = _process.StandardError.ReadLine()) is not null && !line.StartsWith("Host=", StringComparison.Ordinal))
        {
            said.Add(line);
        }

        _server = line?[..line.IndexOf("Database=", StringComparison.Ordinal)]
            ?? throw new InvalidOperationException($"PostgreSQL does not start: {string.Join(' ', said)}");
        _ = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Time on processors of all processes of the server, also those that have ended.</summary>
    public TimeSpan CpuTime
    {
        get
        {
            string first = File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First();
            string children = string.Join(' ', Directory.GetDirectories($"/proc/{first}/task")
                .Select(static task => File.ReadAllText(Path.Combine(task, "children"))));
            return children.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(first)
                .Select(static id => int.Parse(id, CultureInfo.InvariantCulture))
                .Aggregate(TimeSpan.Zero, static (sum, id) => sum + ProcessTime.Read(id, withEnded: true));
        }
    }

    /// <summary>Whether PostgreSQL is installed.</summary>
    /// <param name="script">postgresql.sh.</param>
    public static bool IsInstalled(string script) => Measuring.Children.TryRun("bash", [script, "find"], out _);

    /// <summary>Makes a database that is ready for a store.</summary>
    /// <returns>Its connection string.</returns>
    public string Create(string name)
    {
        Execute("postgres", $"CREATE DATABASE {name}");
        string database = ConnectionString(name);
        new StoreFactory().Databases.Initialize(new SharedStoreOptions { ConnectionString = database }, role: null);
        return database;
    }

    /// <summary>
    /// The number of transactions that a database has committed, each of which is a round trip at least. What calls wait for is a
    /// transaction of one statement.
    /// </summary>
    public long CountTransactions(string name) =>
        Execute("postgres", $"SELECT xact_commit FROM pg_stat_database WHERE datname = '{name}'");

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private long Execute(string database, string text)
    {
        using NpgsqlConnection connection = new(ConnectionString(database) + ";Pooling=false");
        connection.Open();
        using NpgsqlCommand command = new(text, connection);
        return command.ExecuteScalar() as long? ?? 0;
    }

    private string ConnectionString(string database) => $"{_server}Database={database};Username=postgres";

    private static string FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
