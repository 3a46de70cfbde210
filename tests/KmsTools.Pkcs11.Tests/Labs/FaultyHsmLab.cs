using System.Diagnostics;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>SoftHSM behind a module that fails on demand; it is compiled from <c>Native/interposer.c</c>.</summary>
public sealed class FaultyHsmLab : SoftHsmLab
{
    private readonly string _module;
    private int _sequence;

    public FaultyHsmLab()
    {
        _module = SoftHsm;
        SetFaults();
        string made = Path.Combine(Folder, "faulty.so");
        Assert.SkipUnless(Compile(made), "There is no C compiler (cc) to build the faulty module with.");
        WithToken();
        _module = made;
    }

    public override string Library => _module;

    private string Faults => Path.Combine(Folder, "faults");

    /// <summary>Sets the rules, or none.</summary>
    public void SetFaults(params string[] rules)
    {
        string next = Faults + ".next";
        File.WriteAllLines(next, [$"{++_sequence}", .. rules]);
        File.Move(next, Faults, overwrite: true);
    }

    private bool Compile(string output)
    {
        ProcessStartInfo compiler = new("cc")
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "-shared", "-fPIC", "-O1", "-fvisibility=hidden", "-o", output,
                $"-DFAULTS=\"{Faults}\"", $"-DTARGET=\"{SoftHsm}\"",
                Path.Combine(AppContext.BaseDirectory, "Native", "interposer.c"), "-ldl", "-lpthread",
            },
        };
        try
        {
            using Process process = Process.Start(compiler)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors);
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
