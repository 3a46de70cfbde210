namespace KmsTools.Persistence;

/// <summary>What a user writes for a place of events.</summary>
public sealed class EventSinkPlaceTests
{
    [Theory]
    [InlineData("events.jsonl")]
    [InlineData("/var/log/kms.jsonl")]
    [InlineData("C:\\logs\\kms.jsonl")]
    [InlineData("syslog")]
    [InlineData("./syslog:")]
    public void Parse_File_IsThatFile(string text)
    {
        EventSinkPlace place = EventSinkPlace.Parse(text);
        Assert.Equal((text, null, null, text), (place.File, place.Socket, place.Host, place.ToString()));
        Assert.Equal(("/here/" + text, "/here/" + text), (place.Resolve(Resolve).File, $"{place.Resolve(Resolve)}"));
        static string Resolve(string path) => "/here/" + path;
    }

    [Theory]
    [InlineData("syslog+unix:/run/log", "/run/log")]
    [InlineData("SYSLOG+unix:///run/log", "/run/log")]
    public void Parse_Socket_IsItsPath(string text, string path)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other paths.");
        EventSinkPlace place = EventSinkPlace.Parse(text);
        Assert.Equal((null, path, null, text), (place.File, place.Socket, place.Host, place.ToString()));
        Assert.Same(place, place.Resolve(static _ => "other"));
    }

    [Fact]
    public void Parse_Syslog_IsTheSocketOfThisMachine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have other sockets.");
        Assert.Equal("/dev/log", EventSinkPlace.Parse("syslog:").Socket);
    }

    [Theory]
    [InlineData("syslog+tcp://logs.example.com:601", "logs.example.com", 601, false)]
    [InlineData("syslog+tcp://[2001:db8::1]:514/", "2001:db8::1", 514, false)]
    [InlineData("syslog+tls://127.0.0.1:6515", "127.0.0.1", 6515, true)]
    [InlineData("Syslog+TLS://logs", "logs", 6514, true)]
    public void Parse_Server_IsItsAddress(string text, string host, int port, bool isTls)
    {
        EventSinkPlace place = EventSinkPlace.Parse(text);
        Assert.Equal((null, null, host, port, isTls), (place.File, place.Socket, place.Host, place.Port, place.IsTls));
    }

    [Theory]
    [InlineData("")]
    [InlineData("syslog:/dev/log")]
    [InlineData("syslog://logs:514")]
    [InlineData("syslog+udp://logs:514")]
    [InlineData("syslog+tcp://logs")]
    [InlineData("syslog+tcp://logs:0")]
    [InlineData("syslog+tcp://logs:65536")]
    [InlineData("syslog+tcp:logs:514")]
    [InlineData("syslog+tcp://logs:514/path")]
    [InlineData("syslog+tls://user@logs:514")]
    [InlineData("syslog+unix:")]
    [InlineData("syslog+unix:run/log")]
    [InlineData("tcp://logs:514")]
    [InlineData("https://logs")]
    public void Parse_NoPlace_IsRefused(string text) => Assert.Equal(
        $"'{text}' is not a place for events. Give a file, syslog:, syslog+unix:/path, syslog+tcp://host:port or syslog+tls://host:port.",
        Assert.Throws<ArgumentException>(() => EventSinkPlace.Parse(text)).Message);

    [Fact]
    public void Parse_SocketWithALongPath_IsRefused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has other paths.");
        Assert.True(EventSinkPlace.TryParse("syslog+unix:/" + new string('x', 102), out _));
        Assert.False(EventSinkPlace.TryParse("syslog+unix:/" + new string('x', 103), out _));
    }
}
