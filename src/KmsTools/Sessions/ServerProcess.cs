using System.Diagnostics;
using System.Management.Automation;
using KmsTools.Cryptography;

namespace KmsTools.Sessions;

/// <summary>A program of the module that serves until this process ends or stops it: its standard input ends then.</summary>
internal sealed class ServerProcess
{
    private const string DiagnosticsVariable = "DOTNET_EnableDiagnostics";
    private const string GenerationVariable = "DOTNET_GCgen0size";
    private const string GenerationSize = "0x1800000";
    private const string UntilInputEnds = "--until-input-ends";
    private const string HelpHintBegin = "Help: ";
    private const int MaxMessages = 20;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(35);

    private readonly Queue<string> _messages = new();
    private readonly Func<string, bool> _read;
    private volatile bool _isReady;

    private ServerProcess(Process process, Func<string, bool> read) => (Process, _read) = (process, read);

    /// <summary>The process.</summary>
    public Process Process { get; }

    /// <summary>Whether it is running.</summary>
    public bool IsRunning => !Process.HasExited;

    /// <summary>What it has said on its standard error: the last 20 lines.</summary>
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

    /// <summary>Starts a program and waits until it serves.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments. Nothing secret: other users see them.</param>
    /// <param name="environment">Variables for it alone.</param>
    /// <param name="input">What it reads from the beginning of its standard input; null if that is nothing.</param>
    /// <param name="read">Is called with each line of its output, and returns whether it serves now.</param>
    /// <param name="failure">The error of a program that did not start, for the reason that it gave, in lines, of which there may be none.</param>
    /// <param name="stopped">Cancelled when the user stops the cmdlet.</param>
    /// <exception cref="InvalidOperationException">`dotnet` was not found.</exception>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet, and with it the program.</exception>
    public static ServerProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        Secret? input,
        Func<string, bool> read,
        Func<string[], ProgramException> failure,
        CancellationToken stopped)
    {
        Process process = new()
        {
            StartInfo = new ProcessStartInfo(DotNetHost.Find(), [program, .. arguments, UntilInputEnds])
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
        foreach ((string name, string value) in environment)
        {
            process.StartInfo.Environment[name] = value;
        }

        ServerProcess server = new(process, read);
        using ManualResetEventSlim ready = new();
        process.OutputDataReceived += (_, line) => server.Read(line.Data, ready);
        process.ErrorDataReceived += (_, line) => server.Note(line.Data);
        process.Start();
        foreach (string name in environment.Keys)
        {
            process.StartInfo.Environment.Remove(name);
        }

        input?.Use(bytes => Write(bytes, process));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool hasEnded;
        try
        {
            hasEnded = !ready.Wait(StartLimit, stopped);
        }
        catch (OperationCanceledException)
        {
            server.Kill();
            throw new PipelineStoppedException();
        }

        if (hasEnded || !server._isReady)
        {
            server.Kill();
            throw failure(server.Messages);
        }

        return server;
    }

    /// <summary>Lets calls in progress finish, then stops the process.</summary>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the process ends after its calls.</exception>
    public void Stop(CancellationToken stopped)
    {
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
        if (line is not null && (_isReady || !_read(line)))
        {
            return;
        }

        // The end of the output is a null, after which there is nothing to wait for.
        _isReady |= line is not null;
        try
        {
            ready.Set();
        }
        catch (ObjectDisposedException)
        {
            // No caller is waiting any more.
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
