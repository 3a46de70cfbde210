using KmsTools.Auditing;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage;

/// <summary>Takes the events of changes.</summary>
internal interface IChangeLog
{
    /// <summary>Begins the events of a transaction.</summary>
    /// <param name="connection">The connection of the transaction.</param>
    IChangeEvents Begin(StateConnection connection);

    /// <summary>What the log keeps has changed, and is committed.</summary>
    void SettingsChanged();
}

/// <summary>
/// The events of one transaction, which are in the log exactly if it is committed: whenever the process is killed, the change has its
/// events, once.
/// </summary>
internal interface IChangeEvents
{
    /// <summary>Adds an event.</summary>
    void Add(AuditRecord record);

    /// <summary>Saves the events, as the last thing before the transaction commits.</summary>
    /// <param name="number">The number of the commit.</param>
    /// <returns>What has to be saved with the commit; null if nothing has to be.</returns>
    OutboxItem? Announce(long number);

    /// <summary>Notes that the transaction is committed.</summary>
    void Committed();

    /// <summary>Ends what is left to do after the commit, before the call is answered.</summary>
    void Publish();

    /// <summary>Forgets the events of a transaction that was not committed; does nothing after <see cref="Committed"/>.</summary>
    void Withdraw();
}
