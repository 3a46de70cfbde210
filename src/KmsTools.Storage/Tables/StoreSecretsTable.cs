using System.Runtime.InteropServices;
using KmsTools.Cryptography;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The secrets of the store, wrapped under its root key.</summary>
internal sealed class StoreSecretsTable : Table<WrappedStoreSecret>
{
    // Without MACs: their key is one of the secrets. What is wrapped authenticates itself, with its name and its store.
    private static readonly Columns<WrappedStoreSecret> s_columns = new Columns<WrappedStoreSecret>(
        "store_secrets", Read, isAuthenticated: false)
        .Key("name", static secret => secret.Name)
        .Changing("wrapped", static secret => secret.Wrapped);

    private readonly Statement _list;
    private readonly Statement _readInstallationId;

    public StoreSecretsTable(IDatabase database)
        : base(database, s_columns)
    {
        _list = Select("ORDER BY name");
        _readInstallationId = Prepare("SELECT installation_id FROM store");
    }

    /// <summary>Keeps the secrets of a store that has none yet.</summary>
    public void Insert(StoreSecrets secrets, RootKey rootKey)
    {
        foreach (WrappedStoreSecret secret in secrets.Wrap(rootKey, InstallationId()))
        {
            Insert(secret);
        }
    }

    /// <summary>Wraps the secrets by the generation of the root key that wraps now.</summary>
    public void WrapAgain(RootKey rootKey)
    {
        using StoreSecrets secrets = Read(rootKey);
        foreach (WrappedStoreSecret secret in secrets.Wrap(rootKey, InstallationId()))
        {
            Update(secret);
        }
    }

    /// <summary>Reads the secrets.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">One is missing or damaged.</exception>
    public StoreSecrets Read(RootKey rootKey) => StoreSecrets.Unwrap(List(_list), rootKey, InstallationId());

    private string InstallationId() => _readInstallationId.Find(static row => row.Text("installation_id")) ?? throw MissingRow("store");

    private static WrappedStoreSecret Read(Row row) =>
        new(row.Text("name"), ImmutableCollectionsMarshal.AsImmutableArray(row.Bytes("wrapped")));
}
