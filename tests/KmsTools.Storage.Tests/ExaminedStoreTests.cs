using System.Buffers.Binary;
using System.Security.Cryptography;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>What is found in the folder of a store without opening it, and that nothing in it changes.</summary>
public sealed class ExaminedStoreTests : StoreFixture
{
    private const int PageSize = 4096;

    private string State => Path.Combine(Folder, "state.db");

    private string Index => Path.Combine(Folder, "events.db");

    private string Segment => Path.Combine(Folder, "events", "00000001.log");

    private string CatalogueFile => Path.Combine(Folder, "events", "catalogue.log");

    [Fact]
    public void Examine_NothingIsWrong_SaysHowMuchThatIs()
    {
        Filled().Dispose();
        Assert.Empty(Examine(out StoreFileVerification result));

        // The store, its authorization, its root key, its time, 40 keys with a material and an alias each.
        Assert.Equal((123, 2, 2), (result.Records, result.NewestChange, result.NewestLoggedChange));
    }

    [Fact]
    public void Examine_ARecordIsChanged_NamesIt()
    {
        Filled().Dispose();
        Tamper("UPDATE keys SET description = 'another' WHERE key_id = 'key-07'");
        StoreFinding finding = Assert.Single(Examine(out _));
        Assert.Equal(
            (StoreFindingKind.RECORD_CHANGED, "keys", "region=eu-central-1, key_id=key-07"), (finding.Kind, finding.Table, finding.Record));
    }

    // Connecting refuses it: the only row about the store is read before all others.
    [Fact]
    public void Examine_TheRecordAboutTheStoreIsChanged_NamesItAndVerifiesTheOthers()
    {
        Filled().Dispose();
        Tamper("UPDATE store SET account_id = '999999999999'");
        Assert.True(Assert.Throws<StateStoreException>(Open).IsDamage);
        StoreFinding finding = Assert.Single(Examine(out StoreFileVerification result));
        Assert.Equal((StoreFindingKind.RECORD_CHANGED, "store", "id=1"), (finding.Kind, finding.Table, finding.Record));
        Assert.Equal(123, result.Records);
    }

    [Fact]
    public void Examine_APageOfAnIndexIsDamaged_NamesTheIndexAndVerifiesAllRecords()
    {
        Filled().Dispose();
        int page = RootPage("aliases_by_key");
        DamagePage(State, page);
        List<StoreFinding> found = Examine(out StoreFileVerification result);
        Assert.All(found, finding => Assert.Equal(
            (StoreFindingKind.FILE_DAMAGED, "state.db", State), (finding.Kind, finding.Subject, finding.Path)));
        Assert.Equal(
            $"'state.db' is damaged: index 'aliases_by_key', page {page}: btreeInitPage() returns error code 11. Restore the folder of the "
                + "store from a backup.",
            found[0].Message);
        Assert.Equal(123, result.Records);
    }

    [Fact]
    public void Examine_APageOfKeysIsDamaged_NamesTheKeysOnIt()
    {
        Filled().Dispose();
        DamagePage(State, PageWith("description of key-07"));
        List<StoreFinding> found = Examine(out StoreFileVerification result);
        StoreFinding key = Assert.Single(found, static finding => finding.Record == "region=eu-central-1, key_id=key-07");
        Assert.Equal((StoreFindingKind.FILE_DAMAGED, "keys", State), (key.Kind, key.Table, key.Path));
        Assert.Equal(
            "The record region=eu-central-1, key_id=key-07 in table 'keys' of the store cannot be read. Restore the folder of the store from a "
                + "backup.",
            key.Message);
        int lost = found.Count(static finding => finding.Table == "keys");
        Assert.InRange(lost, 1, 39);
        Assert.Equal(123 - lost, result.Records);
    }

