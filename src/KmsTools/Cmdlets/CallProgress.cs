using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.ExceptionServices;

namespace KmsTools.Commands;

/// <summary>
/// Makes a call that may take long: outside the pipeline, so that Ctrl+C ends the cmdlet at once while the call completes and leaves the
/// store consistent, and with progress after a second. Warnings of the call are held back until its end: a preference that stops at
/// warnings must not stop a call between two of its steps.
/// </summary>
internal sealed class CallProgress(KmsCmdlet cmdlet, string activity)
{
    private const int ActivityId = 4711;

    private static readonly TimeSpan MinDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private ConcurrentQueue<string>? _warnings;
    private volatile string? _step;

    /// <summary>Follows the call in progress.</summary>
    public CallObserver Observer => new()
    {
        Progress = step => _step = step,
        Warning = Keep,
        MaterialLost = clusterId => Keep($"Get-KmsOrphanedKeyMaterial {clusterId} shows them, and Get-KmsHsmClusterBackup -KeyId ... the "
            + "backups that hold the material of a key."),
    };

    /// <summary>Makes a call that finds one thing after the other, and writes each as soon as it is found.</summary>
    /// <typeparam name="TFound">The type of what is found.</typeparam>
    /// <typeparam name="T">The type of the response.</typeparam>
    /// <param name="call">The call, which hands over what it finds. It does not use the cmdlet.</param>
    /// <param name="write">Takes what was found, in the pipeline.</param>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the call goes on to its end.</exception>
    public T Run<TFound, T>(Func<Action<TFound>, T> call, Action<TFound> write)
    {
        ConcurrentQueue<TFound> found = new();
        return Run(() => call(found.Enqueue), WriteFound);

        void WriteFound()
        {
            while (found.TryDequeue(out TFound? item))
            {
                write(item);
            }
        }
    }

    /// <summary>Makes the call, and waits for it.</summary>
    /// <typeparam name="T">The type of the response.</typeparam>
    /// <param name="call">The call. It does not use the cmdlet.</param>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the call goes on to its end.</exception>
    public T Run<T>(Func<T> call) => Run(call, static () => { });

    private T Run<T>(Func<T> call, Action writeFound)
    {
        T? answer = default;
        ExceptionDispatchInfo? fault = null;
        ManualResetEventSlim done = new();
        ThreadPool.UnsafeQueueUserWorkItem(
            _ =>
            {
                try
                {
                    answer = call();
                }
                catch (Exception exception)
                {
                    fault = ExceptionDispatchInfo.Capture(exception);
                }
                finally
                {
                    done.Set();
                }
            },
            null);
        Wait(done, writeFound);
        writeFound();
        fault?.Throw();
        WriteWarnings();
        return answer!;
    }

    /// <summary>Makes a call without a response, and waits for it.</summary>
    /// <param name="call">The call. It does not use the cmdlet.</param>
    /// <exception cref="PipelineStoppedException">The user has stopped the cmdlet; the call goes on to its end.</exception>
    public void Run(Action call) => Run(() =>
    {
        call();
        return true;
    });

    /// <summary>
    /// Makes a call that is expected to be short where it stands, in the pipeline. If it takes long after all, there is no progress, and
    /// Ctrl+C ends the cmdlet when the call ends.
    /// </summary>
    /// <typeparam name="T">The type of the response.</typeparam>
    /// <param name="call">The call.</param>
    public T RunInPipeline<T>(Func<T> call)
    {
        T answer = call();
        WriteWarnings();
        return answer;
    }

    private void Keep(string warning) => LazyInitializer.EnsureInitialized(ref _warnings, static () => []).Enqueue(warning);

    private void Wait(ManualResetEventSlim done, Action writeFound)
    {
        long start = Stopwatch.GetTimestamp();
        bool isShown = false;
        try
        {
            while (!done.Wait(Interval, cmdlet.Stopped))
            {
                writeFound();
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                if (isShown || elapsed > MinDelay)
                {
                    isShown = true;
                    cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, _step ?? $"{elapsed.TotalSeconds:0} s"));
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
        finally
        {
            if (isShown && !cmdlet.Stopping)
            {
                cmdlet.WriteProgress(new ProgressRecord(ActivityId, activity, activity) { RecordType = ProgressRecordType.Completed });
            }
        }
    }

    private void WriteWarnings()
    {
        while (_warnings is { } warnings && warnings.TryDequeue(out string? warning))
        {
            cmdlet.WriteWarning(warning);
        }
    }
}
