using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>What old tokens and ciphertexts depend on, in the store.</summary>
[OnEveryStore]
public sealed class StoreSecretsTests : StoreFixture
{
    private string State => Path.Combine(Folder, "state.db");

    [Fact]
    public void Open_Again_SecretsAreTheSame()
    {
        byte[] token;
        string materialId;
        using (IStateStore store = Open())
        {
            token = store.Secrets.SealToken([1, 2, 3], "test");
            materialId = MaterialId(store.Secrets);
        }

        using IStateStore again = Open();
        using Secret content = again.Secrets.OpenToken(token, "test");
        Assert.Equal([1, 2, 3], content.Use(static bytes => bytes.ToArray()));
        Assert.Equal(materialId, MaterialId(again.Secrets));
    }

    [Fact]
    [InFolder]
    public void Open_NewStore_SecretsAreNotDerivedFromItsRootKey()
    {
        using IStateStore store = Open();
        using RootKey rootKey = new(File.ReadAllBytes(Path.Combine(Folder, "root.key")));
        using StoreSecrets derived = StoreSecrets.DeriveFrom(rootKey);
        Assert.NotEqual(MaterialId(derived), MaterialId(store.Secrets));
    }

    // What a single bit of the schema does: SQL takes the column for the same, its name in a row is another one.
    [Fact]
    [InFolder]
    public void Open_ColumnHasAnotherName_SaysThatTheStoreIsDamaged()
    {
        Open().Dispose();
        Tamper("ALTER TABLE store_secrets RENAME COLUMN wrapped TO wRapped");
        Assert.Equal(
            "The tables of the store were changed outside of KmsTools, or are damaged: the column 'wrapped' is missing in: SELECT name, wrapped "
                + "FROM store_secrets ORDER BY name. Restore the store from a backup.",
            Assert.Throws<StateStoreException>(Open).Message);
    }

    [Fact]
    [InFolder]
    public void Open_StoreOfVersion13_TakesOverWhatWasDerivedFromItsRootKey()
    {
        Open().Dispose();
        byte[] token;
        string materialId;
        using (RootKey rootKey = new(File.ReadAllBytes(Path.Combine(Folder, "root.key"))))
        using (StoreSecrets before = StoreSecrets.DeriveFrom(rootKey))
        using (Database database = new(State))
        {
            token = before.SealToken([1, 2, 3], "test");
            materialId = MaterialId(before);
            database.Execute(Version15.Script + "DROP TABLE store_secrets; DROP TABLE root_key");
            database.AuthenticateRows(before.Rows);
            new AuthenticatedTables(database).AuthenticateAll();
            database.Execute("PRAGMA user_version = 13");
        }

        // By four at once, and again when the secrets are in the table.
        Parallel.For(0, 4, _ => Open().Dispose());
        for (int i = 0; i < 2; i++)
        {
            using IStateStore store = Open();
            using Secret content = store.Secrets.OpenToken(token, "test");
            Assert.Equal([1, 2, 3], content.Use(static bytes => bytes.ToArray()));
            Assert.Equal(materialId, MaterialId(store.Secrets));
        }

        using Database after = new(State);
        Assert.Equal(17, after.ReadNumber("PRAGMA user_version"));
        Assert.Equal(4, after.ReadNumber("SELECT count(*) FROM store_secrets"));
    }

    [Theory]
    [InlineData("DELETE FROM store_secrets WHERE name = 'tokens'")]
    [InlineData("UPDATE store_secrets SET wrapped = mac FROM (SELECT mac FROM store) AS other WHERE name = 'key material IDs'")]
    [InlineData("UPDATE store_secrets SET wrapped = (SELECT wrapped FROM store_secrets WHERE name = 'tokens')")]
    [InlineData("DELETE FROM store_secrets")]
    public void Open_SecretsAreDamaged_IsRefusedAndNothingIsMade(string damage)
    {
        Open().Dispose();
        Tamper(damage);
        long left = ReadNumber("SELECT count(*) FROM store_secrets");
        Assert.EndsWith(
            " depend on cannot be read. Restore it from a backup.",
            Assert.Throws<StateStoreException>(() => Open()).Message);
        Assert.Equal(left, ReadNumber("SELECT count(*) FROM store_secrets"));
    }

    private static string MaterialId(StoreSecrets secrets)
    {
        using Secret material = Secret.CopyOf(SHA256.HashData("material"u8));
        return secrets.KeyMaterialId("key-1", material);
    }
}
