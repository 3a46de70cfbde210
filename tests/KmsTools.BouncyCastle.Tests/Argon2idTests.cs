using System.Text;
using KmsTools.Sealing;

namespace KmsTools.BouncyCastle;

public sealed class Argon2idTests
{
    // RFC 9106, section 5.3.
    [Fact]
    public void Derive_VectorOfTheRfc_GivesThePublishedTag()
    {
        byte[] tag = new byte[32];
        BouncyCastleArgon2id.Derive(
            Convert.FromHexString("0101010101010101010101010101010101010101010101010101010101010101"),
            Convert.FromHexString("02020202020202020202020202020202"),
            Convert.FromHexString("0303030303030303"),
            Convert.FromHexString("040404040404040404040404"),
            new Argon2idCost(32, 3, 4),
            tag);
        Assert.Equal("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659", Convert.ToHexStringLower(tag));
    }

    // The tests of the reference implementation (phc-winner-argon2, src/test.c), which has no other inputs.
    [Theory]
    [InlineData("password", "somesalt", 256, 2, 1, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe")]
    [InlineData("password", "somesalt", 256, 2, 2, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037")]
    [InlineData("password", "somesalt", 65536, 1, 1, "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98")]
    [InlineData("differentpassword", "somesalt", 65536, 2, 1, "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde")]
    [InlineData("password", "diffsalt", 65536, 2, 1, "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c")]
    public void Derive_VectorOfTheReference_GivesThePublishedTag(
        string passphrase, string salt, int memory, int iterations, int lanes, string tag)
    {
        byte[] derived = new byte[32];
        new BouncyCastleArgon2id().Derive(
            Encoding.UTF8.GetBytes(passphrase), Encoding.UTF8.GetBytes(salt), new Argon2idCost(memory, iterations, lanes), derived);
        Assert.Equal(tag, Convert.ToHexStringLower(derived));
    }
}
