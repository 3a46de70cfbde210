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
    private const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";
    private const string GenerationVariable = "DOTNET_GCgen0size";
    private const string GenerationSize = "0x1800000";
    private const string ReadyBegin = "Ready: ";
    private const string ReadyMiddle = " serves ";
    private const string MetricsBegin = "Metrics: ";
    private const string MetricsOption = "--metrics";
    private const string HelpHintBegin = "Help: ";
    private const int MaxMessages = 20;

    private static readonly string[] UnlockFromInput = ["--unlock-from-input"];
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(35);

    private readonly Queue<string> _messages = new();
    private readonly bool _hasMetrics;

    private KmsEndpoint(Process process, bool hasMetrics) => (Process, _hasMetrics) = (process, hasMetrics);

    /// <summary>The endpoint URL for clients; that of a Unix socket is http://unix: and its path.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The folder of the store that it serves.</summary>
    public string Store { get; private set; } = "";

    /// <summary>Where it serves metrics for Prometheus; null where it serves none.</summary>
    public string? MetricsUrl { get; private set; }

    /// <summary>What it has said: warnings, and the reasons of errors with status 500; the last 20 lines.</summary>
    public string[] Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>The ID of the process.</summary>
    public int ProcessId => Process.Id;

    /// <summary>Whether it is running.</summary>
    public bool IsRunning => !Process.HasExited;

    /// <summary>The URL.</summary>
    public override string ToString() => Url;

    /// <summary>Starts the program and waits until it serves.</summary>
    /// <param name="program">The program.</param>
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
        IReadOnlyCollection<string> arguments,
        SecureString? certificatePassword,
        Secret? unlock,
        CancellationToken stopped)
    {
        // It stops when this process ends for any reason, because its standard input ends then.
        Process process = new()
        {
            StartInfo = new ProcessStartInfo(DotNetHost.Find(), 
                [program, .. arguments, .. unlock is null ? [] : UnlockFromInput, "--until-input-ends"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                CreateNoWindow = true,
            },
        };

        // 24 MB between two collections of garbage. With less, .NET gives the memory back to the system after each, and each page that
        // calls take again is a page fault: without these, calls are a fifth to a third faster. Only the environment can set it.
        process.StartInfo.Environment.TryAdd(GenerationVariable, GenerationSize);

        // Who reaches the diagnostics port of .NET gets a dump of the memory, with the keys in it.
        process.StartInfo.Environment[DiagnosticsVariable] = "0";
        if (certificatePassword is not null)
        {
            // An environment variable can only be a string.
            process.StartInfo.Environment[PasswordVariable] = new NetworkCredential("", certificatePassword).Password;
        }

        KmsEndpoint endpoint = new(process, arguments.Contains(MetricsOption));
        using ManualResetEventSlim ready = new();
        process.OutputDataReceived += (_, line) => endpoint.Read(line.Data, ready);
        process.ErrorDataReceived += (_, line) => endpoint.Note(line.Data);
        process.Start();
        process.StartInfo.Environment.Remove(PasswordVariable);
        unlock?.Use(bytes => Write(bytes, process));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool isReady;
        try
        {
            isReady = ready.Wait(StartLimit, stopped);
        }
        catch (OperationCanceledException)
        {
            endpoint.Kill();
            throw new PipelineStoppedException();
        }

        if (!isReady || endpoint.Url.Length == 0)
        {
            endpoint.Kill();
            throw new EndpointStartException(string.Join(' ', endpoint.Messages));
        }

        return endpoint;
    }

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
        if (!IsRunning)
        {
            return;
        }

        Process.StandardInput.Close();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stopped);
        limit.CancelAfter(StopLimit);
        try
        {
            Process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (OperationCanceledException)
        {
            Kill();
        }
    }

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

    private void Read(string? line, ManualResetEventSlim ready)
    {
        // The end of the output is a null, after which there is nothing to wait for.
        if (line?.Split(ReadyBegin, 2) is ["", var rest] && rest.Split(ReadyMiddle, 2) is [var url, var store])
        {
            Url = url;
            Store = store;
        }
        else if (line?.Split(MetricsBegin, 2) is ["", var metrics])
        {
            MetricsUrl = metrics;
        }

        if (line is null || Url.Length == 0 || _hasMetrics == (MetricsUrl is not null))
        {
            try
            {
                ready.Set();
            }
            catch (ObjectDisposedException)
            {
                // No caller is waiting any more.
            }
        }
    }

    private void Note(string? line)
    {
        // The usage of the program does not help the user of the cmdlet.
        if (line is null || line.StartsWith(HelpHintBegin, StringComparison.Ordinal))
        {
            return;
        }

        lock (_messages)
        {
            if (_messages.Count == MaxMessages)
            {
                _messages.Dequeue();
            }

            _messages.Enqueue(line);
        }
    }

    private void Kill()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
        }

        Process.WaitForExit();
    }
}
