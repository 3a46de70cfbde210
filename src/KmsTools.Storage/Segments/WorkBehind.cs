using System.Diagnostics;

namespace KmsTools.Storage.Segments;

/// <summary>
/// Lets a thread that works behind the calls give way to them. The system would let it work for milliseconds in a row, while a call waits
/// for its processor. Where other threads take the processor whenever they can, it gives way for at most half of the time: it must not fall
/// behind for ever.
/// </summary>
internal struct WorkBehind
{
    // Some 20 microseconds of reading events.
    private const int StepsInARow = 16;

    private int _steps;
    private long _next;

    /// <summary>Must be called after each small step of the work.</summary>
    public void StepDone()
    {
        if (++_steps % StepsInARow != 0)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        if (start < _next)
        {
            return;
        }

        Thread.Yield();
        long end = Stopwatch.GetTimestamp();
        _next = end + (end - start);
    }
}
