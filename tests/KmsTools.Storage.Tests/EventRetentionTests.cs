using System.Collections.Immutable;
using System.Text;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class EventRetentionTests : StoreFixture
{
    // A segment of a log of at most 1 MiB is complete at an eighth of it.
    private static readonly EventLogSettings s_small = new() { MaxSizeInBytes = 1 << 20 };

    [Fact]
    [InFolder]
    public void Drop_AllSegments_LastUsesStayKnown()
    {
        using (IStateStore store = Open())
        {
            Fill(store, 3);
            int Sealed() => store.Events.ListSegments().Count(static segment => segment.State == EventSegmentState.SEALED);
            int before = Sealed();
            EventSegment[] complete = [.. store.Events.FindExcess(new EventLogSettings { MaxSizeInBytes = 0 }, default)];

            // One more may become complete at any moment.
            Assert.InRange(complete.Length, before, Sealed());
            store.Events.Drop(complete);
            Assert.All(complete, segment => Assert.False(File.Exists(FileOf(segment.Number))));
            Assert.Empty(store.Events.Query(new EventQuery { KeyId = "old" }));
            Assert.Equal("first", store.Events.FindLastUsage(Region, "old")!.EventId);
        }

        using IStateStore again = Open();
        Assert.Equal("first", again.Events.FindLastUsage(Region, "old")!.EventId);
        EventSegmentVerification[] results = [.. again.Events.Verify([])];
        Assert.Equal(EventSegmentStatus.DROPPED, results[1].Status);
        Assert.DoesNotContain(results, static one => one.Status is not (EventSegmentStatus.OK or EventSegmentStatus.DROPPED));
    }

    [Fact]
    public void FindExcess_BySize_OldestFirstAndOnlyAsManyAsNeeded()
    {
        using (IStateStore filled = Open())
        {
            Fill(filled, 3);
        }

        using IStateStore store = Open();
        ImmutableArray<EventSegment> all = store.Events.ListSegments();
        long size = all.Sum(static segment => segment.Size);
        Assert.Empty(store.Events.FindExcess(new EventLogSettings { MaxSizeInBytes = size }, default));
        Assert.Equal([1], Numbers(store, new EventLogSettings { MaxSizeInBytes = size - 1 }));
        Assert.Equal([1], Numbers(store, new EventLogSettings { MaxSizeInBytes = size - all[0].Size }));
        Assert.Equal([1, 2], Numbers(store, new EventLogSettings { MaxSizeInBytes = size - all[0].Size - 1 }));
    }

    [Fact]
    public void FindExcess_ByAge_WhatIsOlderThanTheLimitInWhole()
    {
        using IStateStore store = Open();
        Fill(store, 2);
        DateTimeOffset last = store.Events.ListSegments()[0].LastTime!.Value;
        EventLogSettings oneDay = new() { MaxAgeInDays = 1 };
        Assert.Empty(store.Events.FindExcess(oneDay, last.AddDays(1)));
        Assert.Contains(1, store.Events.FindExcess(oneDay, last.AddDays(1).AddMilliseconds(1)).Select(static segment => segment.Number));
    }

    [Fact]
    [InFolder]
    public void Verify_HeadsThatWereKept_ShowWhatWasMadeAgain()
    {
        EventSegment[] kept;
        using (IStateStore store = Open())
        {
            store.Events.Append(NewEvent("1"));
            kept = [.. store.Events.ListSegments()];
            store.Events.Append(NewEvent("2"));
            Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], store.Events.Verify(kept).Select(static result => result.Status));
        }

        // All of the log is written again by someone who can write the folder.
        Directory.Delete(Path.Combine(Folder, "events"), recursive: true);
        using IStateStore forged = Open();
        forged.Events.Append(NewEvent("another"));
        forged.Events.Append(NewEvent("2"));
        Assert.Equal([EventSegmentStatus.OK, EventSegmentStatus.OK], forged.Events.Verify([]).Select(static result => result.Status));
        Assert.Equal(EventSegmentStatus.DIFFERENT_HEAD, forged.Events.Verify(kept).Last().Status);
    }

    [Fact]
    [InFolder]
    public void Verify_LastEventsAreCutOff_KeptHeadsShowIt()
    {
        EventSegment[] kept;
        long length;
        using (IStateStore store = Open())
        {
            store.Events.Append(NewEvent("1"));
            length = new FileInfo(FileOf(1)).Length;
            store.Events.Append(NewEvent("2"));
            kept = [.. store.Events.ListSegments()];
        }

        using (FileStream file = File.OpenWrite(FileOf(1)))
        {
            file.SetLength(length);
        }

        using IStateStore shortened = Open();
        Assert.Equal(EventSegmentStatus.DIFFERENT_HEAD, shortened.Events.Verify(kept).Last().Status);
    }

    [Fact]
    [InFolder]
    public void Verify_CatalogueIsChanged_SaysWhere()
    {
        using (IStateStore store = Open())
        {
            store.Events.Append(NewEvent("1"));
        }

        string catalogue = Path.Combine(Folder, "events", "catalogue.log");
        byte[] bytes = File.ReadAllBytes(catalogue);
        bytes[SegmentHeader.Size + 10] ^= 1;
        using IStateStore again = Open();
        File.WriteAllBytes(catalogue, bytes);
        EventSegmentVerification first = again.Events.Verify([]).First();
        Assert.Equal((0, EventSegmentStatus.DAMAGED, SegmentHeader.Size), (first.Number, first.Status, first.Position));
    }

    private static int[] Numbers(IStateStore store, EventLogSettings settings) =>
        [.. store.Events.FindExcess(settings, default).Select(static segment => segment.Number)];

    private string FileOf(int segment) => Path.Combine(Folder, "events", $"{segment:D8}.log");

    // Appends until a number of segments is complete.
    // The thread that indexes is slower than those that append: it must neither follow them for ever, nor begin segments that nobody uses.
    [Fact]
    [InFolder]
    public async Task Append_FasterThanEventsAreIndexed_SegmentsEndAndNoneIsEmpty()
    {
        const int ThreadCount = 16;
        const int MaxCount = 5_000_000;
        int count = 0;
        using (IStateStore store = Open())
        {
            Write(store, static transaction => transaction.WriteEventLog(s_small));
            using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            Task[] appending = [.. Enumerable.Range(0, ThreadCount).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    // An end in any case: without one, a fault here would fill the disk.
                    while (!enough.IsCancellationRequested && Volatile.Read(ref count) < MaxCount)
                    {
                        int number = Interlocked.Increment(ref count);
                        store.Events.Append(NewEvent($"{number}", keyId: number % 1000 == 0 ? "key-1000" : "key-1"));
                    }
                },
                Cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            for (int i = 0; i < 600 && Sealed(store) < 3; i++)
            {
                await Task.Delay(100, Cancellation);
            }

            bool areSealed = Sealed(store) >= 3;
            await enough.CancelAsync();
            await Task.WhenAll(appending);
            Assert.True(areSealed);
        }

        using IStateStore again = Open();
        ImmutableArray<EventSegment> segments = again.Events.ListSegments();
        Assert.Equal(count, segments.Sum(static segment => segment.Events));

        // A process that ends while it exchanges its segment leaves the next one too, which another process continues.
        EventSegment[] open = [.. segments.Where(static segment => segment.State == EventSegmentState.OPEN)];
        Assert.InRange(open.Length, 1, 2);
        Assert.InRange(open.Count(static segment => segment.Events > 0), open.Length - 1, 1);
        Assert.DoesNotContain(segments, static segment => segment.State == EventSegmentState.SEALED && segment.Events == 0);
        Assert.Equal(count / 1000, again.Events.Query(new EventQuery { KeyId = "key-1000" }).DistinctBy(static one => one.EventId).Count());

        static int Sealed(IStateStore store) =>
            store.Events.ListSegments().Count(static segment => segment.State == EventSegmentState.SEALED);
    }

    private static void Fill(IStateStore store, int complete)
    {
        Write(store, static transaction => transaction.WriteEventLog(s_small));
        store.Events.Append(NewEvent("first", keyId: "old"));
        AuditRecord large = NewEvent("large", "2026-03-04T06:00:00Z") with
        {
            Json = Encoding.UTF8.GetBytes("{}".PadRight(8000)),
        };
        bool IsDone() => store.Events.ListSegments().Count(static segment => segment.State == EventSegmentState.SEALED) >= complete;
        for (int i = 0; i < 2000 && !IsDone(); i++)
        {
            store.Events.Append(large);

            // Segments are completed behind the calls, by a thread that a busy machine may keep waiting.
            if (i >= 1000)
            {
                Thread.Sleep(10);
            }
        }

        Assert.True(IsDone());
    }
}
