using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>Access keys.</summary>
internal sealed class AccessKeysTable : Table<AccessKey>
{
    private static readonly Columns<AccessKey> s_columns = new Columns<AccessKey>("access_keys", Read)
        .Key("access_key_id", static key => key.AccessKeyId)
        .Fixed("principal_arn", static key => key.PrincipalArn)
        .Fixed("creation_date", static key => key.CreationDate)
        .Changing("wrapped_secret", static key => key.WrappedSecret);

    private readonly Statement _list;

    public AccessKeysTable(IDatabase database)
        : base(database, s_columns) => _list = Select("ORDER BY access_key_id");

    public AccessKey? Find(string accessKeyId) => FindByKey(("access_key_id", accessKeyId));

    public ImmutableArray<AccessKey> List() => List(_list);

    public void Delete(string accessKeyId) => DeleteByKey(("access_key_id", accessKeyId));

    private static AccessKey Read(Row row) => new()
    {
        AccessKeyId = row.Text("access_key_id"),
        PrincipalArn = row.Text("principal_arn"),
        CreationDate = row.Time("creation_date"),
        WrappedSecret = [.. row.Bytes("wrapped_secret")],
    };
}
