namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// How many items a group waits for before its commit begins. A commit of few items takes the database and the machine hardly less than
/// one of many; and as soon as a group is answered, most of its callers come back with their next items. So a group that is small waits for
/// as many as there were of late, at most as long as a commit takes. Who comes alone never waits; and if those who are waited for do not
/// come, it is tried less and less often. Knows no clock; used by one caller at a time.
/// </summary>
internal sealed class GroupGathering
{
    /// <summary>No group waits to become larger than this: with so many items a commit costs little more than they do.</summary>
    public const int Enough = 8;

    /// <summary>The maximum time to wait.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(5);

    private const int MaxPause = 64;

    private int _expected = 1;
    private int _pause;
    private int _rest;

    /// <summary>How long the group that is being gathered waits.</summary>
    public TimeSpan Wait { get; private set; }

    /// <summary>The number of items that the next group waits for; 1 if it does not wait.</summary>
    public int Target => _rest > 0 ? 1 : Math.Min(_expected, Enough);

    /// <summary>A commit has ended.</summary>
    /// <param name="size">The number of its items.</param>
    /// <param name="waiting">The number of items that have come meanwhile.</param>
    /// <param name="took">How long it took.</param>
    public void Ended(int size, int waiting, TimeSpan took)
    {
        _expected = size + waiting;
        _rest = Math.Max(_rest - 1, 0);
        Wait = took < MaxWait ? took : MaxWait;
    }

    /// <summary>As many as a group has waited for have come.</summary>
    public void Succeeded() => _pause = 0;

    /// <summary>A group has waited in vain.</summary>
    public void Failed()
    {
        _pause = Math.Clamp(_pause * 2, 1, MaxPause);
        _rest = _pause;
    }
}
