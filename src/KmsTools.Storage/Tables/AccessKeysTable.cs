using System.Collections.Immutable;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>Access keys.</summary>
internal sealed class AccessKeysTable(Database database)
{
    private const string Columns = "SELECT access_key_id, principal_arn, creation_date, wrapped_secret FROM access_keys ";

    private readonly Statement _find = database.Prepare(Columns + "WHERE access_key_id = ?");
    private readonly Statement _list = database.Prepare(Columns + "ORDER BY access_key_id");

    private readonly Statement _insert = database.Prepare(
        "INSERT INTO access_keys (access_key_id, principal_arn, creation_date, wrapped_secret) VALUES (?, ?, ?, ?)");

    private readonly Statement _delete = database.Prepare("DELETE FROM access_keys WHERE access_key_id = ?");

    public AccessKey? Find(string accessKeyId)
    {
        using Statement row = _find.Start().Bind(accessKeyId);
        return row.Step() ? Read(row) : null;
    }

    public ImmutableArray<AccessKey> List()
    {
        using Statement row = _list.Start();
        ImmutableArray<AccessKey>.Builder accessKeys = ImmutableArray.CreateBuilder<AccessKey>();
        while (row.Step())
        {
            accessKeys.Add(Read(row));
        }

        return accessKeys.DrainToImmutable();
    }

    public void Insert(AccessKey accessKey) => _insert.Start()
        .Bind(accessKey.AccessKeyId)
        .Bind(accessKey.PrincipalArn)
        .Bind(accessKey.CreationDate)
        .Bind(accessKey.WrappedSecret.AsSpan())
        .Run();

    public void Delete(string accessKeyId) => _delete.Start().Bind(accessKeyId).Run();

    private static AccessKey Read(Statement row) => new()
    {
        AccessKeyId = row.Text(0),
        PrincipalArn = row.Text(1),
        CreationDate = row.Time(2),
        WrappedSecret = [.. row.Bytes(3)],
    };
}
