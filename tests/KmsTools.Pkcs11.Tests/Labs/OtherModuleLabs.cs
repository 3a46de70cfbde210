namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM behind p11-kit, which loads all modules that are configured on the machine.</summary>
public sealed class P11KitLab : SoftHsmLab
{
    private readonly string _path = FindModule("p11-kit-proxy.so");

    public P11KitLab() => WithToken();

    public override string Library => _path;

    public override void Activate()
    {
        base.Activate();

        // The module for TPMs, where it is configured, writes to the console when there is none.
        Environment.SetEnvironmentVariable("TSS2_LOG", "all+NONE");
    }

    /// <summary>The file of a module of the distribution. Skips the test where it is not installed.</summary>
    public static string FindModule(string name)
    {
        string[] folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
        string? path = folders.SelectMany(folder => new[] { $"{folder}/{name}", $"{folder}/pkcs11/{name}" }).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{name} is not installed.");
        return path!;
    }
}

/// <summary>SoftHSM behind the module of OpenSC that writes down every call.</summary>
public sealed class SpyLab : SoftHsmLab
{
    private readonly string _path;

    public SpyLab()
    {
        _path = Path.Combine(Folder, "pkcs11-spy.so");
        File.Copy(P11KitLab.FindModule("pkcs11-spy.so"), _path);
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
