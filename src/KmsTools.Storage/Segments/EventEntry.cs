namespace KmsTools.Storage.Segments;

/// <summary>What the index has of an event.</summary>
/// <param name="Segment">The number of its segment.</param>
/// <param name="Offset">Where its record begins there.</param>
/// <param name="Time">Unix milliseconds by the clock of the store.</param>
/// <param name="Recorded">Ticks of the real clock when it was recorded; orders events of the same time.</param>
/// <param name="Commit">The number of the commit that it belongs to; 0 for the event of a call that changed nothing.</param>
/// <param name="IsUse">Whether it is a successful cryptographic operation with its keys.</param>
/// <param name="Name">The operation or the service event.</param>
/// <param name="Region">The Region.</param>
/// <param name="KeyId">The key that it is about, or null.</param>
/// <param name="SecondKeyId">The other key, or null.</param>
internal sealed record EventEntry(
    int Segment,
    long Offset,
    long Time,
    long Recorded,
    long Commit,
    bool IsUse,
    string Name,
    string Region,
    string? KeyId,
    string? SecondKeyId)
{
    /// <summary>Where it is in the order of all events.</summary>
    public EventPosition Position => new(Time, Recorded, Segment, Offset);

    /// <summary>The different keys that it is about.</summary>
    public IEnumerable<string> KeyIds
    {
        get
        {
            if (KeyId is not null)
            {
                yield return KeyId;
            }

            if (SecondKeyId is not null && SecondKeyId != KeyId)
            {
                yield return SecondKeyId;
            }
        }
    }

    /// <summary>Whether it is about a key.</summary>
    public bool IsAbout(string keyId) => KeyId == keyId || SecondKeyId == keyId;
}

/// <summary>The place of an event in the order of all: by time, then by the order of recording.</summary>
/// <param name="Time">Unix milliseconds by the clock of the store.</param>
/// <param name="Recorded">Ticks of the real clock when it was recorded.</param>
/// <param name="Segment">The number of its segment.</param>
/// <param name="Offset">Where its record begins there.</param>
internal readonly record struct EventPosition(long Time, long Recorded, int Segment, long Offset) : IComparable<EventPosition>
{
    /// <inheritdoc/>
    public int CompareTo(EventPosition other)
    {
        int order = Time.CompareTo(other.Time);
        order = order != 0 ? order : Recorded.CompareTo(other.Recorded);
        order = order != 0 ? order : Segment.CompareTo(other.Segment);
        return order != 0 ? order : Offset.CompareTo(other.Offset);
    }
}
