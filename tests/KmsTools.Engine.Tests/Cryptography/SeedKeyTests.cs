using System.Security.Cryptography;
using KmsTools.BouncyCastle;

#pragma warning disable SYSLIB5006 // PKCS#8 of ML-DSA is "for evaluation" in .NET 10.

namespace KmsTools.Cryptography;

/// <summary>The encodings of private keys that come from a seed.</summary>
public sealed class SeedKeyTests
{
    private const KeySpec Ed25519 = KeySpec.ECC_NIST_EDWARDS25519;

    // RFC 8410, section 10.3: the same key in version 1, and in version 2 with an attribute and its public key.
    private const string Version1 = "302E020100300506032B657004220420D4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F44755842";
    private const string Version2 =
        "3072020101300506032B657004220420D4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F44755842"
        + "A01F301D060A2A864886F70D01090914310F0C0D437572646C65204368616972738121"
        + "0019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E1";

    // The same without the attribute.
    private const string Version2Short =
        "3051020101300506032B657004220420D4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F447558428121"
        + "0019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E1";

    private const string Seed = "D4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F44755842";
    private const string Seed44 = "2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A2A";

    // How the public key of this seed, and so the expanded private key, begins.
    private const string Rho44 = "DB9AC67708F2BA0FAC1F92BD802F9BE89ECAB966FEEF59872A1A9AC90B111117";

    [Theory]
    [InlineData(Version1)]
    [InlineData(Version2)]
    [InlineData(Version2Short)]
    public void Import_Ed25519InEveryForm_IsKeptInTheShortestOne(string pkcs8) => Assert.Equal(Version1, Import(Ed25519, pkcs8));

    // Made by changing the vectors above: lengths, tags and bytes.
    [Theory]
    [InlineData(Seed)]
    [InlineData("")]
    [InlineData("30")]
    [InlineData(Version1 + "00")]
    [InlineData("302D020100300506032B65700421041FD4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F447558")]
    [InlineData("302F020100300506032B657004230421D4EE72DBF913584AD5B6D8F1F769F8AD3AFE7C28CBF1D4FBE097A88F4475584200")]
    [InlineData("302C020100300506032B65700420" + Seed)]
    [InlineData("302E020102300506032B657004220420" + Seed)]
    [InlineData("3030020100300706032B6570050004220420" + Seed)]
    [InlineData("302E020100300506032B656E04220420" + Seed)]
    [InlineData("3051020100300506032B657004220420" + Seed + "81210019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E1")]
    [InlineData("3051020101300506032B657004220420" + Seed + "81210019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166E0")]
    [InlineData("3050020101300506032B657004220420" + Seed + "81200019BF44096984CDFE8541BAC167DC3B96C85086AA30B6B6CB0C5C38AD703166")]
    public void Import_AnythingElseAsEd25519_IsIncorrect(string pkcs8) => Refuses(
        Ed25519, pkcs8, "The key material is not an Ed25519 private key in PKCS #8 form (DER).");

    [Theory]
    [InlineData(KeySpec.ML_DSA_44)]
    [InlineData(KeySpec.ML_DSA_65)]
    [InlineData(KeySpec.ML_DSA_87)]
    public void Import_MlDsaSeed_IsKeptAsItIs(KeySpec spec)
    {
        string pkcs8 = WycheproofMlDsa.Of(spec).PrivateKey.ToUpperInvariant();

        Assert.Equal(108, pkcs8.Length);
        Assert.Equal(pkcs8, Import(spec, pkcs8));
    }

    // Stores of earlier builds have what .NET exports.
    [Theory]
    [InlineData(KeySpec.ML_DSA_44)]
    [InlineData(KeySpec.ML_DSA_65)]
    [InlineData(KeySpec.ML_DSA_87)]
    public void Import_WhatDotNetExports_IsReadAndIsWhatDotNetReads(KeySpec spec)
    {
        Assert.SkipUnless(MLDsa.IsSupported, "The cryptography of this platform has no ML-DSA.");
        using MLDsa ours = MLDsa.ImportPkcs8PrivateKey(Convert.FromHexString(WycheproofMlDsa.Of(spec).PrivateKey));
        byte[] exported = ours.ExportPkcs8PrivateKey();

        using PrivateKey key = Open(spec, [.. exported]);
        using ISignatureKeyPair managed = Signatures().Open(spec, WycheproofMlDsa.Seed);

        Assert.Equal(ours.ExportSubjectPublicKeyInfo(), key.ExportPublicKey());
        Assert.Equal(ours.ExportMLDsaPublicKey(), managed.PublicKey);
        Assert.Equal(WycheproofMlDsa.Of(spec).PrivateKey.ToUpperInvariant(), Import(spec, Convert.ToHexString(exported)));
    }

