using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>
/// The soft token of openCryptoki, with its daemon. A machine has one of each, in folders of the system: one process at a time has this
/// lab, and leaves the machine as it was.
/// </summary>
public sealed partial class OpenCryptokiLab : HsmLab
{
    /// <summary>The PIN of the security officer of a token that is not initialized.</summary>
    public const string FirstOfficerPin = "87654321";

    /// <summary>The longest PIN that the token takes.</summary>
    public const string ShortPin = "user1234";

    private const string State = "/var/lib/opencryptoki/swtok";
    private const string Socket = "/run/pkcsslotd.socket";
    private const string ProcessIdFile = "/run/pkcsslotd.pid";
    private const string SharedMemory = "/proc/sysvipc/shm";
    private const int Remove = 0; // IPC_RMID
    private const string Program = "/usr/sbin/pkcsslotd";

    // Left by a process that could not clean up: what is beside it belongs to tests.
    private const string Marker = $"{State}/kmstools-test";

    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    private readonly string _path;
    private readonly FileStream _turn;
    private Daemon? _daemon;

    public OpenCryptokiLab()
    {
        _path = Module.Find("libopencryptoki.so");
        Assert.SkipUnless(File.Exists(Program) && Directory.Exists(State), "openCryptoki is not installed completely.");
        Assert.SkipUnless(Environment.UserName == "root", "The daemon of openCryptoki runs as root only.");
        _turn = AwaitTurn();
        try
        {
            RequireUnused();
            File.WriteAllText(Marker, "");
            StartDaemon();
            SerialNumber = MakeToken().SerialNumber;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override string Library => _path;

    public override string TokenLabel => "kms-ock-lab";

    public override string Pin => ShortPin;

    /// <summary>Makes the lab's token, which does not exist yet.</summary>
    public HsmStatus MakeToken(string officerPin = FirstOfficerPin, string userPin = ShortPin) => Provider.InitializeToken(
        Library, TokenLabel, Encoding.UTF8.GetBytes(officerPin), Encoding.UTF8.GetBytes(userPin));

    /// <summary>Replaces the token with one that is not initialized.</summary>
    public void RemoveToken()
    {
        StopDaemon();
        Clear();
        File.WriteAllText(Marker, "");
        StartDaemon();
    }

    public void StartDaemon()
    {
        _daemon = Daemon.TryStart(static () => Listens(), Program, "-f");
        Assert.SkipWhen(_daemon is null, "The daemon of openCryptoki cannot be started here.");
    }

    // The file of its socket is there a moment before it listens, which the flag __SO_ACCEPTCON shows.
    private static bool Listens() => File.ReadLines("/proc/net/unix")
        .Any(static line => line.EndsWith(Socket, StringComparison.Ordinal) && line.Contains(" 00010000 ", StringComparison.Ordinal));

    /// <summary>Kills the daemon, which would otherwise stay until this process has left it, and does what it does at its end.</summary>
    public void StopDaemon()
    {
        if (_daemon is null)
        {
            return;
        }

        _daemon.Kill();
        File.Delete(Socket);
        File.Delete(ProcessIdFile);
        foreach (string[] segment in File.ReadLines(SharedMemory).Skip(1).Select(Fields).Where(fields => fields[4] == $"{_daemon.Id}"))
        {
            Assert.Equal(0, ControlSharedMemory(int.Parse(segment[1], CultureInfo.InvariantCulture), Remove, 0));
        }

        _daemon = null;
    }

    public override void Dispose()
    {
        base.Dispose();
        StopDaemon();
        if (File.Exists(Marker))
        {
            Clear();
        }

        _turn.Dispose();
    }

    private static string[] Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    [LibraryImport("libc", EntryPoint = "shmctl")]
    private static partial int ControlSharedMemory(int id, int command, nint buffer);

    private static FileStream AwaitTurn()
    {
        long end = Environment.TickCount64 + (long)MaxWait.TotalMilliseconds;
        while (true)
        {
            try
            {
                string file = Path.Combine(Path.GetTempPath(), "kmstools-opencryptoki.lock");
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < end)
            {
                Thread.Sleep(100);
            }
        }
    }

    private static void RequireUnused()
    {
        bool runs = File.Exists(ProcessIdFile)
            && int.TryParse(File.ReadAllText(ProcessIdFile), CultureInfo.InvariantCulture, out int process)
            && File.Exists($"/proc/{process}/comm")
            && File.ReadAllText($"/proc/{process}/comm").StartsWith("pkcsslotd", StringComparison.Ordinal);
        Assert.SkipWhen(runs, "The daemon of openCryptoki runs already: this machine uses it.");
        Assert.SkipWhen(
            File.Exists($"{State}/NVTOK.DAT") && !File.Exists(Marker), "openCryptoki has a token already: this machine uses it.");
        Clear();
    }

    private static void Clear()
    {
        Array.ForEach(Directory.GetFiles($"{State}/TOK_OBJ"), File.Delete);
        Array.ForEach([.. Directory.GetFiles(State).Where(static file => file != Marker)], File.Delete);
        Array.ForEach(Directory.GetFiles("/dev/shm", "var.lib.opencryptoki.*"), File.Delete);
        File.Delete(Marker);
    }
}
