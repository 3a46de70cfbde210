using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM in a server of p11-kit, which can be killed and started again.</summary>
public sealed class P11KitServerLab : SoftHsmLab
{
    private readonly string _path = Module.Find("p11-kit-client.so");
    private Daemon? _server;

    public P11KitServerLab()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/p11-kit"), "p11-kit is not installed.");
        Activate();
        Start();
        WithToken();
        Assert.SkipUnless(
            Provider.Find(Library, [TokenLabel]).Single().State == HsmState.DEGRADED, "This p11-kit carries AES-GCM, unlike 0.24.");
    }

    public override string Library => _path;

    public override void Activate()
    {
        base.Activate();
        Environment.SetEnvironmentVariable("P11_KIT_SERVER_ADDRESS", $"unix:path={Socket}");
    }

    /// <summary>Starts the server.</summary>
    public void Start()
    {
        _server = Daemon.TryStart(() => File.Exists(Socket), "p11-kit", "server", "-f", "--provider", SoftHsm, "-n", Socket, "pkcs11:");
        Assert.SkipWhen(_server is null, "The server of p11-kit cannot be started here.");
    }

    /// <summary>Kills the server with all its connections.</summary>
    public void Kill()
    {
        _server?.Kill();
        _server = null;
        File.Delete(Socket);
    }

    public override void Dispose()
    {
        base.Dispose();
        _server?.Dispose();
    }

    private string Socket => Path.Combine(Folder, "server");
}