    // RFC 9881, section 6: the seed with the expanded key, which is how OpenSSL writes keys by default.
    [Fact]
    public void Import_MlDsaSeedWithItsExpandedKey_IsKeptAsTheSeed() => Assert.Equal(
        WycheproofMlDsa.Of(KeySpec.ML_DSA_44).PrivateKey.ToUpperInvariant(), Import(KeySpec.ML_DSA_44, Both(Rho44, 2560)));

    [Fact]
    public void Import_AnythingElseAsMlDsa_IsIncorrect()
    {
        string[] wrong =
        [
            Both("DA" + Rho44[2..], 2560),
            Both(Rho44, 2559),
            Both(Rho44, 2561),

            // The expanded key alone.
            "30820A18020100300B060960864801650304031104820A0404820A00" + Rho44 + new string('0', 2 * (2560 - 32)),
            WycheproofMlDsa.Of(KeySpec.ML_DSA_65).PrivateKey,
            "3033020100300B06096086480165030403110421801F" + Seed44[2..],
            "3034020100300B060960864801650304031104220420" + Seed44,
            Version1,
        ];

        Assert.All(wrong, pkcs8 => Refuses(
            KeySpec.ML_DSA_44, pkcs8, "The key material is not an ML_DSA_44 private key with its seed in PKCS #8 form (DER)."));
    }

    [Theory]
    [InlineData(Ed25519, 48)]
    [InlineData(KeySpec.ML_DSA_44, 54)]
    [InlineData(KeySpec.ML_DSA_87, 54)]
    public void Generate_Twice_GivesTwoKeysOfTheTypicalSize(KeySpec spec, int size)
    {
        using Secret one = spec.Material.Generate(Signatures);
        using Secret two = spec.Material.Generate(Signatures);

        Assert.Equal((size, size, size), (one.Length, two.Length, spec.Material.TypicalSize));
        Assert.False(one.ContentEquals(two));
    }

    [Fact]
    public void Generate_KeyThatDotNetHas_DoesNotAskForAProvider()
    {
        static ISignatureProvider None() => throw new InvalidOperationException("Nobody needs it.");

        KeySpec.SYMMETRIC_DEFAULT.Material.Generate(None).Dispose();
        KeySpec.ECC_NIST_P256.Material.Generate(None).Dispose();
        if (MLDsa.IsSupported)
        {
            KeySpec.ML_DSA_44.Material.Generate(None).Dispose();
        }

        Assert.Throws<InvalidOperationException>(() => Ed25519.Material.Generate(None));
    }

    private static BouncyCastleSignatures Signatures() => new();

    private static string Both(string rho, int expandedSize)
    {
        string inner = $"30{Length(4 + 32 - 2 + 4 + expandedSize)}0420{Seed44}04{Length(expandedSize)}{rho}{new string('0', 2 * (expandedSize - 32))}";
        string rest = $"020100300B060960864801650304031104{Length(inner.Length / 2)}{inner}";
        return $"30{Length(rest.Length / 2)}{rest}";

        static string Length(int length) => $"82{length:X4}";
    }

    private static PrivateKey Open(KeySpec spec, byte[] pkcs8)
    {
        using Secret material = Secret.TakeOver(pkcs8);
        return ((PrivateKeyMaterial)spec.Material).Open(material, Signatures);
    }

    private static string Import(KeySpec spec, string pkcs8)
    {
        using Secret given = Secret.TakeOver(Convert.FromHexString(pkcs8));
        using Secret kept = spec.Material.Import(given, Signatures);
        return kept.Use(static bytes => Convert.ToHexString(bytes));
    }

    private static void Refuses(KeySpec spec, string pkcs8, string message)
    {
        KmsException error = Assert.Throws<KmsException>(() => Import(spec, pkcs8));
        Assert.Equal(("IncorrectKeyMaterialException", message), (error.ErrorCode, error.Message));
    }
}
