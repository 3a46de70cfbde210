using System.ComponentModel;
using System.Diagnostics;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>Other programs.</summary>
internal static class Children
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or it failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using Process child = Start(program, arguments);
        return Finish(child);
    }

    /// <summary>Runs a program that need not be there.</summary>
    public static bool TryRun(string program, string[] arguments, out string output)
    {
        try
        {
            output = Run(program, arguments);
            return true;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            output = "";
            return false;
        }
    }

    /// <summary>Starts a program; the caller talks to it.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // As Start-KmsEndpoint does.
        start.Environment.TryAdd("DOTNET_GCgen0size", "0x1800000");
        return Process.Start(start)!;
    }

    /// <summary>Starts this program again, to do one thing in a process of its own.</summary>
    public static Process StartSelf(params string[] arguments) =>
        Start(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(Children).Assembly.Location, .. arguments]
            : arguments);

    /// <summary>Waits for the end of a program that must end well.</summary>
    /// <returns>Its output.</returns>
    public static string Finish(Process child)
    {
        child.StandardInput.Close();
        Task<string> errors = child.StandardError.ReadToEndAsync();
        Task<string> output = child.StandardOutput.ReadToEndAsync();
        if (!child.WaitForExit(s_patience))
        {
            child.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{child.StartInfo.FileName} did not end within {s_patience.TotalMinutes:0} minutes.");
        }

        return child.ExitCode == 0
            ? output.GetAwaiter().GetResult()
            : throw new InvalidOperationException(
                $"{child.StartInfo.FileName} ended with exit code {child.ExitCode}: {errors.GetAwaiter().GetResult().Trim()}");
    }

    /// <summary>The next line that a program says.</summary>
    public static string ReadLine(Process child) => child.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"{child.StartInfo.FileName} ended too early: {child.StandardError.ReadToEnd().Trim()}");
}
