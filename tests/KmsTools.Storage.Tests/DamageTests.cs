using System.Globalization;
using System.Runtime.InteropServices;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>A file that cannot be read, because it is damaged, or because its descriptor in this process is no longer its own.</summary>
public sealed partial class DamageTests : IDisposable
{
    private const int Rows = 2000;

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-damage-").FullName;

    public DamageTests()
    {
        File.WriteAllBytes(FileName, []);
        using Database made = new(FileName);
        made.Execute("CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
            + "INSERT INTO t SELECT randomblob(200) FROM n");
    }

    private string FileName => Path.Combine(_folder, "state.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_PagesOverwritten_SaysThatTheFileIsDamaged()
    {
        byte[] content = File.ReadAllBytes(FileName);
        content.AsSpan(4096, content.Length - 8192).Fill(0xA5);
        File.WriteAllBytes(FileName, content);
        using Database database = new(FileName);
        StateStoreException exception = Assert.Throws<StateStoreException>(() => database.ReadNumber("SELECT sum(length(a)) FROM t"));
        Assert.Equal($"'{FileName}' is damaged. Restore the folder of the store from a backup.", exception.Message);
    }

    [Fact]
    public void Read_DescriptorBelongsToAnotherFile_SaysThatTheFileIsWhole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are listed in /proc.");
        string other = Path.Combine(_folder, "other");
        File.WriteAllBytes(other, [.. Enumerable.Repeat((byte)0xA5, 1 << 20)]);
        using (Database database = new(FileName))
        using (FileStream stranger = File.OpenRead(other))
        {
            string open = Directory.GetFiles("/proc/self/fd").Single(path => new FileInfo(path).LinkTarget == FileName);
            int descriptor = int.Parse(Path.GetFileName(open), CultureInfo.InvariantCulture);
            Assert.Equal(descriptor, Replace((int)stranger.SafeFileHandle.DangerousGetHandle(), descriptor));
            StateStoreException exception = Assert.Throws<StateStoreException>(
                () => database.ReadNumber("SELECT sum(length(a)) FROM t"));
            Assert.Equal(
                $"'{FileName}' could not be read correctly, but the file itself is whole. Nothing of the last change was saved. Start this "
                    + "process again: another library in it, such as a PKCS#11 module, may have closed a file that the store has open.",
                exception.Message);
        }

        using Database again = new(FileName);
        Assert.Equal(Rows, again.ReadNumber("SELECT count(*) FROM t"));
    }

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Replace(int from, int to);
}
