using System.Diagnostics;
using System.Runtime.InteropServices;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.NetworkHsms;

/// <summary>
/// An HSM of its own: a SoftHSM token in a folder, a server process before it, and a module that reaches it over a socket and fails on
/// demand. The server can be killed, frozen and started again.
/// </summary>
public sealed partial class NetworkHsm : IDisposable
{
    public const string UserPin = "user-1234";
    public const string OfficerPin = "officer-5678";

    // Each key takes 4 KB, and a full campaign makes thousands.
    private const int DiskSize = 64 << 20;
    private const int SIGKILL = 9;
    private const int SIGCONT = 18;
    private const int SIGSTOP = 19;

    private static readonly string[] SoftHsmCandidates =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
    ];

    private readonly string _softHsm;
    private readonly string _client;
    private readonly int _timeout;
    private Process? _server;
    private byte[] _tokenObject = [];

    /// <param name="label">The label of the token.</param>
    /// <param name="timeout">How long the client waits for a reply, in milliseconds.</param>
    /// <param name="ownDisk">Whether the token is on a small disk of its own, where this process may make one.</param>
    public NetworkHsm(string label = "network-hsm", int timeout = 500, bool ownDisk = false)
    {
        // Their test is skipped before anything is made.
        string server = NativeProgram.NetworkHsmServer.Path;
        (string client, string faulty) = (NativeProgram.NetworkHsmClient.Path, NativeProgram.FaultyModule.Path);
        _softHsm = SoftHsmCandidates.FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("These tests need SoftHSM: install the package softhsm2.");
        ServerProgram = server;
        Label = label;
        _timeout = timeout;
        Directory.CreateDirectory(Disk);
        HasOwnDisk = ownDisk && Environment.UserName == "root" && Run("mount", "-t", "tmpfs", "-o", $"size={DiskSize}", "tmpfs", Disk) == 0;
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(
            Configuration,
            $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");

        // A loader takes a copy for another library, so every HSM has its own instances.
        _client = Copy(client);
        Module = Copy(faulty);
        SetFaults();
        Start();
    }

    /// <summary>Everything that belongs to this HSM.</summary>
    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"kmstools-net-{Guid.NewGuid():N}"[..28]);

    /// <summary>The label of the token.</summary>
    public string Label { get; }

    /// <summary>The serial number of the token; empty before <see cref="WithToken"/>.</summary>
    public string SerialNumber { get; private set; } = "";

    /// <summary>The way to it for KmsTools: with faults, and over the socket.</summary>
    public string Library => $"{Module}|faults={FaultsFile} target={_client} | {ClientSettings}";

    public HsmToken Token => new(Label, SerialNumber);

    /// <summary>Whether the token is on a disk of its own, that can be filled and made read-only.</summary>
    public bool HasOwnDisk { get; }

    /// <summary>Where SoftHSM keeps its tokens.</summary>
    public string Tokens => Path.Combine(Disk, "tokens");

    /// <summary>The folder of the token.</summary>
    public string TokenFolder => Directory.GetDirectories(Tokens).Single();

    /// <summary>The faulty module without its settings.</summary>
    public string Module { get; }

    private string ServerProgram { get; }

    private string Configuration => Path.Combine(Folder, "softhsm2.conf");

    private string SocketPath => Path.Combine(Folder, "socket");

    private string FaultsFile => Path.Combine(Folder, "faults");

    private string ClientSettings => $"socket={SocketPath} timeout={_timeout}";

    /// <summary>Starts the server and waits until it can be reached.</summary>
    public void Start()
    {
        ProcessStartInfo start = new(ServerProgram, [_softHsm, SocketPath]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        _server = Process.Start(start)!;
        Assert.Equal("ready", _server.StandardOutput.ReadLine());
    }

    /// <summary>Kills the server and all that it works on.</summary>
    public void Kill()
    {
        Process server = _server!;
        Signal(SIGKILL);
        server.WaitForExit();
        server.Dispose();
        _server = null;
    }

    /// <summary>Stops the server where it stands: it is there, and does not answer.</summary>
    public void Freeze()
    {
        Signal(SIGSTOP);

        // The signal is sent at once and takes effect when every thread has noticed it.
        while (Threads().Any(static state => state is not ('T' or 'Z')))
        {
            Thread.Sleep(1);
        }
    }

    public void Unfreeze() => Signal(SIGCONT);

    /// <summary>Takes the token away, as if its device had been pulled out.</summary>
    public void RemoveToken() => Directory.Move(TokenFolder, Away);

    /// <summary>Brings the token back, in the place of what was put there meanwhile.</summary>
    public void RestoreToken()
    {
        string home = Path.Combine(Tokens, "token");
        foreach (string intruder in Directory.GetDirectories(Tokens))
        {
            Directory.Delete(intruder, recursive: true);
        }

        Directory.Move(Away, home);
    }

    /// <summary>Puts a new token with the same label in the place of the one that was taken away.</summary>
    public void MakeNamesake()
    {
        ProcessStartInfo start = new(
            "softhsm2-util",
            ["--init-token", "--free", "--label", Label, "--so-pin", OfficerPin, "--pin", UserPin])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["SOFTHSM2_CONF"] = Configuration;
        using Process process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    /// <summary>Fills the disk of the token to the last byte.</summary>
    public void FillDisk()
    {
        Assert.True(HasOwnDisk);
        using FileStream ballast = File.Create(Ballast);
        try
        {
            while (true)
            {
                ballast.Write(new byte[4096]);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    public void EmptyDisk() => File.Delete(Ballast);

    /// <summary>Makes the disk of the token read-only. Fails as long as a file is open for writing.</summary>
    public bool TryMakeReadOnly() => Run("mount", "-o", "remount,ro", Disk) == 0;

    public void MakeWritable() => Assert.Equal(0, Run("mount", "-o", "remount,rw", Disk));

    /// <summary>Sets the PIN of the crypto user as the security officer, from another program.</summary>
    public void SetUserPin(string pin)
    {
        using (OtherSoftware other = StartOther(CKU_SO, OfficerPin))
        {
            other.SetUserPin(pin);
        }

        KeepTokenObject();
    }

    /// <summary>CKA_ID of the keys with a label, as another program sees them.</summary>
    public IReadOnlyList<string> KeyIds(string label)
    {
        using OtherSoftware other = StartOther(CKU_USER, UserPin);
        return [.. other.FindAll((CKA_LABEL, label))
            .Select(key => Convert.ToHexStringLower(other.Read(key, CKA_ID).GetValueAsByteArray()))];
    }

    /// <summary>Destroys the keys with a label, from another program.</summary>
    public void DestroyObjects(string label)
    {
        using OtherSoftware other = StartOther(CKU_USER, UserPin);
        foreach (Net.Pkcs11Interop.HighLevelAPI.IObjectHandle key in other.FindAll((CKA_LABEL, label)))
        {
            other.Destroy(key);
        }
    }

    /// <summary>Remembers the token's own object, for <see cref="RepairToken"/>.</summary>
    public void KeepTokenObject() => _tokenObject = File.ReadAllBytes(Path.Combine(TokenFolder, "token.object"));

    /// <summary>
    /// Puts the token's own object back when SoftHSM lost it: it rewrites it at every login, and does not survive a kill or a full disk
    /// in that moment, as an HSM would.
    /// </summary>
    /// <returns>Whether it was lost.</returns>
    public bool RepairToken()
    {
        string file = Path.Combine(TokenFolder, "token.object");
        if (File.Exists(file) && new FileInfo(file).Length >= _tokenObject.Length)
        {
            return false;
        }

        File.WriteAllBytes(file, _tokenObject);
        return true;
    }

    /// <summary>Sets the rules of the faulty module, or none.</summary>
    public void SetFaults(params string[] rules)
    {
        string next = FaultsFile + ".next";
        File.WriteAllLines(next, rules);
        File.Move(next, FaultsFile, overwrite: true);
    }

    /// <summary>The faults that happened and the logins that were tried; see <c>faulty-module.c</c>.</summary>
    public IReadOnlyList<string> Log() => FaultyCalls.Log(FaultsFile);

    /// <summary>How many calls of a function went well, over all processes.</summary>
    /// <param name="place">The place of the function in CK_FUNCTION_LIST.</param>
    public long Calls(int place) => FaultyCalls.Count(FaultsFile, place);

    public void Dispose()
    {
        if (_server is not null)
        {
            // A frozen process dies of this signal as well.
            Kill();
        }

        if (HasOwnDisk)
        {
            Assert.Equal(0, Run("umount", "-l", Disk));
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }

        Array.ForEach(RuntimeFolder.LockFiles(Module), File.Delete);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    private string Disk => Path.Combine(Folder, "disk");

    private string Ballast => Path.Combine(Disk, "ballast");

    private string Away => Path.Combine(Disk, "away");

    private static int Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private string Copy(string file)
    {
        string copy = Path.Combine(Folder, Path.GetFileName(file));
        File.Copy(file, copy);
        return copy;
    }

    private OtherSoftware StartOther(CKU user, string pin) => new OtherSoftware(_client, Label, ClientSettings).LogIn(user, pin);

    // The state of every thread of the server and its workers.
    private List<char> Threads()
    {
        List<char> states = [];
        foreach (string process in Directory.GetDirectories("/proc").Where(static folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                if (Stat(process)[2] == $"{_server!.Id}")
                {
                    states.AddRange(Directory.GetDirectories(Path.Combine(process, "task")).Select(static thread => Stat(thread)[0][0]));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        return states;
    }

    // The fields of /proc/.../stat after the name: state, parent, process group.
    private static string[] Stat(string folder)
    {
        string text = File.ReadAllText(Path.Combine(folder, "stat"));
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    // The server made its process group before it said that it was ready.
    private void Signal(int signal) => Assert.Equal(0, SendSignal(-_server!.Id, signal));
}
