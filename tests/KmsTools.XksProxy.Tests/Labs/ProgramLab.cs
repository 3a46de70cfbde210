using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using KmsTools.Endpoint;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.XksProxy.Labs;

/// <summary>A token of SoftHSM with two keys, certificates, and a folder for configurations: what the program of the proxy needs.</summary>
public sealed partial class ProgramLab : IDisposable
{
    public ProgramLab()
    {
        Directory.CreateDirectory(Folder);
        Hsm = new SoftHsmLab().WithToken();
        using OtherSoftware owner = Hsm.StartOther();
        owner.MakeAes("orders", [1]);
        Write("pin", HsmLab.UserPin);
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"kmstools-xks-program-{Guid.NewGuid():N}");

    public SoftHsmLab Hsm { get; }

    public string TokenLabel => Hsm.TokenLabel;

    public TestCertificates Certificates { get; } = new();

    public string In(string name) => Path.Combine(Folder, name);

    /// <summary>Writes a file that only its owner can read.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(In(name), content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return In(name);
    }

    /// <summary>Runs a command of the program, in this process.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        (TextWriter output, TextWriter errors) = (Console.Out, Console.Error);
        using StringWriter said = new();
        using StringWriter complained = new();
        Console.SetOut(said);
        Console.SetError(complained);
        try
        {
            return (await ProxyProgram.RunAsync(arguments), said.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(errors);
        }
    }

    /// <summary>Writes a configuration with the program itself, on a free port, and more members at its beginning.</summary>
    public async Task<string> NewConfigurationAsync(string name, string more = "", params string[] arguments)
    {
        string file = In(name);
        (int exitCode, _, string errors) = await RunAsync(
        [
            "new-configuration", "--configuration", file, "--library", Hsm.Library, "--token", TokenLabel, "--pin-file", In("pin"),
            "--key", "orders", "--region", "us-east-1", "--port", "0", .. arguments,
        ]);
        Assert.True(exitCode == 0, errors);
        return Write(name, more + await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    /// <summary>Asks a proxy for its health, with the credential of a configuration.</summary>
    public async Task<XksAnswer> AskAsync(Uri address, string configuration, X509Certificate2? client = null, string? path = null)
    {
        string text = await File.ReadAllTextAsync(configuration, TestContext.Current.CancellationToken);
        XksCall call = new("health", """{"requestMetadata":{"kmsRequestId":"r-1","kmsOperation":"KmsHealthCheck"}}""")
        {
            Prefix = path ?? "",
            AccessKeyId = AccessKey().Match(text).Groups["id"].Value,
            Secret = (await File.ReadAllTextAsync(Path.ChangeExtension(configuration, ".secret"), TestContext.Current.CancellationToken)).Trim(),
        };
        using SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    RevocationMode = X509RevocationMode.NoCheck,
                    CustomTrustStore = { Certificates.Root },
                },
                ClientCertificates = client is null ? null : [client],
            },
        };
        using HttpClient http = new(handler);
        using HttpRequestMessage message = call.ToMessage(address);
        using HttpResponseMessage response = await http.SendAsync(message, TestContext.Current.CancellationToken);
        return new XksAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Content.Headers.ContentType?.ToString());
    }

    public void Dispose()
    {
        Certificates.Dispose();
        Hsm.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    [GeneratedRegex("accessKeyId: (?<id>[A-Z2-7]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex AccessKey();
}
