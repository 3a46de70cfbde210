using System.Text;
using KmsTools.Persistence;
using KmsTools.Storage.Sinks;

namespace KmsTools.Storage;

/// <summary>A file of JSON lines, and /dev/full, where nothing can be written, in its place.</summary>
public sealed class EventSinkTests : IDisposable
{
    private const string Full = "/dev/full";

    private readonly string _folder = Directory.CreateTempSubdirectory("kms-sink-").FullName;
    private readonly List<string> _warnings = [];

    private string Sink => Path.Combine(_folder, "events.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_Events_AddsALineForEach()
    {
        File.WriteAllText(Sink, "{}\n");
        using EventSink sink = Open(Sink, isRequired: true);
        sink.Write(Json("{\"a\":1}"), Json("{\"b\":2}"));
        sink.Write(Json($"{{\"c\":\"{new string('x', 10_000)}\"}}"));
        Assert.Equal($"{{}}\n{{\"a\":1}}\n{{\"b\":2}}\n{{\"c\":\"{new string('x', 10_000)}\"}}\n", File.ReadAllText(Sink));

        // As a program that empties logs does.
        File.WriteAllText(Sink, "");
        sink.Write(Json("{\"d\":4}"));
        Assert.Equal("{\"d\":4}\n", File.ReadAllText(Sink));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void File_New_IsReadableByItsOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files.");
        Open(Sink, isRequired: false).Dispose();
        UnixFileMode? mode = OperatingSystem.IsWindows() ? null : File.GetUnixFileMode(Sink);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, mode);
    }

    [Fact]
    public void Write_RequiredAndTheDiskIsFull_FailsUntilThereIsRoom()
    {
        Assert.SkipUnless(File.Exists(Full), "This system has no /dev/full.");
        File.CreateSymbolicLink(Sink, Full);
        using EventSink sink = Open(Sink, isRequired: true);
        for (int i = 0; i < 2; i++)
        {
            Assert.StartsWith(
                $"The event cannot be written to '{Sink}', where it is required: ",
                Assert.Throws<StateStoreException>(() => sink.Write(Json("{}"))).Message);
        }

        File.Delete(Sink);
        sink.Write(Json("{\"a\":1}"));
        Assert.Equal("{\"a\":1}\n", File.ReadAllText(Sink));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Write_NotRequiredAndTheDiskIsFull_WarnsOnceAndCountsWhatIsMissing()
    {
        Assert.SkipUnless(File.Exists(Full), "This system has no /dev/full.");
        File.CreateSymbolicLink(Sink, Full);
        using EventSink sink = Open(Sink, isRequired: false);
        sink.Write(Json("{}"));
        sink.Write(Json("{}"), Json("{}"));
        Assert.StartsWith($"Warning: events cannot be written to '{Sink}': ", Assert.Single(_warnings));

        File.Delete(Sink);
        sink.Write(Json("{\"a\":1}"));
        Assert.Equal($"Events are written to '{Sink}' again. 3 are missing in it; the event log has them.", _warnings[1]);
        Assert.Equal("{\"a\":1}\n", File.ReadAllText(Sink));
        sink.Write(Json("{\"b\":2}"));
        Assert.Equal(2, _warnings.Count);
    }

    [Fact]
    public void Open_RequiredInAFolderThatIsNotThere_Fails()
    {
        string missing = Path.Combine(_folder, "none", "events.jsonl");
        Assert.StartsWith(
            $"The event cannot be written to '{missing}', where it is required: ",
            Assert.Throws<StateStoreException>(() => Open(missing, isRequired: true)).Message);
        Open(missing, isRequired: false).Dispose();
        Assert.StartsWith($"Warning: events cannot be written to '{missing}': ", Assert.Single(_warnings));
    }

    private static ReadOnlyMemory<byte> Json(string json) => Encoding.UTF8.GetBytes(json);

    private EventSink Open(string file, bool isRequired) =>
        EventSink.Open(new EventSinkOptions(EventSinkPlace.Parse(file), isRequired, _warnings.Add));
}
