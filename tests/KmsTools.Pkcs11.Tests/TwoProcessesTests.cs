using System.Diagnostics;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

public sealed class TwoProcessesTests : IDisposable
{
    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Connect_TwoProcessesAtOneToken_NeitherFails()
    {
        int rounds = Campaign.Length(usual: 20, full: 40);
        using Process other = Worker.Start(_lab, rounds);
        Worker.Work(_lab, rounds);
        string errors = other.StandardError.ReadToEnd();
        other.WaitForExit();
        Assert.True(other.ExitCode == 0, errors);
    }

    [Fact]
    public void Encrypt_WhileAnotherProcessConnects_NeverFails()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:steady", id);
        using Process other = Worker.Start(_lab, 20);
        do
        {
            for (int message = 0; message < 100; message++)
            {
                connection.Encrypt(id, new byte[16], [], new byte[44]);
            }
        }
        while (!other.HasExited);
        Assert.True(other.ExitCode == 0, other.StandardError.ReadToEnd());
    }

    [Fact]
    public void Connect_TokensOfOneFolderSideBySide_DoesNotEndTheProcess()
    {
        // SoftHSM takes a token whose file is empty, as it is for a moment at each login, for slot 0, and aborts the process at the second.
        using ClusterLab lab = new();
        using Process worker = Worker.Start(lab, Campaign.Length(usual: 150, full: 300), areApart: true);
        string errors = worker.StandardError.ReadToEnd();
        worker.WaitForExit();
        Assert.True(worker.ExitCode == 0, errors);
    }
}
