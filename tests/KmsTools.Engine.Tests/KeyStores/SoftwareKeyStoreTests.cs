using System.Security.Cryptography;
using KmsTools.Cryptography;

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
        _store = new SoftwareKeyStore(_rootKey, _secrets, "installation", static () => throw new NotSupportedException(), (key, id) =>
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
