namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM behind p11-kit, which loads all modules that are configured on the machine.</summary>
public sealed class P11KitLab : SoftHsmLab
{
    private readonly string _path = Module.Find("p11-kit-proxy.so");

    public P11KitLab() => WithToken();

    public override string Library => _path;

    public override void Activate()
    {
        base.Activate();

        // The module for TPMs, where it is configured, writes to the console when there is none.
        Environment.SetEnvironmentVariable("TSS2_LOG", "all+NONE");
    }
}

/// <summary>SoftHSM behind the module of OpenSC that writes down every call.</summary>
public sealed class SpyLab : SoftHsmLab
{
    private readonly string _path;

    public SpyLab()
    {
        _path = Path.Combine(Folder, "pkcs11-spy.so");
        File.Copy(Module.Find("pkcs11-spy.so"), _path);
        WithToken();
    }

    public override string Library => _path;

    public override void Activate()
    {
        base.Activate();
        Environment.SetEnvironmentVariable("PKCS11SPY", SoftHsm);
        Environment.SetEnvironmentVariable("PKCS11SPY_OUTPUT", Path.Combine(Folder, "calls"));
    }
}
