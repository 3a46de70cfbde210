namespace KmsTools.Storage;

/// <summary>Learns from write transactions how the version of the store moves.</summary>
internal interface IStateVersion
{
    /// <summary>The transaction is about to commit.</summary>
    void Announce(OwnCommit commit);

    /// <summary>The transaction has ended.</summary>
    /// <param name="isCommitted">Whether what was announced is committed.</param>
    void EndWrite(bool isCommitted);

    /// <summary>Completes when all that was committed before is on the disk, and visible to calls.</summary>
    Task SyncAsync();
}
