using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>A token in a TPM that is a program of its own (swtpm), with the module of tpm2-software.</summary>
public sealed class TpmLab : HsmLab
{
    private const int MaxTries = 5;

    private readonly string _path;
    private readonly Daemon _tpm;
    private readonly int _port;

    public TpmLab()
    {
        _path = Module.Find("libtpm2_pkcs11.so");
        Assert.SkipUnless(
            File.Exists("/usr/bin/swtpm") && File.Exists("/usr/bin/tpm2_ptool") && File.Exists("/usr/bin/tpm2_flushcontext"),
            "swtpm, libtpm2-pkcs11-tools or tpm2-tools is not installed.");
        (_tpm, _port) = StartTpm();
        Activate();
        Run("tpm2_ptool", "init", $"--path={Folder}");
        Run("tpm2_flushcontext", "-t");
        SerialNumber = Provider.InitializeToken(
            Library, TokenLabel, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin)).SerialNumber;
    }

    public override string Library => _path;

    public override string TokenLabel => "kms-tpm-lab";

    public override void Activate()
    {
        Environment.SetEnvironmentVariable("TPM2_PKCS11_STORE", Folder);
        Environment.SetEnvironmentVariable("TPM2_PKCS11_TCTI", Address);
        Environment.SetEnvironmentVariable("TSS2_LOG", "all+NONE");
    }

    public override void Dispose()
    {
        base.Dispose();
        _tpm.Dispose();
    }

    private string Address => $"swtpm:host=127.0.0.1,port={_port}";

    // The second port, for its control, is the one after the first.
    private (Daemon Tpm, int Port) StartTpm()
    {
        for (int attempt = 0; attempt < MaxTries; attempt++)
        {
            int port = FreePort();
            Daemon? started = Daemon.TryStart(
                () => Answers(port + 1),
                "swtpm", "socket", "--tpm2", "--tpmstate", $"dir={Folder}", "--flags", "not-need-init,startup-clear",
                "--server", $"type=tcp,port={port},bindaddr=127.0.0.1", "--ctrl", $"type=tcp,port={port + 1},bindaddr=127.0.0.1");
            if (started is not null)
            {
                return (started, port);
            }
        }

        Assert.Skip("swtpm cannot be started here.");
        throw new UnreachableException();
    }

    private static int FreePort()
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static bool Answers(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private void Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TPM2TOOLS_TCTI"] = Address;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {output.Result}{errors}");
    }
}
