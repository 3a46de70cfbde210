using System.Diagnostics;

namespace KmsTools;

/// <summary>This test program as another process: a module initializer does what a variable of its environment asks for.</summary>
internal static class TestProgram
{
    /// <summary>Starts it.</summary>
    /// <param name="variables">The variables; null for none of that name.</param>
    public static Process Start(params ReadOnlySpan<(string Name, string? Value)> variables)
    {
        ProcessStartInfo start = new("dotnet", [typeof(TestProgram).Assembly.Location])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach ((string name, string? value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
