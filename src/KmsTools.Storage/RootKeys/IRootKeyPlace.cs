using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.RootKeys;

/// <summary>
/// Where the content of root.key is: the file in the folder of a store, or what a shared store has instead. Content is replaced as a whole,
/// so that a reader sees one of the two, and is durable when the call that replaces it returns.
/// </summary>
internal interface IRootKeyPlace
{
    /// <summary>The store, for messages: what its users call it.</summary>
    string Store { get; }

    /// <summary>
    /// Where generations come from that were made by a machine whose content is in another place; null if all that use the store have the
    /// same place.
    /// </summary>
    IRootKeyHandover? Handover { get; }

    /// <summary>Whether the content that was read last is in a place that all have who use the store, so that nothing is handed over.</summary>
    bool IsCommon { get; }

    /// <summary>Whether a process has died before it could do <see cref="Forget"/>.</summary>
    bool HasLeftovers { get; }

    /// <summary>
    /// What is known of the content without reading it: another value for other content. Null where nothing is known, and the content is
    /// looked at only when there is a reason to.
    /// </summary>
    FileStatus? Look();

    /// <summary>Reads the content.</summary>
    /// <param name="content">The bytes that receive it; the caller zeroes them.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False if it is longer.</returns>
    /// <exception cref="StateStoreException">There is none.</exception>
    bool TryRead(Span<byte> content, out int length);

    /// <summary>
    /// Enters a lock that whoever replaces the content must have besides the write lock of the store, from before it reads the content.
    /// </summary>
    /// <returns>What leaves it; null if the write lock is enough, or this process has it.</returns>
    /// <exception cref="StateStoreException">Another process has kept it for too long.</exception>
    IDisposable? Enter();

    /// <summary>Replaces the content.</summary>
    /// <exception cref="StateStoreException">It cannot be written; the former content is there unless the message says otherwise.</exception>
    void Write(ReadOnlySpan<byte> content);

    /// <summary>
    /// Replaces the content within a transaction that seals or unseals it, and keeps the former until <see cref="Forget"/>. The lock of
    /// <see cref="Enter"/> is kept until <see cref="EndExchange"/>.
    /// </summary>
    /// <param name="state">The connection of the transaction.</param>
    /// <param name="rootKey">The root key that is in the content.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="StateStoreException">As <see cref="Write"/>.</exception>
    void Exchange(StateConnection state, RootKey rootKey, ReadOnlySpan<byte> content);

    /// <summary>The transaction has ended: the content stays, or the former one is put back.</summary>
    void EndExchange(bool isCommitted);

    /// <summary>Overwrites and deletes what is left of former content. For the holder of the write lock of the store.</summary>
    /// <exception cref="StateStoreException">It cannot be deleted.</exception>
    void Forget();

    /// <summary>The root key that was read is that of the store.</summary>
    /// <param name="rootKey">The root key.</param>
    void Prove(RootKey rootKey);

    /// <summary>
    /// Where a copy of content that is sealed by now lies in another place: replaces it by the sealed content, as far as it is certain that it
    /// is a copy, and it can be written. Not within a transaction that seals or unseals.
    /// </summary>
    /// <param name="rootKey">The root key that was read; null if it is sealed by what this process does not have.</param>
    void ReplaceCopy(RootKey? rootKey);

    /// <summary>The error for content that is damaged.</summary>
    StateStoreException IsDamaged();

    /// <summary>The error for content that is not the key of the store.</summary>
    /// <param name="held">The generations that it has.</param>
    /// <param name="exception">The cause, or null.</param>
    StateStoreException NotOfStore(ImmutableArray<int> held, Exception? exception);
}

/// <summary>Hands new generations of the root key of a shared store over to machines that have the former one.</summary>
internal interface IRootKeyHandover
{
    /// <summary>The highest number of a generation that was ever handed over and may have been used; 0 for none.</summary>
    int ReadNewest();

    /// <summary>Hands over a generation. It is durable when the call returns. For the holder of the write lock of the store.</summary>
    /// <param name="next">The generation.</param>
    /// <param name="rootKey">The root key, which wraps by the generation that all machines have.</param>
    void Offer(RootKeyGeneration next, RootKey rootKey);

    /// <summary>The lowest generation that is handed over to who holds what a root key holds, and that it does not hold itself.</summary>
    /// <param name="rootKey">The root key.</param>
    /// <returns>Null if there is none.</returns>
    RootKeyGeneration? TakeNext(RootKey rootKey);

    /// <summary>
    /// Nothing is wrapped any more by the generations before the one in use: takes back what was handed over to those who had them, unless a
    /// machine that is up has not taken it yet.
    /// </summary>
    /// <param name="rootKey">The root key, which is durable in the place of this machine.</param>
    void End(RootKey rootKey);
}
