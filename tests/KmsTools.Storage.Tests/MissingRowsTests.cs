using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Rows that were deleted outside of KmsTools: no MAC shows that.</summary>
[OnEveryStore]
public sealed class MissingRowsTests : StoreFixture
{
    // Each table that always has exactly one row.
    [Theory]
    [InlineData("authorization_revision")]
    [InlineData("authorization_settings")]
    [InlineData("root_key")]
    [InlineData("store")]
    public void Open_TheOnlyRowOfATableIsGone_NamesTheTable(string table)
    {
        Open().Dispose();
        Assert.Equal(1, ReadNumber($"SELECT count(*) FROM {table}"));
        Tamper($"DELETE FROM {table}");
        StateStoreException error = Assert.Throws<StateStoreException>(() =>
        {
            using IStateStore store = Open();
            Read(store, static reader => (reader.ReadAuthorization(), reader.ReadAuthorizationRevision()));
        });
        Assert.Equal(
            $"The only record in table '{table}' of the store is missing: the store was changed outside of KmsTools, or is damaged. "
                + "Restore it from a backup.",
            error.Message);
        Assert.Equal(new StoreDamage(table, "id=1") { IsMissing = true }, error.Damage);
    }

    // store_time has none before the first look at the clock.
    [Fact]
    [InFolder]
    public void Tables_WithASingleRow_AreThoseThatWereTested()
    {
        Open().Dispose();
        using Database database = new(Path.Combine(Folder, "state.db"));
        const string single = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK (id = 1)%' ORDER BY name";
        Assert.Equal(
            ["authorization_revision", "authorization_settings", "root_key", "store", "store_time"],
            database.ReadAll(single, static row => row.Text()));
    }

    [Theory]
    [InlineData(0, "position = 0")]
    [InlineData(1, "position = 1")]
    [InlineData(2, "position = 2")]
    [InlineData(0, "1 = 1")]
    public void FindKey_AMaterialIsGone_NamesTheKeyAndThePosition(int position, string removed)
    {
        using (IStateStore store = Open())
        {
            Write(store, static transaction =>
            {
                transaction.InsertKey(WithThree("key-1", OriginType.AWS_KMS));
                transaction.InsertKey(WithThree("key-2", OriginType.EXTERNAL));
                transaction.InsertKey(NewKey("key-3") with { Origin = OriginType.EXTERNAL, Materials = [] });
            });
        }

        Tamper($"DELETE FROM key_materials WHERE key_id = 'key-1' AND {removed}");
        using IStateStore changed = Open();
        StateStoreException error = Assert.Throws<StateStoreException>(
            () => Read(changed, static reader => reader.FindKey(Region, "key-1")));
        Assert.Equal(
            "Key material of key arn:aws:kms:eu-central-1:111122223333:key/key-1 is missing: the store was changed outside of KmsTools, or "
                + "is damaged. Verify the store, and restore its folder from a backup.",
            error.Message);
        Assert.Equal(
            new StoreDamage("key_materials", $"region=eu-central-1, key_id=key-1, position={position}")
            {
                IsMissing = true,
                KeyArn = "arn:aws:kms:eu-central-1:111122223333:key/key-1",
            },
            error.Damage);
        Assert.Equal(3, Read(changed, static reader => reader.FindKey(Region, "key-2"))!.Materials.Length);
        Assert.Empty(Read(changed, static reader => reader.FindKey(Region, "key-3"))!.Materials);
    }

    private static Key WithThree(string keyId, OriginType origin)
    {
        Key key = NewKey(keyId, 1);
        KeyMaterial current = key.Materials[0];
        return key with
        {
            Origin = origin,
            Materials =
            [
                current with { KeyMaterialId = new string('b', 64), State = KeyMaterialState.NON_CURRENT },
                current with { KeyMaterialId = new string('c', 64), State = KeyMaterialState.NON_CURRENT },
                current,
            ],
        };
    }
}
