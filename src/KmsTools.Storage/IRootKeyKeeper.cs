using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage;

/// <summary>What a transaction does with the root key of the store. All but <see cref="RootKey"/> is for the holder of the write lock.</summary>
internal interface IRootKeyKeeper
{
    /// <summary>The root key.</summary>
    RootKey RootKey { get; }

    /// <summary>Wraps with the generation that the store uses.</summary>
    /// <exception cref="StateStoreException">It is not there.</exception>
    void Follow(RootKeyState state);

    /// <summary>Makes a generation, and keeps it beside the one in use.</summary>
    /// <param name="current">The generation in use.</param>
    /// <returns>The number of the new one, which does not wrap yet.</returns>
    int Add(int current);

    /// <summary>Drops the generations before one.</summary>
    /// <param name="current">The generation in use.</param>
    void DropBefore(int current);

    /// <summary>Seals the root key, or seals it again, within a transaction, at whose end <see cref="EndSeal"/> must be called.</summary>
    /// <param name="state">The connection of the transaction.</param>
    /// <param name="seal">The seal.</param>
    /// <param name="key">Its key.</param>
    void Seal(StateConnection state, Seal seal, SealKey key);

    /// <summary>Takes the seal away, within a transaction, at whose end <see cref="EndSeal"/> must be called.</summary>
    /// <param name="state">The connection of the transaction.</param>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    void Unseal(StateConnection state);

    /// <summary>Ends a transaction that has sealed or unsealed the root key: it stays so, or is put back.</summary>
    void EndSeal(bool isCommitted);

    /// <summary>Deletes what root.key was before.</summary>
    void ForgetFormerFile();
}
