using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>Files that hold the PIN of a crypto user.</summary>
public sealed class PinFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"kmstools-pin-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("kmsPswd1", "kmsPswd1")]
    [InlineData("kmsPswd1\n", "kmsPswd1")]
    [InlineData("kmsPswd1\r\n", "kmsPswd1")]
    [InlineData(" a b ", " a b ")]
    [InlineData("é", "é")]
    public void TryRead_AllButTheLastLineEnd_IsThePin(string content, string expected)
    {
        Write(content);
        Assert.Equal((expected, null), Read());
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupWrite, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherWrite, false)]
    public void TryRead_FileOfOthersToo_IsRefused(UnixFileMode mode, bool isRead)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Write("kmsPswd1", mode);
        Assert.Equal(
            isRead ? ("kmsPswd1", null) : (null, $"The PIN file {_file} can be read or written by others than its owner. Take their "
                + $"permissions away: chmod 600 '{_file}'."),
            Read());
    }

    [Fact]
    public void TryRead_NoPin_TellsWhy()
    {
        Assert.Equal((null, $"The PIN file {_file} does not exist."), Read());
        Write("\n");
        Assert.Equal((null, $"The PIN file {_file} is empty."), Read());
        Write(new string('a', 4096));
        Assert.Equal((new string('a', 4096), null), Read());
        Write(new string('a', 4097));
        Assert.Equal((null, $"The PIN file {_file} contains more than a PIN: it has more than 4096 bytes."), Read());
    }

    private void Write(string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.Delete(_file);
        File.WriteAllText(_file, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_file, mode);
        }
    }

    private (string? Pin, string? Reason) Read()
    {
        bool isRead = PinFile.TryRead(_file, out Secret? pin, out string? reason);
        using (pin)
        {
            Assert.Equal(isRead, pin is not null);
            return (pin?.Use(static bytes => Encoding.UTF8.GetString(bytes)), reason);
        }
    }
}
