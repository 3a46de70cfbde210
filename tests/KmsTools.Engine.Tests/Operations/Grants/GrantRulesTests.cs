namespace KmsTools.Operations;

public sealed class GrantRulesTests
{
    [Theory]
    [InlineData(KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT, "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext "
        + "ReEncryptFrom ReEncryptTo CreateGrant RetireGrant DescribeKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext")]
    [InlineData(
        KeySpec.RSA_2048,
        KeyUsageType.ENCRYPT_DECRYPT,
        "Decrypt Encrypt ReEncryptFrom ReEncryptTo GetPublicKey CreateGrant RetireGrant DescribeKey")]
    [InlineData(KeySpec.RSA_4096, KeyUsageType.SIGN_VERIFY, "Sign Verify GetPublicKey CreateGrant RetireGrant DescribeKey")]
    [InlineData(KeySpec.ML_DSA_65, KeyUsageType.SIGN_VERIFY, "Sign Verify GetPublicKey CreateGrant RetireGrant DescribeKey")]
    [InlineData(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC, "CreateGrant RetireGrant DescribeKey GenerateMac VerifyMac")]
    [InlineData(KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT, "GetPublicKey CreateGrant RetireGrant DescribeKey DeriveSharedSecret")]
    public void Supports_KeyType_HasTheseOperations(KeySpec spec, KeyUsageType usage, string operations) =>
        Assert.Equal(
            operations,
            string.Join(' ', Enum.GetValues<GrantOperation>().Where(operation => GrantRules.Supports(spec, usage, operation))));
}
