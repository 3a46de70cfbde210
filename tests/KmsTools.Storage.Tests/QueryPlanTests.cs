using KmsTools.Storage.Sql;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Tests;

/// <summary>The indices that queries use for which SQLite would choose others, or none, if the store did not help it.</summary>
public sealed class QueryPlanTests : StoreFixture
{
    [Fact]
    public void Grants_OfOneGrantee_AreFoundByTheGrantee() => AssertPlan(
        GrantsTable.ListOfGranteeSql,
        "SEARCH grants USING INDEX grants_by_grantee (region=? AND key_id=? AND grantee=? AND grantee_is_service=? AND grant_id>?)");

    [Fact]
    public void KeyOfMaterialInAnHsm_IsFoundByTheMaterial() => AssertPlan(
        KeyMaterialsTable.FindKeyOfSql,
        "SEARCH key_materials USING INDEX key_materials_without_bytes (key_material_id=?)");

    private void AssertPlan(string sql, string expected)
    {
        Open().Dispose();
        using Database database = new(Path.Combine(Folder, "state.db"));
        Statement explain = new(database, "EXPLAIN QUERY PLAN " + sql);
        Assert.Equal(expected, Assert.Single(explain.List(static row => row.Text("detail"))));
    }
}
