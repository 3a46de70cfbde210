using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage;

/// <content>The generations of the root key, and that nothing is saved which only a former one could unwrap.</content>
internal sealed partial class StateTransaction
{
    private readonly RootKeyState _rootKeyBefore = known.RootKey;
    private RootKeyState _rootKey = known.RootKey;
    private bool _hasSealed;

    public RootKeyState BeginRootKeyRotation(DateTimeOffset now)
    {
        if (_rootKey.IsRotating)
        {
            throw new InvalidOperationException("The root key of the store is being rotated. Try again when that has ended.");
        }

        WriteRootKey(_rootKey with
        {
            Generation = keys.Add(_rootKey.Generation),
            FormerGeneration = _rootKey.Generation,
            CreationDate = now,
        });
        keys.Follow(_rootKey);
        Connection.Store.WrapCheckAgain(keys.RootKey);
        Connection.StoreSecrets.WrapAgain(keys.RootKey);
        return _rootKey;
    }

    public bool TryEndRootKeyRotation()
    {
        if (Connection.RootKeys.HasOthers(RootKey.PrefixOf(_rootKey.Generation)))
        {
            return false;
        }

        WriteRootKey(_rootKey with { FormerGeneration = null });
        _hasErased = true;
        return true;
    }

    public void SealRootKey(Seal seal, SealKey key)
    {
        keys.Seal(Connection, seal, key);
        _hasSealed = true;
    }

    public void UnsealRootKey()
    {
        keys.Unseal(Connection);
        _hasSealed = true;
    }

    /// <summary>
    /// Deletes what is left of the former root.key, whichever process has replaced it. Nothing else is done in the transaction.
    /// </summary>
    public void ForgetFormerRootKeyFile() => keys.ForgetFormerFile();

    public void WriteRootKeyRotationPeriod(int? days) => WriteRootKey(_rootKey with { RotationPeriodInDays = days });

    public ImmutableArray<StoredMaterial> ListFormerMaterials(StoredMaterial? after, int limit) =>
        Connection.Materials.ListOthers(RootKey.PrefixOf(_rootKey.Generation), after, limit);

    public void RewrapMaterial(StoredMaterial material)
    {
        Require(material.Material.Wrapped.AsSpan());
        Connection.Materials.Update(material);
        _touched.Add(StateItem.Key(material.Region, material.KeyId));
    }

    /// <summary>
    /// Destroys the generations of the root key before the present one, unless a rotation is in progress. Nothing else is done in the
    /// transaction. What has ended the rotation is on the disk before it, whichever process has committed it.
    /// </summary>
    public void DropFormerRootKeys()
    {
        if (!_rootKey.IsRotating)
        {
            version.SyncAsync().GetAwaiter().GetResult();
            keys.DropBefore(_rootKey.Generation);
        }
    }

    private void FollowRootKey()
    {
        if (_hasSealed)
        {
            keys.EndSeal(_isCommitted);
        }

        if (!_isCommitted && _rootKey.Generation != _rootKeyBefore.Generation)
        {
            keys.Follow(_rootKeyBefore);
        }
    }

    private void WriteRootKey(RootKeyState state)
    {
        Connection.RootKeys.Update(state);
        _rootKey = state;
        TouchSettings();
    }

    private void Require(Key key)
    {
        foreach (KeyMaterial material in key.Materials)
        {
            Require(material.Wrapped.AsSpan());
        }
    }

    private void Require(CustomKeyStore store)
    {
        Require(store.WrappedPassword.Span);
        Require(store.OtherWrappedPassword);
        Require(store.Proxy?.WrappedSecret);
    }

    private void Require(ReadOnlyMemory<byte>? wrapped)
    {
        if (wrapped is { } value)
        {
            Require(value.Span);
        }
    }

    // What was wrapped before this transaction began, or read before it, could have been overtaken by a whole rotation.
    private void Require(ReadOnlySpan<byte> wrapped)
    {
        int generation = RootKey.GenerationOf(wrapped);
        if (!wrapped.IsEmpty && generation != _rootKey.Generation && generation != _rootKey.FormerGeneration)
        {
            throw new StateStoreException("The root key of the store was rotated in the meantime. Nothing was changed. Try again.");
        }
    }
}
