namespace KmsTools.Http;

/// <summary>A number of bytes that all requests of a server share, so that many at once cannot take more memory than that.</summary>
/// <param name="max">The number of bytes.</param>
public sealed class MemoryBudget(long max)
{
    private long _taken;

    /// <summary>The number of bytes.</summary>
    public long Max => max;

    /// <summary>How many are taken.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes, if as many are left.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= max)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Gives back bytes that were taken.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
