using KmsTools.Auditing;

namespace KmsTools.Storage;

/// <summary>The last use of a key, with its place in the order of all events.</summary>
/// <param name="Time">Unix milliseconds by the clock of the store.</param>
/// <param name="Recorded">Ticks of the real clock when it was recorded.</param>
/// <param name="Use">The use.</param>
internal sealed record LastUse(long Time, long Recorded, KeyUse Use)
{
    /// <summary>Whether it is newer than another.</summary>
    public bool IsAfter(LastUse? other) => other is null || (Time, Recorded).CompareTo((other.Time, other.Recorded)) > 0;
}
