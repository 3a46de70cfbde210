namespace KmsTools.Persistence;

/// <summary>Counts requests by the second, over all processes on a store. Nothing of it is durable.</summary>
public interface IRequestCounters
{
    /// <summary>Counts requests unless they would be more than are allowed within this second.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="second">The second: Unix time by the real clock.</param>
    /// <param name="requests">How many to count.</param>
    /// <param name="limit">How many are allowed.</param>
    /// <returns>False when they are too many; they are not counted then.</returns>
    bool TryCount(string name, long second, int requests, long limit);

    /// <summary>How many requests were counted within a second.</summary>
    /// <param name="name">What is counted.</param>
    /// <param name="second">The second: Unix time by the real clock.</param>
    long Read(string name, long second);
}
