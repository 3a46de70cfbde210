using System.ComponentModel;
using System.Diagnostics;

namespace KmsTools;

/// <summary>The openssl command: an implementation that shares no code with the engine but the library under .NET.</summary>
internal sealed class OpenSsl : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kmstools-openssl-");

    public OpenSsl()
    {
        try
        {
            Run("version");
        }
        catch (Win32Exception)
        {
            Dispose();
            Assert.Skip("There is no openssl command on this machine.");
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    public OpenSsl Write(string name, byte[] content)
    {
        File.WriteAllBytes(Path.Combine(_folder.FullName, name), content);
        return this;
    }

    public byte[] Read(string name) => File.ReadAllBytes(Path.Combine(_folder.FullName, name));

    /// <summary>Runs a command line, whose words have no blanks.</summary>
    public string Run(string commandLine)
    {
        (int exitCode, string output, string error) = Start(commandLine);
        Assert.True(exitCode == 0, $"openssl {commandLine}: {error}");
        return output;
    }

    public bool Succeeds(string commandLine) => Start(commandLine).ExitCode == 0;

    /// <summary>Makes a private key: file private (PKCS#8) and file public (SubjectPublicKeyInfo).</summary>
    public byte[] GenerateKey(string algorithmAndOptions)
    {
        Run($"genpkey {algorithmAndOptions} -out pem");
        Run("pkcs8 -topk8 -nocrypt -in pem -outform DER -out private");
        Run("pkey -inform DER -in private -pubout -outform DER -out public");
        return Read("private");
    }

    private (int ExitCode, string Output, string Error) Start(string commandLine)
    {
        using Process process = Process.Start(new ProcessStartInfo("openssl", commandLine.Split(' '))
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
