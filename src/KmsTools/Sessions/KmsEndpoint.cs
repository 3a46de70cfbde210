using System.Diagnostics;
using System.Management.Automation;
using System.Net;
using System.Security;
using KmsTools.Cryptography;
using KmsTools.Sessions;

namespace KmsTools;

/// <summary>An endpoint that this PowerShell process has started: a separate process that serves a store over HTTP.</summary>
public sealed class KmsEndpoint
{
    private const string PasswordVariable = "KMSTOOLS_CERTIFICATE_PASSWORD";
    private const string ReadyBegin = "Ready: ";
    private const string ReadyMiddle = " serves ";
    private const string MetricsBegin = "Metrics: ";
    private const string MetricsOption = "--metrics";
    private const string ConsoleBegin = "Console: ";
    private const string ConsoleOption = "--console";

    private static readonly string[] UnlockFromInput = ["--unlock-from-input"];

    private readonly ServerProcess _server;

    private KmsEndpoint(
        string program,
        IReadOnlyCollection<string> arguments,
        Dictionary<string, string> environment,
        Secret? unlock,
        CancellationToken stopped)
    {
        bool hasMetrics = arguments.Contains(MetricsOption);
        bool hasConsole = arguments.Contains(ConsoleOption);
        _server = ServerProcess.Start(
            program,
            [.. arguments, .. unlock is null ? [] : UnlockFromInput],
            environment,
            unlock,
            line => Read(line, hasMetrics, hasConsole),
            static reason => new EndpointStartException(string.Join(' ', reason)),
            stopped);
    }

    /// <summary>The endpoint URL for clients; that of a Unix socket is http://unix: and its path.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Where the store is that it serves: its folder, or its database.</summary>
    public string Store { get; private set; } = "";

    /// <summary>Where it serves metrics for Prometheus; null where it serves none.</summary>
    public string? MetricsUrl { get; private set; }

    /// <summary>Where it serves the console for browsers; null where it serves none. Show-KmsConsole opens it.</summary>
    public string? ConsoleUrl { get; private set; }

    /// <summary>What it has said: warnings, and the reasons of errors with status 500; the last 20 lines.</summary>
    public string[] Messages => _server.Messages;

    /// <summary>The process.</summary>
    public Process Process => _server.Process;

    /// <summary>The ID of the process.</summary>
    public int ProcessId => Process.Id;

    /// <summary>Whether it is running.</summary>
    public bool IsRunning => _server.IsRunning;

    /// <summary>The URL.</summary>
    public override string ToString() => Url;

    /// <summary>Starts the program and waits until it serves.</summary>
    /// <param name="program">The program.</param>
    /// <param name="folder">The folder of its store, which its arguments name too.</param>
    /// <param name="arguments">Its arguments. Nothing secret: other users see them.</param>
    /// <param name="certificatePassword">The password of its certificate, or null.</param>
    /// <param name="unlock">
    /// What opens the seal of its store, as it reads it from its standard input (<see cref="SealInput"/>); null if there is none.
    /// </param>
    /// <param name="stopped">Cancelled when the user stops the cmdlet.</param>
    /// <exception cref="InvalidOperationException">`dotnet` was not found.</exception>
    /// <exception cref="EndpointStartException">The program failed to start; the message contains its error.</exception>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet, and with it the program.</exception>
    internal static KmsEndpoint Start(
        string program,
        string folder,
        IReadOnlyCollection<string> arguments,
        SecureString? certificatePassword,
        Secret? unlock,
        CancellationToken stopped)
    {
        Dictionary<string, string> environment = [];
        if (certificatePassword is not null)
        {
            // An environment variable can only be a string.
            environment[PasswordVariable] = new NetworkCredential("", certificatePassword).Password;
        }

        return new KmsEndpoint(program, arguments, environment, unlock, stopped) { Folder = folder };
    }

    /// <summary>The folder of its store; of a store in a database, the folder for what only this machine has.</summary>
    internal string Folder { get; private init; } = "";

    /// <summary>The environment variables that were set for it, or null.</summary>
    internal ClientEnvironment? Environment { get; set; }

    /// <summary>Restores the environment variables that were set for it.</summary>
    internal void RestoreEnvironment()
    {
        ClientEnvironment? environment = Environment;
        Environment = null;
        environment?.Restore();
    }

    /// <summary>Lets calls in progress finish, then stops the process.</summary>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the process ends after its calls.</exception>
    internal void Stop(CancellationToken stopped = default)
    {
        RestoreEnvironment();
        _server.Stop(stopped);
    }

    // Returns whether it serves now: the lines with its other URLs come last.
    private bool Read(string line, bool hasMetrics, bool hasConsole)
    {
        if (line.Split(ReadyBegin, 2) is ["", var rest] && rest.Split(ReadyMiddle, 2) is [var url, var store])
        {
            Url = url;
            Store = store;
        }
        else if (line.Split(MetricsBegin, 2) is ["", var metrics])
        {
            MetricsUrl = metrics;
        }
        else if (line.Split(ConsoleBegin, 2) is ["", var console])
        {
            ConsoleUrl = console;
        }

        return Url.Length > 0 && hasMetrics == (MetricsUrl is not null) && hasConsole == (ConsoleUrl is not null);
    }
}
