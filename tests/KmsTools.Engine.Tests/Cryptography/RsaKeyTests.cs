using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes, against published signatures. Source: C2SP Wycheproof,
/// rsa_pss_2048_sha256_mgf1_32_test.json, tcId 3, 4 and 6. They come without a private key, so only the public half is there.
/// </summary>
public sealed class RsaKeyTests : IDisposable
{
    private const string Modulus =
        "a2b451a07d0aa5f96e455671513550514a8a5b462ebef717094fa1fee82224e637f9746d3f7cafd31878d80325b6ef5a1700f65903b469429e89d6eac8845097"
        + "b5ab393189db92512ed8a7711a1253facd20f79c15e8247f3d3e42e46e48c98e254a2fe9765313a03eff8f17e1a029397a1fa26a8dce26f490ed81299615d981"
        + "4c22da610428e09c7d9658594266f5c021d0fceca08d945a12be82de4d1ece6b4c03145b5d3495d4ed5411eb878daf05fd7afc3e09ada0f1126422f590975a19"
        + "69816f48698bcbba1b4d9cae79d460d8f9f85e7975005d9bc22c4e5ac0f7c1a45d12569a62807d3b9a02e5a530e773066f453d1f5b4c2e9cf7820283f742b9d5";

    private readonly RsaKey _key = new(RSA.Create(new RSAParameters { Modulus = Convert.FromHexString(Modulus), Exponent = [1, 0, 1] }));

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(
        "54657374",
        "401eb03cdb47ca88033e3030f6bdecbac8f5c8fc1dd6a13d23d379ed9a2b309891d13d74fea9d21d159b9e6d8f37efa2489962e24555f56dd434ff1d31ce4f9f"
        + "5abd3f22cbea8b691d6a11e44efb83e2bca155e6a164325e0fde2a8865afd5c9f51161a9d615f62af7ec2e31b3e5ab649c164490d31d88cfae35b84aea792569"
        + "0f929a144b6d2f48e8fb894a52deecd1b9a6496990c4ecf1588699a42cacd10c53af350514e4291ea9a058e77f101e32c1c0cefa61d945f7bc931f8bd19e7ba3"
        + "169358a60e5a8b0123bc3199b9fdcafe8e519c41ba675491a27b85e44ef2d77277c10fe107293c8290186913bc9a99b640d8da041b64f31eab1d35920985f4a5")]
    [InlineData(
        "313233343030",
        "68caf07e71ee654ffabf07d342fc4059deb4f7e5970746c423b1e8f668d5332275cc35eb61270aebd27855b1e80d59def47fe8882867fd33c2308c91976baa0b"
        + "1df952caa78db4828ab81e79949bf145cbdfd1c4987ed036f81e8442081016f20fa4b587574884ca6f6045959ce3501ae7c02b1902ec1d241ef28dee356c0d30"
        + "d28a950f1fbc683ee7d9aad26b048c13426fe3975d5638afeb5b9c1a99d162d3a5810e8b074d7a2eae2be52b577151f76e1f734b0a956ef4f22be64dc20a81ad"
        + "1316e4f79dff5fc41fc08a20bc612283a88415d41595bfea66d59de7ac12e230f72244ad9905aef0ead3fa41ed70bf4218863d5f041292f2d14ce0a7271c6d36")]
    [InlineData(
        "61",
        "4e68a8375e086990bde05fc4bbde2d368f8d96a5bbcf16d9239fcdd45942d764fc2317d90f4f62ec80059490240be8f32dfc32414a427c7e34be25ed0dcaee69"
        + "27881e797db97a0341fdde459b9cc915d0a348e15dcbfe1b0780472f52a887faffc988a9ceb677e1cf5638e44a9d6f2532417ed0bde5d67f5dc9229ef1f3cfd9"
        + "cb46c695738fd006cc62d02f5df76996270223060f72505ccfbdf4e88d961e2e7763705480335148ecdd23d1202c26a963860dc769a43e44c72285092ba7f24d"
        + "81844e612bf03f9c2ddd4e5960622f71672f4e42b8a8f36c6847a05f70400207471c575d6a960fac1de809118efb52903ca37f12d40f6de74decb9a5b8a415d4")]
    public void Verify_PublishedPssSignature_IsValidForItsMessageOnly(string message, string signature)
    {
        byte[] bytes = Convert.FromHexString(message);

        Assert.True(Verify(SigningAlgorithmSpec.RSASSA_PSS_SHA_256, bytes, signature));
        Assert.False(Verify(SigningAlgorithmSpec.RSASSA_PSS_SHA_256, [.. bytes, 0], signature));
        Assert.False(Verify(SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256, bytes, signature));
    }

    private bool Verify(SigningAlgorithmSpec algorithm, byte[] message, string signature) =>
        _key.Verify(MessageToSign.Hashed(algorithm, message), Convert.FromHexString(signature));
}
