using KmsTools.Databases;

namespace KmsTools.Endpoint;

/// <summary>The server of the tests of a class, started when the first of them needs it.</summary>
public sealed class SharedStoreServer : IDisposable
{
    private PostgreSqlServer? _server;

    internal PostgreSqlServer Server => _server ??= PostgreSqlServer.Start("localhost", "fsync=off");

    public void Dispose() => _server?.Dispose();

    /// <summary>Makes a database with the tables of a store, and returns its name.</summary>
    internal string NewStoreDatabase()
    {
        string name = $"kms_{Guid.NewGuid():N}"[..12];
        TestStores.Initialize(Server, name);
        return name;
    }

    /// <summary>Makes an empty database, and returns its name.</summary>
    internal string NewDatabase()
    {
        string name = $"kms_{Guid.NewGuid():N}"[..12];
        Server.CreateDatabase(name);
        return name;
    }
}
