using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

/// <summary>What processes share about a refused PIN is in a file beside the lock of the token.</summary>
public sealed class RefusedPinTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-refused-pin-").FullName;
    private readonly string _file;
    private readonly RefusedPin _pin;

    public RefusedPinTests()
    {
        _file = Path.Combine(_folder, "token.refused-pin");
        _pin = new RefusedPin(_file);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Is_AfterRemember_IsTrueOfThatPinOnly()
    {
        Assert.False(_pin.Is("1234567"u8));
        _pin.Remember("1234567"u8);
        Assert.True(_pin.Is("1234567"u8));
        Assert.False(_pin.Is("1234568"u8));
        Assert.False(_pin.Is([]));
        _pin.Remember("1234568"u8);
        Assert.False(_pin.Is("1234567"u8));
        Assert.True(_pin.Is("1234568"u8));
    }

    [Fact]
    public void Forget_AfterRemember_RemovesTheFile()
    {
        _pin.Remember("1234567"u8);
        _pin.Forget();
        Assert.False(_pin.Is("1234567"u8));
        Assert.False(File.Exists(_file));
        _pin.Forget();
    }

    [Theory]
    [InlineData(47, false)]
    [InlineData(48, true)]
    [InlineData(49, false)]
    public void Is_InAFileOfAnotherLength_IsFalse(int length, bool expected)
    {
        _pin.Remember("1234567"u8);
        byte[] kept = File.ReadAllBytes(_file);
        Array.Resize(ref kept, length);
        File.WriteAllBytes(_file, kept);
        Assert.Equal(expected, _pin.Is("1234567"u8));
    }

    [Fact]
    public void Remember_OfTheSamePinTwice_KeepsASaltedHashForTheOwnerOnly()
    {
        _pin.Remember("1234567"u8);
        byte[] first = File.ReadAllBytes(_file);
        _pin.Remember("1234567"u8);
        byte[] second = File.ReadAllBytes(_file);
        Assert.NotEqual(first[..16], second[..16]);
        Assert.NotEqual(first[16..], second[16..]);
        Assert.Equal(-1, second.AsSpan().IndexOf("1234567"u8));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_file));
        }
    }

    [Fact]
    public void Remember_WhereNothingCanBeWritten_KeepsTheAnswerOfTheToken()
    {
        Directory.CreateDirectory(_file);
        _pin.Remember("1234567"u8);
        _pin.Forget();
        Assert.True(Directory.Exists(_file));
    }

    [Fact]
    public void Of_TokenOfACopiedFolder_IsNotThatOfTheOriginal()
    {
        string original = Configure("original");
        string copy = Configure("copy");
        string library = Path.Combine(_folder, "libsofthsm2.so");
        HsmToken token = new("lab", "1");
        RefusedPin OfToken(string? configuration)
        {
            LibraryReference reference = new(library, null, configuration);
            return RefusedPin.Of(reference, InterProcessLock.OfToken(reference, token));
        }

        try
        {
            OfToken(copy).Remember("1234567"u8);
            Assert.True(OfToken(copy).Is("1234567"u8));
            Assert.False(OfToken(original).Is("1234567"u8));
            Assert.False(OfToken(null).Is("1234567"u8));

            // By its tokens: another process may have found them in another way.
            string alias = Path.Combine(_folder, "alias.conf");
            File.Copy(copy, alias);
            Assert.True(OfToken(alias).Is("1234567"u8));
            OfToken(original).Forget();
            Assert.True(OfToken(copy).Is("1234567"u8));
            OfToken(copy).Forget();
            Assert.False(OfToken(copy).Is("1234567"u8));
        }
        finally
        {
            Array.ForEach(RuntimeFolder.LockFiles(library), File.Delete);
        }
    }

    [Fact]
    public void Beside_OfALockOfAToken_IsAnotherFileOfThatToken()
    {
        LibraryReference library = new(Path.Combine(_folder, "module.so"), "");
        InterProcessLock token = InterProcessLock.OfToken(library, new HsmToken("lab", "1"));
        string file = token.Beside(RefusedPin.Extension);
        Assert.EndsWith(".refused-pin", file, StringComparison.Ordinal);
        Assert.NotEqual(file, InterProcessLock.OfToken(library, new HsmToken("lab", "2")).Beside(RefusedPin.Extension));
        try
        {
            using (token.Enter(TimeSpan.Zero))
            {
                new RefusedPin(file).Remember("1234567"u8);
                Assert.Equal(
                    [48L, 0L],
                    RuntimeFolder.LockFiles(library.Path).OrderDescending(StringComparer.Ordinal)
                        .Select(static path => new FileInfo(path).Length));
            }
        }
        finally
        {
            Array.ForEach(RuntimeFolder.LockFiles(library.Path), File.Delete);
        }
    }

    private string Configure(string name)
    {
        string file = Path.Combine(_folder, $"{name}.conf");
        File.WriteAllText(file, $"directories.tokendir = {Path.Combine(_folder, name)}\n");
        return file;
    }
}
