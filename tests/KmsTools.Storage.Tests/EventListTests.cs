using KmsTools.Persistence;
using KmsTools.Storage.Segments;

namespace KmsTools.Storage.Tests;

public sealed class EventListTests
{
    private static readonly EventEntry[] s_entries =
    [
        Entry(40, 1000, 5000, "Encrypt", "r1"),
        Entry(300, 1000, 5001, "Sign", "r1"),
        Entry(170, 1002, 4990, "Encrypt", "r2"),
        Entry(long.MaxValue, long.MaxValue, long.MaxValue, "Encrypt", "r1"),
    ];

    [Fact]
    public void Decode_All_TheirPositionsComeBack() => Assert.Equal(
        [
            new EventPosition(1000, 5000, 7, 40),
            new EventPosition(1000, 5001, 7, 300),
            new EventPosition(1002, 4990, 7, 170),
        ],
        EventList.Decode(EventList.Encode(s_entries), 7, long.MaxValue, new EventSearch(new EventQuery())));

    [Fact]
    public void Decode_EndNameRegionAndTime_LimitIt()
    {
        byte[] list = EventList.Encode(s_entries);
        Assert.Equal([40], Offsets(170, new EventQuery()));
        Assert.Equal([40, 170], Offsets(171, new EventQuery()));
        Assert.Equal([300], Offsets(long.MaxValue, new EventQuery { EventName = "sign" }));
        Assert.Equal([170], Offsets(long.MaxValue, new EventQuery { Region = "r2" }));
        Assert.Equal([40], Offsets(long.MaxValue, new EventQuery { EventName = "Encrypt", Region = "r1" }));
        Assert.Equal([170], Offsets(long.MaxValue, new EventQuery { After = Milliseconds(1001), Before = Milliseconds(1002) }));
        Assert.Equal([40, 300], Offsets(long.MaxValue, new EventQuery { Before = Milliseconds(1001) }));

        long[] Offsets(long end, EventQuery query) =>
            [.. EventList.Decode(list, 7, end, new EventSearch(query)).Select(static position => position.Offset)];
    }

    // The layout of the form, byte by byte.
    [Fact]
    public void Encode_Layout()
    {
        string list = Convert.ToHexString(EventList.Encode([Entry(64, 1, -1, "Ab", "r"), Entry(63, 2, 200, "Ab", "r")]));
        Assert.Equal("01" + "024162" + "0172" + "00" + "02" + "01" + "8001" + "00" + "02" + "9203" + "01" + "25BD744234797707", list);
    }

    [Fact]
    public void Decode_AnyBitIsFlipped_IsRefused()
    {
        byte[] list = EventList.Encode(s_entries);
        for (int bit = 0; bit < list.Length * 8; bit++)
        {
            byte[] damaged = [.. list];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<InvalidDataException>(() => EventList.Decode(damaged, 7, long.MaxValue, new EventSearch(new EventQuery())));
        }

        Assert.Throws<InvalidDataException>(() => EventList.Decode([1, 2, 3], 7, long.MaxValue, new EventSearch(new EventQuery())));
    }

    private static DateTimeOffset Milliseconds(long time) => DateTimeOffset.FromUnixTimeMilliseconds(time);

    private static EventEntry Entry(long offset, long time, long recorded, string name, string region) =>
        new(7, offset, time, recorded, 0, false, name, region, null, null);
}
