using System.Diagnostics;
using System.Management.Automation;
using KmsTools.Cryptography;
using KmsTools.Labs;

namespace KmsTools.Sessions;

/// <summary>The program of the XKS proxy, which makes keys, credentials and configurations too: nothing of it is loaded here.</summary>
internal static class XksProxyProgram
{
    private const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";
    private const string HelpHintBegin = "Help: ";

    /// <summary>The file of the program.</summary>
    public static string File { get; } = Path.Combine(
        Path.GetDirectoryName(typeof(XksProxyProgram).Assembly.Location)!, "XksProxy", "KmsTools.XksProxy.dll");

    /// <summary>Runs one of its commands to its end.</summary>
    /// <param name="arguments">The command with its options. Nothing secret: other users see them.</param>
    /// <param name="input">What it reads from its standard input; null for nothing.</param>
    /// <param name="failed">What it did not do if it fails, as a sentence.</param>
    /// <param name="stopped">Cancelled when the user stops the cmdlet.</param>
    /// <returns>The lines of its output as names and values.</returns>
    /// <exception cref="InvalidOperationException">`dotnet` was not found.</exception>
    /// <exception cref="XksProxyException">It failed, for the reason that it gave.</exception>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet, and with it the program.</exception>
    public static IReadOnlyDictionary<string, string> Run(
        IEnumerable<string> arguments, Secret? input, string failed, CancellationToken stopped)
    {
        using Process process = new()
        {
            StartInfo = new ProcessStartInfo(DotNetHost.Find(), [File, .. arguments])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                CreateNoWindow = true,
            },
        };

        // Who reaches the diagnostics port of .NET gets a dump of the memory, with the PIN in it.
        process.StartInfo.Environment[DiagnosticsVariable] = "0";
        foreach ((string name, string value) in SoftHsmLab.EnvironmentOf(KmsSession.Find()?.Folder))
        {
            process.StartInfo.Environment[name] = value;
        }

        process.Start();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            input?.Use(bytes => Write(bytes, process));
            process.StandardInput.Close();
            process.WaitForExitAsync(stopped).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new PipelineStoppedException();
        }

        if (process.ExitCode != 0)
        {
            IEnumerable<string> reason = Lines(errors).Where(static line => !line.StartsWith(HelpHintBegin, StringComparison.Ordinal));
            throw new XksProxyException(failed, string.Join(Environment.NewLine, reason));
        }

        return Lines(output).Select(static line => line.Split(": ", 2)).Where(static parts => parts.Length == 2)
            .ToDictionary(static parts => parts[0].TrimStart(' ', '-'), static parts => parts[1], StringComparer.Ordinal);
    }

    private static string[] Lines(Task<string> text) => text.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static void Write(ReadOnlySpan<byte> bytes, Process process)
    {
        try
        {
            process.StandardInput.BaseStream.Write(bytes);
            process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // It has ended already, and says why.
        }
    }
}
