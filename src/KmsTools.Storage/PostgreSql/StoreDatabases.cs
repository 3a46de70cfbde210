using KmsTools.Persistence;

namespace KmsTools.Storage.PostgreSql;

/// <summary>Prepares databases for stores that several machines share.</summary>
internal sealed class StoreDatabases : IStoreDatabases
{
    /// <inheritdoc/>
    public DatabaseInitialization Initialize(SharedStoreOptions options, string? role)
    {
        using Connections connections = new(options);
        return PostgreSqlSchema.Initialize(connections, role);
    }

    /// <inheritdoc/>
    public string Locate(SharedStoreOptions options) => ConnectionSettings.Parse(options).Location;
}
