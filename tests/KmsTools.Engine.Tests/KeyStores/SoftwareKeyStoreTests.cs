using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>
/// How long secrets are kept in memory, seen by how often the store is asked whether it still has them: once for each that is unwrapped.
/// </summary>
public sealed class SoftwareKeyStoreTests : IDisposable
{
    private readonly RootKey _rootKey = new(RandomNumberGenerator.GetBytes(RootKey.Size));
    private readonly StoreSecrets _secrets = StoreSecrets.Generate();
    private readonly SoftwareKeyStore _store;
    private readonly Key _key;
    private readonly Key _signing;
    private bool _isPresent = true;
    private int _unwrapped;

    public SoftwareKeyStoreTests()
    {
        _store = new SoftwareKeyStore(_rootKey, _secrets, "installation", static () => throw new NotSupportedException(), (key, id, _) =>
        {
            _unwrapped++;
            return _isPresent ? key.FindMaterial(id) : null;
        });
        _key = new Key
        {
            AccountId = "111122223333",
            Region = "us-east-1",
            KeyId = "key-1",
            CreationDate = KmsFixture.Start,
            Policy = "{}",
        };
        _key = _key with { Materials = [_store.Generate("us-east-1", "key-1", KmsFixture.Start)] };
        using Secret secret = KeySpec.ECC_NIST_P256.Material.Generate(static () => throw new NotSupportedException());
        _signing = _key with { KeySpec = KeySpec.ECC_NIST_P256, Materials = [_store.Wrap("us-east-1", "key-1", secret, KmsFixture.Start)] };
    }

    public void Dispose()
    {
        _store.Dispose();
        _secrets.Dispose();
        _rootKey.Dispose();
    }

    [Fact]
    public void Use_Again_UnwrapsOnce()
    {
        UseBoth();
        UseBoth();
        Assert.Equal(2, _unwrapped);
    }

    [Fact]
    public void Use_WrappedBytesAreThoseOfAnotherKey_SaysWhichMaterialIsDamaged()
    {
        Key other = _key with { KeyId = "key-2" };
        KeyMaterial material = _key.Materials[0];
        StateStoreException refused = Assert.Throws<StateStoreException>(
            () => _store.Encrypt(other, material, "plaintext"u8, [], new byte["plaintext"u8.Length + _store.Overhead]));
        Assert.Equal(
            $"Key material {material.KeyMaterialId} of key arn:aws:kms:us-east-1:111122223333:key/key-2 cannot be unwrapped: the store was "
                + "changed outside of KmsTools, or is damaged. Verify the store, and restore its folder from a backup.",
            refused.Message);
        Assert.Equal(
            new StoreDamage("key_materials", $"region=us-east-1, key_id=key-2, key_material_id={material.KeyMaterialId}"),
            refused.Damage);
        Assert.Throws<StateStoreException>(() => _store.Copy(material, other, "us-west-2"));
    }

    [Fact]
    public void Use_MaterialWasForgotten_UnwrapsThatAgain()
    {
        UseBoth();
        _store.Forget("another");
        UseBoth();
        Assert.Equal(2, _unwrapped);
        _store.Forget(_key.CurrentMaterial!.KeyMaterialId);
        UseBoth();
        Assert.Equal(3, _unwrapped);
        _store.Forget(_signing.CurrentMaterial!.KeyMaterialId);
        UseBoth();
        Assert.Equal(4, _unwrapped);
        _store.Forget(null);
        UseBoth();
        Assert.Equal(6, _unwrapped);
    }

    // By a call that has read the key before its material was destroyed.
    [Fact]
    public void Use_MaterialIsGoneFromTheStore_IsNotKept()
    {
        _isPresent = false;
        UseBoth();
        UseBoth();
        Assert.Equal(4, _unwrapped);
    }

    private void UseBoth()
    {
        byte[] message = new byte[3 + _store.Overhead];
        byte[] plaintext = new byte[3];
        _store.Encrypt(_key, _key.CurrentMaterial!, [1, 2, 3], [], message);
        if (_isPresent)
        {
            _store.Decrypt(_key, _key.CurrentMaterial!, message, [], plaintext);
            Assert.Equal([1, 2, 3], plaintext);
        }

        using PrivateKeyPool.Lease<EcKey> lease = _store.Borrow<EcKey>(_signing);
        Assert.NotNull(lease.Key);
    }
}
