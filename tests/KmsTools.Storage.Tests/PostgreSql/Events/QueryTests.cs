using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql.Events;

namespace KmsTools.PostgreSql.Events;

public sealed class QueryTests : EventRowsFixture
{
    private static readonly string[] Names = ["Encrypt", "Decrypt", "DescribeKey"];
    private static readonly string?[] Keys = ["key-1", "key-2", "key-3", null];

    [Fact]
    public async Task Query_RandomConditions_FindsWhatAListWouldHave()
    {
        PostgreSqlEventLog[] logs = [Open(maxSegmentSize: 20_000), Open(maxSegmentSize: 20_000)];
        Random random = new(21);
        List<AuditRecord> written = [];
        for (int i = 0; i < 600; i++)
        {
            // Few times, which go back now and then.
            AuditRecord record = NewEvent(
                $"{i}", Time(random.Next(200)), Keys[random.Next(4)], Keys[random.Next(4)], Names[random.Next(3)],
                random.Next(4) == 0 ? "us-west-2" : Region, random.Next(2) == 0);
            written.Add(record);
            await logs[random.Next(2)].AppendAsync(record);
        }

        AuditRecord[] ordered = [.. written.OrderBy(static record => record.Time)];
        for (int i = 0; i < 100; i++)
        {
            DateTimeOffset after = DateTimeOffset.Parse(Time(random.Next(200)), null).AddTicks(random.Next(3) - 1);
            EventQuery query = new()
            {
                KeyId = random.Next(2) == 0 ? $"key-{random.Next(1, 5)}" : null,
                EventName = random.Next(2) == 0 ? Names[random.Next(3)].ToUpperInvariant() : null,
                Region = random.Next(3) == 0 ? Region : null,
                After = random.Next(2) == 0 ? after : null,
                Before = random.Next(2) == 0 ? after.AddMilliseconds(random.Next(100)) : null,
                Last = random.Next(2) == 0 ? random.Next(600) : null,
            };
            AuditRecord[] expected = [.. ordered.Where(record => IsFound(query, record))];
            expected = query.Last is int last ? expected[Math.Max(expected.Length - last, 0)..] : expected;
            Assert.Equal(Ids(expected), Ids(logs[i % 2].Query(query)));
        }

        foreach (string key in new[] { "key-1", "key-2", "key-3", "key-4" })
        {
            string? newest = ordered.LastOrDefault(record => record.IsUse && record.Region == Region
                && (record.KeyId == key || record.SecondKeyId == key))?.EventId;
            Assert.Equal(newest, logs[0].FindLastUsage(Region, key)?.EventId);
        }

        Assert.All(logs[0].Verify([]), static result => Assert.Equal(EventSegmentStatus.OK, result.Status));
    }

    [Fact]
    public void Query_EventsAppendedWhileReading_EndsWithThoseOfTheStart()
    {
        PostgreSqlEventLog log = Open();
        PostgreSqlEventLog other = Open();
        for (int i = 0; i < 600; i++)
        {
            log.Append(NewEvent($"{i}"));
        }

        int seen = 0;
        foreach (AuditRecord found in log.Query(new EventQuery()))
        {
            Assert.Equal($"{seen++}", found.EventId);
            if (seen % 100 == 0)
            {
                log.Append(NewEvent("later"));
                other.Append(NewEvent("later"));
                Open().Append(NewEvent("later"));
            }
        }

        Assert.Equal(600, seen);
    }

    [Theory]
    [InlineData(null, null, null, "Index Scan using events_by_time")]
    [InlineData(null, null, 10, "Index Scan Backward using events_by_time")]
    [InlineData(null, "Encrypt", 10, "Index Scan Backward using events_by_name")]
    [InlineData("key-7", null, 10, "events_by_key", "events_by_second_key")]
    [InlineData("key-7", "Encrypt", null, "events_by_key", "events_by_second_key")]
    public void Page_ManyEvents_IsReadFromAnIndex(string? keyId, string? name, int? last, params string[] expected)
    {
        Fill();
        EventQuery query = new() { KeyId = keyId, EventName = name, Last = last };
        string text = RowReader.PageText(query, new EventSearch(query))
            .Replace("(@time, @recorded, @segment, @position)", $"({(last is null ? 500 : 19_500)}::bigint, 500::bigint, 1::bigint, 5::bigint)")
            .Replace("@end", last is null ? "1000000" : "0").Replace("@last", "1").Replace("@limit", "256").Replace("@key", $"'{keyId}'")
            .Replace("@name", $"'{name?.ToUpperInvariant()}'").Replace("@open", "ARRAY[1]::bigint[]").Replace("@sizes", "ARRAY[99999999]::bigint[]");
        RequirePlan(text, expected);
    }

    [Fact]
    public void LastUse_ManyEvents_IsFoundInAnIndex()
    {
        Fill();
        RequirePlan(
            RowReader.LastUseText().Replace("@key", "'key-7'").Replace("@region", "'r'"),
            "events_by_key", "events_by_second_key");
    }

    private static string Time(int milliseconds) =>
        new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero).AddMilliseconds(milliseconds).ToString("O");

    private static bool IsFound(EventQuery query, AuditRecord record) =>
        (query.KeyId is null || record.KeyId == query.KeyId || record.SecondKeyId == query.KeyId)
        && (query.EventName is null || record.EventName.Equals(query.EventName, StringComparison.OrdinalIgnoreCase))
        && (query.Region is null || record.Region == query.Region)
        && (query.After is null || record.Time >= query.After)
        && (query.Before is null || record.Time <= query.Before);

    // The server looks at a table by itself when it has grown.
    private void Fill() => Execute(
        """
        INSERT INTO events (segment, position, time, recorded, name, region, key_id, second_key_id, is_use, body, hash)
        SELECT 1, n, n, n, CASE n % 3 WHEN 0 THEN 'ENCRYPT' ELSE 'DECRYPT' END, 'r', 'key-' || n % 1000, NULL, n % 2, ''::bytea, ''::bytea
        FROM generate_series(1, 20000) AS n;
        ANALYZE events
        """);

    private void RequirePlan(string text, params string[] expected)
    {
        string plan = string.Join('\n', Read("EXPLAIN (COSTS OFF) " + text));
        Assert.All(expected, part => Assert.Contains(part, plan));
        Assert.DoesNotContain("Seq Scan on events", plan);
    }
}
