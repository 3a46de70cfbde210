using KmsTools.Persistence;

namespace KmsTools;

/// <summary>The verification of a store whose only record of a table was removed outside of KmsTools.</summary>
public sealed class MissingSettingsTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("authorization_revision")]
    [InlineData("authorization_settings")]
    [InlineData("root_key")]
    [InlineData("store")]
    public void Verify_TheOnlyRecordOfATableIsGone_NamesTheTable(string table)
    {
        Assert.Equal(1, KmsFixture.ChangeState(_kms.Folder, "DELETE FROM " + table));
        List<StoreFinding> found = [];
        Assert.False(_kms.Engine.Verifier.Run(found.Add, []).IsWhole);
        StoreFinding finding = Assert.Single(found, static finding => finding.Kind == StoreFindingKind.RECORDS_MISSING);
        Assert.Equal((table, table, "id=1"), (finding.Subject, finding.Table, finding.Record));
        Assert.Equal(
            $"The only record in table '{table}' of the store is missing: the store was changed outside of KmsTools, or is damaged. "
                + "Restore it from a backup.",
            finding.Message);
    }
}
