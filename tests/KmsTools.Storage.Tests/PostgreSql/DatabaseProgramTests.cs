using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>What the verification of a shared store finds of triggers, rules and functions.</summary>
public sealed class DatabaseProgramTests : SharedStoreFixture
{
    [Theory]
    [InlineData(
        "CREATE FUNCTION helpful() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN DELETE FROM grants; RETURN NULL; END'; "
            + "CREATE TRIGGER helpful AFTER INSERT ON keys FOR EACH ROW EXECUTE FUNCTION helpful()",
        "has a trigger 'helpful' on 'keys' that KmsTools did not make.")]
    [InlineData("DROP TRIGGER keys_counted ON keys", "lacks a trigger 'keys_counted' on 'keys', or it is disabled.")]
    [InlineData(
        "ALTER TABLE principals DISABLE TRIGGER principals_changed",
        "lacks a trigger 'principals_changed' on 'principals', or it is disabled.")]
    [InlineData(
        "CREATE RULE helpful AS ON DELETE TO grants DO INSTEAD NOTHING", "has a rule 'helpful' on 'grants' that KmsTools did not make.")]
    [InlineData(
        "CREATE OR REPLACE FUNCTION count_grant() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "has a function 'count_grant' that is not as KmsTools made it.")]
    public void VerifyFiles_DatabaseIsChanged_SaysHow(string sql, string difference)
    {
        using IStateStore store = OpenNode(One);
        Assert.Empty(Verify(store));
        Query(sql);
        StoreFinding finding = Assert.Single(Verify(store));
        Assert.Equal((StoreFindingKind.FILE_DAMAGED, Location), (finding.Kind, finding.Subject));
        Assert.Equal($"The database {difference} Another program changed it, and may have changed records by it.", finding.Message);
    }

    private static List<StoreFinding> Verify(IStateStore store)
    {
        List<StoreFinding> findings = [];
        store.VerifyFiles(findings.Add);
        return findings;
    }
}
