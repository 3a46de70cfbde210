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

    /// <summary>The faults that happened and the IVs that were refused; see <c>faulty-module.c</c>.</summary>
    public IReadOnlyList<string> Log() => FaultyCalls.Log(Faults);

    /// <summary>How many calls of a function went well.</summary>
    /// <param name="place">The place of the function in CK_FUNCTION_LIST.</param>
    public long Calls(int place) => FaultyCalls.Count(Faults, place);
}
