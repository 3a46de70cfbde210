using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>What the event log needs of the state.</summary>
internal interface IOutbox
{
    /// <summary>The commits whose events may not be in the log and on the disk.</summary>
    ImmutableArray<OutboxItem> List();

    /// <summary>Forgets the events of commits up to one, in a transaction of its own.</summary>
    void Clear(int segment, long number);

    /// <summary>What the log keeps, and whether it is synced.</summary>
    EventLogSettings ReadSettings();
}
