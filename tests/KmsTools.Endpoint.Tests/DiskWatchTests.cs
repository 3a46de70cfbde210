namespace KmsTools.Endpoint;

public sealed class DiskWatchTests
{
    [Fact]
    public void Look_RoomBecomesLittle_WarnsOnceEachTime()
    {
        using StringWriter errors = new() { NewLine = "\n" };
        DiskWatch watch = new("/lab", errors);
        const long limit = 128 * 1024 * 1024;

        watch.Look(limit);
        Assert.Equal("", errors.ToString());
        watch.Look(limit - 1);
        watch.Look(0);
        const string first = "Warning: 127 MiB are left on the disk of '/lab'. When it is full, all calls are refused: make room, or bound the event log with Set-KmsEventLog.\n";
        Assert.Equal(first, errors.ToString());
        watch.Look(limit);
        watch.Look(5 * 1024 * 1024);
        Assert.Equal(first + first.Replace("127", "5", StringComparison.Ordinal), errors.ToString());
    }
}