    // Its rows are in the order of their key, which no other index knows.
    [Theory]
    [InlineData(0, " before region=eu-central-1, alias_name=alias/key-")]
    [InlineData(1, " between region=eu-central-1, alias_name=alias/key-")]
    [InlineData(-1, " after region=eu-central-1, alias_name=alias/key-")]
    public void Examine_APageOfAliasesIsDamaged_SaysBetweenWhichOnes(int child, string place)
    {
        Filled().Dispose();
        DamagePage(State, ChildPage("aliases", child));

        // A neighbour that is found in the order of the table is not always found by its name.
        StoreFinding finding = Assert.Single(
            Examine(out StoreFileVerification result), static finding => finding is { Table: "aliases", Record: null });
        Assert.StartsWith($"Records in table 'aliases' of the store{place}", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith(" cannot be read. Restore the folder of the store from a backup.", finding.Message, StringComparison.Ordinal);
        Assert.InRange(result.Records, 123 - 39, 122);
    }

    [Fact]
    public void Examine_TheFirstPageIsDamaged_SaysSoAndThatTheLogWasNotVerified()
    {
        Filled().Dispose();
        DamagePage(State, 1);
        Assert.Throws<StateStoreException>(Open);
        Assert.Equal(
            [
                "FILE_DAMAGED 'state.db' is damaged: its beginning cannot be read. Restore the folder of the store from a backup.",
                "NOT_COMPARED The event log was not verified: 'state.db' cannot be asked which store it belongs to.",
            ],
            Texts(Examine(out _)));
    }

    [Fact]
    public void Examine_StateIsMissing_SaysWhatIsThere()
    {
        Filled().Dispose();
        File.Delete(State);
        Assert.Equal(
            [
                $"FILE_DAMAGED The store in '{Folder}' is not complete: 'state.db' is missing, but 'root.key', 'events.db' and 'events' are "
                    + "there. Nothing was changed. Put back what is missing, or restore the whole folder from a backup. To create a new store, "
                    + "choose another folder.",
                "NOT_COMPARED The event log was not verified: 'state.db' cannot be asked which store it belongs to.",
            ],
            Texts(Examine(out _)));
    }

    [Theory]
    [InlineData("missing", "'{0}' is missing. Nothing in this store can be decrypted without it. Restore it from a backup.")]
    [InlineData("cut", "'{0}' is damaged. Restore it from a backup.")]
    [InlineData("another", "'{0}' is not the key of this store. Restore the file that was made with it from a backup.")]
    public void Examine_RootKeyIsNotThatOfTheStore_SaysSoAndVerifiesTheRest(string fault, string message)
    {
        Filled().Dispose();
        string file = Path.Combine(Folder, "root.key");
        byte[] key = File.ReadAllBytes(file);
        File.Delete(file);
        if (fault != "missing")
        {
            key[0] ^= 1;
            File.WriteAllBytes(file, fault == "cut" ? key[..20] : key);
        }

        using IExaminedStore store = new StoreFactory().Examine(Folder, unlock: null);
        List<StoreFinding> found = [];
        StoreFileVerification result = store.VerifyFiles(found.Add);
        Assert.Equal(
            [
                "FILE_DAMAGED " + string.Format(null, message, file),
                "NOT_COMPARED The MACs of records and the secrets in them were not verified: the root key or the secrets of the store cannot "
                    + "be read.",
            ],
            Texts(found));
        Assert.Null(store.Secrets);
        Assert.Equal((0, 2, 2), (result.Records, result.NewestChange, result.NewestLoggedChange));
        Assert.Equal(
            [EventSegmentStatus.OK, EventSegmentStatus.OK], store.VerifyEvents([]).Select(static segment => segment.Status));
    }

    [Fact]
    public void Examine_ChangesAreLost_SaysUpToWhere()
    {
        Filled().Dispose();
        Tamper("DELETE FROM commits WHERE number = 2");
        Assert.Equal(
            ["CHANGES_LOST The event log has events of changes up to 2, and 'state.db' ends with change 1."], Texts(Examine(out _)));
    }

    [Theory]
    [InlineData("missing", EventSegmentStatus.MISSING, EventSegmentStatus.NOT_IN_CATALOGUE)]
    [InlineData("damaged", EventSegmentStatus.DAMAGED, EventSegmentStatus.NOT_IN_CATALOGUE)]
    public void Examine_CatalogueIsNotThere_SaysSo(string fault, EventSegmentStatus catalogue, EventSegmentStatus segment)
    {
        Filled().Dispose();
        if (fault == "missing")
        {
            File.Delete(CatalogueFile);
        }
        else
        {
            byte[] content = File.ReadAllBytes(CatalogueFile);
            content[0] ^= 1;
            File.WriteAllBytes(CatalogueFile, content);
        }

        Assert.True(Assert.Throws<StateStoreException>(Open).HasLostEvents);
        Assert.Equal([catalogue, segment], VerifyEvents());
    }

    [Theory]
    [InlineData("cut", EventSegmentStatus.INCOMPLETE_END)]
    [InlineData("damaged", EventSegmentStatus.DAMAGED)]
    [InlineData("missing", EventSegmentStatus.MISSING)]
    public void Examine_ASegmentIsNotWhatWasWritten_SaysSo(string fault, EventSegmentStatus status)
    {
        Filled().Dispose();
        byte[] content = File.ReadAllBytes(Segment);
        File.Delete(Segment);
        if (fault != "missing")
        {
            content[110] ^= (byte)(fault == "damaged" ? 1 : 0);
            File.WriteAllBytes(Segment, fault == "cut" ? content[..^10] : content);
        }

        // The locks are not made either.
        foreach (string file in Directory.GetFiles(Path.Combine(Folder, "events"), "*.lock"))
        {
            File.Delete(file);
        }

        Assert.Equal([EventSegmentStatus.OK, status], VerifyEvents());
    }

    [Fact]
    public void Examine_TheIndexIsDamaged_SaysThatItIsMadeAgain()
    {
        Filled().Dispose();
        DamagePage(Index, 2);
        List<StoreFinding> found = Examine(out _);
        Assert.Equal(
            "'events.db' is damaged: table 'segments', page 2: btreeInitPage() returns error code 11. End all processes that use the store and "
                + "delete the file: it is made again when the store is next opened.",
            found[0].Message);
        Assert.All(found, static finding => Assert.EndsWith(
            "End all processes that use the store and delete the file: it is made again when the store is next opened.",
            finding.Message,
            StringComparison.Ordinal));
    }

    // As after a kill: all of the state is in the log.
    [Fact]
    public void Examine_AKilledProcessHasLeftItsLog_ReadsItAndLeavesItAsItIs()
    {
        string copy = Folder + "-copy";
        using (Filled())
        {
            CopyFolder(Folder, copy);
        }

        Directory.Delete(Folder, recursive: true);
        CopyFolder(copy, Folder);
        Directory.Delete(copy, recursive: true);
        Assert.True(new FileInfo(State + "-wal").Length > 0);
        Assert.Empty(Examine(out StoreFileVerification result));
        Assert.Equal(2, result.NewestChange);
        Open().Dispose();
    }

    [Fact]
    public void Examine_AnotherProcessHasItOpen_ReadsBesideIt()
    {
        using IStateStore open = Filled();
        using IExaminedStore store = new StoreFactory().Examine(Folder, unlock: null);
        List<StoreFinding> found = [];
        Assert.Equal(123, store.VerifyFiles(found.Add).Records);
        Write(open, static transaction => transaction.InsertKey(NewKey("key-99", 1)));
        using (IStateReader reader = store.OpenReader())
        {
            Assert.NotNull(reader.FindKey(Region, "key-99"));
        }

        Assert.Empty(found);
        Assert.True(store.IsOneState());
    }

    [Fact]
    public void IsOneState_AProcessHasBegunToUseIt_IsFalse()
    {
        Filled().Dispose();
        using IExaminedStore store = new StoreFactory().Examine(Folder, unlock: null);
        store.VerifyFiles(static finding => Assert.Fail(finding.Message));
        Assert.True(store.IsOneState());
        using (Open())
        {
            Assert.False(store.IsOneState());
        }
    }

    [Fact]
    public void Examine_ThereIsNoStore_IsRefused()
    {
        string message = $"The folder '{Folder}' has no store.";
        Assert.Equal(message, Assert.Throws<StateStoreException>(() => new StoreFactory().Examine(Folder, null)).Message);
        Directory.CreateDirectory(Folder);
        Assert.Equal(message, Assert.Throws<StateStoreException>(() => new StoreFactory().Examine(Folder, null)).Message);
    }

    private static string[] Texts(List<StoreFinding> found) => [.. found.Select(static finding => $"{finding.Kind} {finding.Message}")];

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        Directory.CreateDirectory(Path.Combine(to, "events"));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            // As a program of the system does: reading it in this process would free its locks.
            using System.Diagnostics.Process copying = System.Diagnostics.Process.Start(
                "cp", [file, Path.Combine(to, Path.GetRelativePath(from, file))]);
            copying.WaitForExit();
        }
    }

    private static void DamagePage(string file, int page)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Write);
        stream.Position = (page - 1) * PageSize;
        stream.Write(Enumerable.Repeat((byte)0xA5, PageSize).ToArray());
    }

    private int RootPage(string name)
    {
        using Database database = Database.OpenWithoutLog(State);
        return (int)database.ReadNumber($"SELECT rootpage FROM sqlite_schema WHERE name = '{name}'");
    }

    // Of a table of more than one page: "Database File Format", b-tree pages.
    private int ChildPage(string table, int child)
    {
        ReadOnlySpan<byte> page = File.ReadAllBytes(State).AsSpan((RootPage(table) - 1) * PageSize, PageSize);
        Assert.Equal(2, page[0]);
        int at = child < 0 ? 8 : BinaryPrimitives.ReadUInt16BigEndian(page[(12 + (2 * child))..]);
        return BinaryPrimitives.ReadInt32BigEndian(page[at..]);
    }

    private int PageWith(string text)
    {
        int at = File.ReadAllBytes(State).AsSpan().LastIndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(at > 0);
        return (at / PageSize) + 1;
    }

    private List<StoreFinding> Examine(out StoreFileVerification result)
    {
        string before = Fingerprint();
        List<StoreFinding> found = [];
        using (IExaminedStore store = new StoreFactory().Examine(Folder, unlock: null))
        {
            result = store.VerifyFiles(found.Add);
            Assert.True(store.IsOneState());
        }

        Assert.Equal(before, Fingerprint());
        return found;
    }

    private EventSegmentStatus[] VerifyEvents()
    {
        string before = Fingerprint();
        using IExaminedStore store = new StoreFactory().Examine(Folder, unlock: null);
        store.VerifyFiles(static _ => { });
        EventSegmentStatus[] found = [.. store.VerifyEvents([]).Select(static segment => segment.Status)];
        Assert.Equal(before, Fingerprint());
        return found;
    }

    private string Fingerprint() => string.Join('\n', new DirectoryInfo(Folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
        .OrderBy(static entry => entry.FullName, StringComparer.Ordinal)
        .Select(static entry => $"{entry.FullName} {entry.LastWriteTimeUtc.Ticks} "
            + (entry is FileInfo ? Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(entry.FullName))) : "")));

    private IStateStore Filled()
    {
        IStateStore store = Open();
        Write(store, static transaction =>
        {
            for (int i = 1; i <= 40; i++)
            {
                string keyId = $"key-{i:00}";
                transaction.InsertKey(NewKey(keyId, 1) with { Description = $"description of {keyId} {new string('x', 400)}" });
                transaction.InsertAlias(new KeyAlias(
                    Region, $"alias/key-{i:00}{new string('y', 180)}", "key-01", Time("2026-01-01T00:00:00Z"), Time("2026-01-01T00:00:00Z")));
            }

            transaction.Append(NewEvent("1"));
        });
        Write(store, static transaction => transaction.Append(NewEvent("2")));
        return store;
    }
}
