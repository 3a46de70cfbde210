namespace KmsTools.Operations;

public sealed class MultiRegionKeysOfEverySpecTests : MultiRegionTests
{
    [Theory]
    [InlineData("RSA_2048", "RSASSA_PSS_SHA_256")]
    [InlineData("ECC_NIST_P256", "ECDSA_SHA_256")]
    [InlineData("ECC_NIST_EDWARDS25519", "ED25519_SHA_512")]
    [InlineData("ML_DSA_44", "ML_DSA_SHAKE_256")]
    public void Verify_InAnotherRegion_KnowsTheSignatureOfARelatedKey(string keySpec, string algorithm)
    {
        string keyId = Create(keySpec, "SIGN_VERIFY");

        byte[] signature = Kms.Call(
            new SignRequest { KeyId = keyId, Message = [1, 2, 3], SigningAlgorithm = algorithm }).Signature.ToArray();

        Assert.True(Kms.Call(
            new VerifyRequest
            {
                KeyId = keyId,
                Message = [1, 2, 3],
                Signature = signature,
                SigningAlgorithm = algorithm,
            }, Ireland).SignatureValid);
        Assert.Equal(PublicKey(keyId, Virginia), PublicKey(keyId, Ireland));
    }

    [Fact]
    public void VerifyMac_InAnotherRegion_KnowsTheMacOfARelatedKey()
    {
        string keyId = Create("HMAC_256", "GENERATE_VERIFY_MAC");

        byte[] mac = Kms.Call(new GenerateMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_256" }).Mac.ToArray();

        Assert.True(Kms.Call(
            new VerifyMacRequest { KeyId = keyId, Message = [1], Mac = mac, MacAlgorithm = "HMAC_SHA_256" }, Ireland).MacValid);
    }

    [Fact]
    public void Decrypt_InAnotherRegion_OpensWhatARelatedRsaKeyEncrypted()
    {
        string keyId = Create("RSA_2048", "ENCRYPT_DECRYPT");

        byte[] ciphertext = Kms.Call(
            new EncryptRequest { KeyId = keyId, Plaintext = [7], EncryptionAlgorithm = "RSAES_OAEP_SHA_256" }).CiphertextBlob.ToArray();

        Assert.Equal([7], Kms.Call(
            new DecryptRequest
            {
                KeyId = keyId,
                CiphertextBlob = ciphertext,
                EncryptionAlgorithm = "RSAES_OAEP_SHA_256",
            }, Ireland).Plaintext!.ToArray());
    }

    private string Create(string keySpec, string keyUsage)
    {
        string keyId = Kms.Call(new CreateKeyRequest { KeySpec = keySpec, KeyUsage = keyUsage, MultiRegion = true }).KeyMetadata.KeyId;
        Kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = Ireland });
        return keyId;
    }

    private byte[] PublicKey(string keyId, string region) =>
        Kms.Call(new GetPublicKeyRequest { KeyId = keyId }, region).PublicKey.ToArray();
}
