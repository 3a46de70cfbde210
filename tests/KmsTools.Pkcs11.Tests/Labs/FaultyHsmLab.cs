using KmsTools.NetworkHsms;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM behind a module that fails on demand; it is compiled from <c>Native/faulty-module.c</c>.</summary>
public sealed class FaultyHsmLab : SoftHsmLab
{
    private readonly string _module;

    public FaultyHsmLab()
    {
        string module = Path.Combine(Folder, "faulty-module.so");
        File.Copy(NativeProgram.FaultyModule.Path, module);
        SetFaults();
        _module = $"{module}|faults={Faults} target={SoftHsm}";
        WithToken();
    }

    public override string Library => _module;

    private string Faults => Path.Combine(Folder, "faults");

    /// <summary>Sets the rules, or none.</summary>
    public void SetFaults(params string[] rules)
    {
        string next = Faults + ".next";
        File.WriteAllLines(next, rules);
        File.Move(next, Faults, overwrite: true);
    }
}
