using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Text.RegularExpressions;
using KmsTools.Labs;
using KmsTools.Sessions;

namespace KmsTools;

/// <summary>An XKS proxy that this PowerShell process has started: a separate process that serves keys of PKCS#11 tokens.</summary>
public sealed partial class KmsXksProxy
{
    private const string PasswordVariable = "KMSTOOLS_CERTIFICATE_PASSWORD";

    private readonly ServerProcess _server;

    private KmsXksProxy(string configuration, Dictionary<string, string> environment, CancellationToken stopped)
    {
        Configuration = configuration;
        _server = ServerProcess.Start(
            XksProxyProgram.File,
            ["--configuration", configuration],
            environment,
            null,
            Read,
            static reason => new XksProxyException(
                "The XKS proxy did not start.", string.Join(System.Environment.NewLine, reason), ErrorCategory.ResourceUnavailable),
            stopped);
    }

    /// <summary>Where it serves: scheme, address and port. The path of a key store follows.</summary>
    public string Uri { get; private set; } = "";

    /// <summary>The file of its configuration, which it reads again when it changes.</summary>
    public string Configuration { get; }

    /// <summary>Where it serves metrics for Prometheus; null where it serves none.</summary>
    public string? MetricsUrl { get; private set; }

    /// <summary>Its warnings and errors, such as a token that is lost; the last 20 lines.</summary>
    public string[] Messages => _server.Messages;

    /// <summary>The process.</summary>
    public Process Process => _server.Process;

    /// <summary>The ID of the process.</summary>
    public int ProcessId => Process.Id;

    /// <summary>Whether it is running.</summary>
    public bool IsRunning => _server.IsRunning;

    /// <summary>The URI.</summary>
    public override string ToString() => Uri;

    /// <summary>Starts the program and waits until it serves.</summary>
    /// <param name="configuration">Full path of the configuration.</param>
    /// <param name="certificatePassword">The password of the private key of its certificate, or null.</param>
    /// <param name="stopped">Cancelled when the user stops the cmdlet.</param>
    /// <exception cref="InvalidOperationException">`dotnet` was not found.</exception>
    /// <exception cref="XksProxyException">The program failed to start; the message contains its error.</exception>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet, and with it the program.</exception>
    internal static KmsXksProxy Start(string configuration, SecureString? certificatePassword, CancellationToken stopped)
    {
        Dictionary<string, string> environment = SoftHsmLab.EnvironmentOf(KmsSession.Find()?.Folder);
        if (certificatePassword is not null)
        {
            // An environment variable can only be a string.
            environment[PasswordVariable] = new NetworkCredential("", certificatePassword).Password;
        }

        return new KmsXksProxy(configuration, environment, stopped);
    }

    /// <summary>Lets requests in progress finish, then stops the process.</summary>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the process ends after its requests.</exception>
    internal void Stop(CancellationToken stopped = default) => _server.Stop(stopped);

    // A line of its log. Returns whether it serves now.
    private bool Read(string line)
    {
        Match match = Told().Match(line);
        if (match.Groups["metrics"] is { Success: true } metrics)
        {
            MetricsUrl = metrics.Value;
        }

        if (match.Groups["uri"] is { Success: true } uri)
        {
            Uri = uri.Value;
        }

        return Uri.Length > 0;
    }

    // Its log is JSON lines, of which these have a text of the program alone.
    [GeneratedRegex(
        "^\\{\"time\":\"[^\"]+\",\"severity\":\"Information\",\"text\":\"(Metrics: (?<metrics>[^ \"]+)|Ready: (?<uri>[^ \"]+) serves )",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Told();
}
