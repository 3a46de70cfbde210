using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Pkcs11;

/// <summary>
/// Work in a token that its caller may stop waiting for. It has the buffers that it uses: the module may still write into them after the
/// caller has left. They end (<see cref="Clear"/>) with the last caller that leaves.
/// </summary>
public abstract class TokenWork : IDisposable
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int Abandoned = 2;

    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Interlocked: the caller, and the thread while it runs.
    private int _owners = 1;
    private int _state;

    /// <summary>How long the token took; zero for work that has not ended.</summary>
    public TimeSpan TokenTime { get; private set; }

    internal Task Done => _done.Task;

    /// <summary>Leaves the work to its thread, if that still runs.</summary>
    public void Dispose()
    {
        Leave();
        GC.SuppressFinalize(this);
    }

    internal void Begin() => Interlocked.Increment(ref _owners);

    /// <summary>Stops waiting.</summary>
    /// <returns>False when the work has just ended.</returns>
    internal bool TryAbandon() => Interlocked.CompareExchange(ref _state, Abandoned, Running) == Running;

    /// <summary>Runs on its thread.</summary>
    /// <returns>Whether a caller still waited for it at its end.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "On this thread any exception would end the process; the caller gets it.")]
    internal bool Execute(TokenClient token)
    {
        long start = Stopwatch.GetTimestamp();
        Exception? failure = null;
        try
        {
            Run(token);
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        TokenTime = Stopwatch.GetElapsedTime(start);
        bool isAwaited = Interlocked.CompareExchange(ref _state, Ended, Running) == Running;
        Leave();
        return isAwaited ? Tell(failure) : false;
    }

    /// <summary>Does the work.</summary>
    /// <param name="token">The token.</param>
    protected abstract void Run(TokenClient token);

    /// <summary>Zeroes and returns the buffers.</summary>
    protected abstract void Clear();

    private bool Tell(Exception? failure)
    {
        if (failure is null)
        {
            _done.SetResult();
        }
        else
        {
            _done.SetException(failure);
        }

        return true;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            Clear();
        }
    }
}
