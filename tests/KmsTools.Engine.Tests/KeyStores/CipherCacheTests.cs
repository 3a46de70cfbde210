using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

public sealed class CipherCacheTests
{
    [Fact]
    public void Drop_CipherIsInUse_WorksUntilTheUseEnds()
    {
        byte[] key = RandomNumberGenerator.GetBytes(Xaes256Gcm.KeySize);
        using CipherCache cache = new();
        Xaes256Gcm cipher = new(key);
        CipherCache.Lease added = cache.Add("m", cipher);
        CipherCache.Lease second = cache.TryRent("m")!.Value;

        cache.Drop("m");

        Assert.Null(cache.TryRent("m"));
        added.Dispose();
        using Xaes256Gcm other = new(key);
        Assert.Equal([1, 2, 3], other.Open(second.Cipher.Seal([1, 2, 3], []), []));
        second.Dispose();

        // Zeroed: it is not the cipher of that key any more.
        Assert.Throws<AuthenticationTagMismatchException>(() => other.Open(cipher.Seal([1, 2, 3], []), []));
    }

    [Fact]
    public void Add_MaterialIsThere_FormerOneIsZeroedAfterItsUse()
    {
        byte[] key = RandomNumberGenerator.GetBytes(Xaes256Gcm.KeySize);
        using CipherCache cache = new();
        using CipherCache.Lease former = cache.Add("m", new Xaes256Gcm(key));
        using CipherCache.Lease next = cache.Add("m", new Xaes256Gcm(key));
        Assert.Equal([7], next.Cipher.Open(former.Cipher.Seal([7], []), []));
        Assert.Same(next.Cipher, cache.TryRent("m")!.Value.Cipher);
    }
}
