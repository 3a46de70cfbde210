using System.Security.Cryptography;

namespace KmsTools.Cryptography;

public sealed class RootKeyTests
{
    private static readonly byte[] s_secret = [1, 2, 3];
    private static readonly byte[] s_prefixOf2 = Convert.FromHexString("8b4b6d73526f6f7400000002");

    [Fact]
    public void Wrap_FirstGeneration_IsWhatEarlierVersionsHaveWritten()
    {
        using RootKey rootKey = new(new byte[32]);
        byte[] wrapped = rootKey.Wrap(s_secret, "context");
        Assert.Equal(24 + 3 + 16, wrapped.Length);
        Assert.Equal(1, RootKey.GenerationOf(wrapped));

        // Wrapped with another implementation of the same format.
        byte[] earlier = Convert.FromHexString(FromElsewhere);
        using Secret secret = rootKey.Unwrap(earlier, "context");
        Assert.Equal(s_secret, secret.Use(static bytes => bytes.ToArray()));
    }

    [Fact]
    public void Wrap_LaterGeneration_IsNamedByTheValue()
    {
        using RootKey rootKey = Of(2);
        byte[] wrapped = rootKey.Wrap(s_secret, "context");
        Assert.Equal(12 + 24 + 3 + 16, wrapped.Length);
        Assert.Equal(s_prefixOf2, wrapped[..12]);
        Assert.Equal(2, RootKey.GenerationOf(wrapped));
        Assert.Equal(s_secret, Unwrapped(rootKey, wrapped));
        Assert.Throws<AuthenticationTagMismatchException>(() => rootKey.Unwrap(wrapped, "another context"));
        wrapped[^1] ^= 1;
        Assert.Throws<AuthenticationTagMismatchException>(() => rootKey.Unwrap(wrapped, "context"));
    }

    [Fact]
    public void PrefixOf_Generation_IsWhatItsValuesBeginWith()
    {
        Assert.Empty(RootKey.PrefixOf(1));
        Assert.Equal(s_prefixOf2, RootKey.PrefixOf(2));
        Assert.Equal("8b4b6d73526f6f747fffffff", Convert.ToHexStringLower(RootKey.PrefixOf(int.MaxValue)));
    }

    [Fact]
    public void GenerationOf_ShorterThanAPrefix_IsTheFirst()
    {
        Assert.Equal(1, RootKey.GenerationOf(s_prefixOf2.AsSpan(0, 11)));
        Assert.Equal(2, RootKey.GenerationOf(s_prefixOf2));
        Assert.Equal(1, RootKey.GenerationOf([]));
    }

    [Fact]
    public void WrapWith_NewGeneration_OldValuesUnwrapAndNewOnesNameIt()
    {
        using RootKey rootKey = Of(1, 2);
        Assert.Equal(1, rootKey.Generation);
        byte[] old = rootKey.Wrap(s_secret, "context");
        rootKey.WrapWith(2);
        Assert.Equal(2, rootKey.Generation);
        Assert.Equal(s_secret, Unwrapped(rootKey, old));

        byte[] again = rootKey.WrapAgain(old, "context");
        Assert.Equal(2, RootKey.GenerationOf(again));
        Assert.Equal(s_secret, Unwrapped(rootKey, again));
        Assert.Equal(again, rootKey.WrapAgain(again, "context"));
        Assert.Throws<AuthenticationTagMismatchException>(() => rootKey.WrapAgain(old, "another context"));
    }

    [Fact]
    public void Replace_FormerGenerationIsNotThere_ItsValuesAreLost()
    {
        using RootKey rootKey = Of(1, 2);
        byte[] old = rootKey.Wrap(s_secret, "context");
        rootKey.WrapWith(2);
        byte[] again = rootKey.WrapAgain(old, "context");
        rootKey.Replace([Generation(2)]);
        Assert.Equal([2], rootKey.Held);
        Assert.Equal(s_secret, Unwrapped(rootKey, again));
        CryptographicException error = Assert.Throws<CryptographicException>(() => rootKey.Unwrap(old, "context"));
        Assert.Equal("Generation 1 of the root key is not there.", error.Message);
        Assert.Equal(
            "Generation 1 of the root key is not there.", Assert.Throws<CryptographicException>(() => rootKey.WrapWith(1)).Message);
        Assert.Equal(2, rootKey.Generation);
    }

    // A generation that was sealed but may never be used.
    [Fact]
    public void Replace_TheOneThatWrapsIsNotThere_TheLowestWraps()
    {
        using RootKey rootKey = Of(1);
        rootKey.Replace([Generation(4), Generation(3)]);
        Assert.Equal(3, rootKey.Generation);
        Assert.Equal([3, 4], rootKey.Held);
    }

    [Fact]
    public void Unwrap_GenerationIsNotHeld_IsReadAgainOnce()
    {
        using RootKey writer = Of(1, 2);
        writer.WrapWith(2);
        byte[] wrapped = writer.Wrap(s_secret, "context");
        int reads = 0;
        RootKey? reader = null;
        reader = new RootKey([Generation(1)], () =>
        {
            reads++;
            reader!.Replace([Generation(1), Generation(2)]);
        });
        using (reader)
        {
            Assert.Equal(s_secret, Unwrapped(reader, wrapped));
            Assert.Equal(s_secret, Unwrapped(reader, wrapped));
            Assert.Equal((1, 1), (reads, reader.Generation));
            byte[] unknown = [.. RootKey.PrefixOf(3), .. wrapped[12..]];
            Assert.Throws<CryptographicException>(() => reader.Unwrap(unknown, "context"));
            Assert.Equal(2, reads);
        }
    }

    [Fact]
    public void Replace_WhileOthersUnwrap_NoneOfThemFails()
    {
        using RootKey rootKey = Of(1, 2);
        rootKey.WrapWith(2);
        byte[] wrapped = rootKey.Wrap(s_secret, "context");
        Parallel.For(0, 2000, i =>
        {
            if (i % 10 == 0)
            {
                rootKey.Replace(i % 20 == 0 ? [Generation(2)] : [Generation(1), Generation(2)]);
            }
            else
            {
                Assert.Equal(s_secret, Unwrapped(rootKey, wrapped));
            }
        });
    }

    private const string FromElsewhere = "000102030405060708090a0b0c0d0e0f10111213141516178f0907b76b833bb577614c4f9a177163108d13";

    private static RootKeyGeneration Generation(int number) => new(number, SHA256.HashData([(byte)number]));

    private static RootKey Of(params int[] numbers) => new([.. numbers.Select(Generation)], readAgain: null);

    private static byte[] Unwrapped(RootKey rootKey, byte[] wrapped)
    {
        using Secret secret = rootKey.Unwrap(wrapped, "context");
        return secret.Use(static bytes => bytes.ToArray());
    }
}
