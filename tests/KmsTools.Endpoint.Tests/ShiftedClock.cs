using System.ComponentModel;
using System.Diagnostics;

namespace KmsTools.Endpoint;

/// <summary>The wall clock of a process that is started with it, as the test sets it; its monotonic clock goes on.</summary>
internal sealed class ShiftedClock
{
    private readonly string _file;
    private readonly string _library;

    /// <summary>Builds it in a folder; skips the test where that cannot be done.</summary>
    public ShiftedClock(string folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library that shifts the clock is for Linux.");
        Directory.CreateDirectory(folder);
        _file = Path.Combine(folder, "offset");
        _library = Path.Combine(folder, "shifted-clock.so");
        Shift(TimeSpan.Zero);
        ProcessStartInfo compiler = new("cc", ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-o", _library, Source, "-ldl"])
        {
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(compiler)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0 && errors.Length == 0, errors);
        }
        catch (Win32Exception)
        {
            Assert.Skip("There is no C compiler (cc) to build the library that shifts the clock with.");
        }
    }

    /// <summary>What the process needs in its environment.</summary>
    public Dictionary<string, string?> Environment => new() { ["LD_PRELOAD"] = _library, ["KMSTOOLS_TEST_CLOCK_OFFSET"] = _file };

    private static string Source => Path.Combine(AppContext.BaseDirectory, "Native", "shifted-clock.c");

    /// <summary>Sets the clock to this far from the right time.</summary>
    public void Shift(TimeSpan by)
    {
        // A process that reads while it is written reads all or nothing.
        File.WriteAllText(_file + ".new", $"{(long)by.TotalSeconds}");
        File.Move(_file + ".new", _file, overwrite: true);
    }
}
