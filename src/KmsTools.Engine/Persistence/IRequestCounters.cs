namespace KmsTools.Persistence;

/// <summary>Counts requests per second, over all processes on a store. Nothing of it is durable.</summary>
public interface IRequestCounters
{
    /// <summary>Counts requests unless they would exceed the number allowed within this second.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="second">The second: Unix time by the real clock.</param>
    /// <param name="requests">The number to count.</param>
    /// <param name="limit">The number allowed.</param>
    /// <returns>False when there are too many; they are not counted then.</returns>
    bool TryCount(string name, long second, int requests, long limit);

    /// <summary>The number of requests counted within a second.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="second">The second: Unix time by the real clock.</param>
    long Read(string name, long second);
}
