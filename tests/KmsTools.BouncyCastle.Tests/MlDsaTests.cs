using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.BouncyCastle;

public sealed class MlDsaTests
{
    private const SigningAlgorithmSpec Algorithm = SigningAlgorithmSpec.ML_DSA_SHAKE_256;

    [Theory]
    [InlineData(KeySpec.ML_DSA_44, 1312)]
    [InlineData(KeySpec.ML_DSA_65, 1952)]
    [InlineData(KeySpec.ML_DSA_87, 2592)]
    public void Open_PublishedSeed_HasThePublishedKeyAndVerifiesThePublishedSignature(KeySpec spec, int publicKeySize)
    {
        WycheproofMlDsa vector = WycheproofMlDsa.Of(spec);
        using ISignatureKeyPair pair = new BouncyCastleSignatures().Open(spec, WycheproofMlDsa.Seed);

        Assert.Equal(publicKeySize, pair.PublicKey.Length);
        Assert.Equal(vector.PublicKeySha256, Convert.ToHexStringLower(SHA256.HashData(pair.PublicKey)));
        Assert.True(pair.Verify(Algorithm, WycheproofMlDsa.Message, vector.Signature));
        Assert.False(pair.Verify(Algorithm, "Hello World"u8, vector.Signature));
    }

    [Theory]
    [InlineData(KeySpec.ML_DSA_44, 2420)]
    [InlineData(KeySpec.ML_DSA_65, 3309)]
    [InlineData(KeySpec.ML_DSA_87, 4627)]
    public void Sign_Twice_GivesTwoValidSignatures(KeySpec spec, int signatureSize)
    {
        using ISignatureKeyPair pair = new BouncyCastleSignatures().Open(spec, RandomNumberGenerator.GetBytes(32));
        using ISignatureKeyPair other = new BouncyCastleSignatures().Open(spec, RandomNumberGenerator.GetBytes(32));

        byte[] first = pair.Sign(Algorithm, WycheproofMlDsa.Message);
        byte[] second = pair.Sign(Algorithm, WycheproofMlDsa.Message);

        // Hedged signatures differ (FIPS 204, algorithm 2).
        Assert.Equal((signatureSize, signatureSize), (first.Length, second.Length));
        Assert.NotEqual(first, second);
        Assert.True(pair.Verify(Algorithm, WycheproofMlDsa.Message, first));
        Assert.True(pair.Verify(Algorithm, WycheproofMlDsa.Message, second));
        Assert.False(other.Verify(Algorithm, WycheproofMlDsa.Message, first));
    }

    [Fact]
    public void Verify_SignatureOfAnotherLengthOrByte_IsFalse()
    {
        using ISignatureKeyPair pair = new BouncyCastleSignatures().Open(KeySpec.ML_DSA_44, WycheproofMlDsa.Seed);
        byte[] signature = WycheproofMlDsa.Of(KeySpec.ML_DSA_44).Signature;
        byte[] flipped = [.. signature];
        flipped[^1] ^= 1;

        Assert.False(pair.Verify(Algorithm, WycheproofMlDsa.Message, []));
        Assert.False(pair.Verify(Algorithm, WycheproofMlDsa.Message, signature.AsSpan(0, 2419)));
        Assert.False(pair.Verify(Algorithm, WycheproofMlDsa.Message, [.. signature, 0]));
        Assert.False(pair.Verify(Algorithm, WycheproofMlDsa.Message, new byte[2420]));
        Assert.False(pair.Verify(Algorithm, WycheproofMlDsa.Message, flipped));
    }

    [Theory]
    [InlineData(KeySpec.ML_DSA_44)]
    [InlineData(KeySpec.ML_DSA_65)]
    [InlineData(KeySpec.ML_DSA_87)]
    public void Sign_OnThePlatform_VerifiesHereAndTheReverse(KeySpec spec)
    {
        Assert.SkipUnless(MLDsa.IsSupported, "The cryptography of this platform has no ML-DSA.");
        using ISignatureKeyPair pair = new BouncyCastleSignatures().Open(spec, WycheproofMlDsa.Seed);
        using MLDsa platform = MLDsa.ImportMLDsaPrivateSeed(
            spec == KeySpec.ML_DSA_44
                ? MLDsaAlgorithm.MLDsa44
                : spec == KeySpec.ML_DSA_65 ? MLDsaAlgorithm.MLDsa65 : MLDsaAlgorithm.MLDsa87,
            WycheproofMlDsa.Seed);
        byte[] signature = new byte[platform.Algorithm.SignatureSizeInBytes];
        platform.SignData(WycheproofMlDsa.Message, signature);

        Assert.Equal(platform.ExportMLDsaPublicKey(), pair.PublicKey);
        Assert.True(pair.Verify(Algorithm, WycheproofMlDsa.Message, signature));
        Assert.True(platform.VerifyData(WycheproofMlDsa.Message, pair.Sign(Algorithm, WycheproofMlDsa.Message)));
    }
}
