namespace KmsTools.Operations;

public sealed class DisableKeyRotationTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DisableKeyRotation_Enabled_KeepsMaterialsAndRotatesNoMore()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        byte[] blob = _kms.Encrypt(keyId, 1);
        _kms.StepDays(90);

        Assert.Same(EmptyResponse.Instance, _kms.Call(new DisableKeyRotationRequest { KeyId = keyId }));

        _kms.StepDays(1000);
        Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
        Assert.Equal([1], _kms.Decrypt(blob));
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
        Assert.Equal(2, _kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations.Length);
    }

    // Measured on AWS (the pull request 3968 of floci; for ML-DSA the issue 3025 of floci).
    [Theory]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT)]
    [InlineData(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC)]
    [InlineData(KeySpec.ML_DSA_44, KeyUsageType.SIGN_VERIFY)]
    public void DisableKeyRotation_KeyThatCannotRotate_IsDone(KeySpec spec, KeyUsageType usage)
    {
        KeyMetadata key = _kms.CreateKey(spec, usage);

        _kms.Call(new DisableKeyRotationRequest { KeyId = key.KeyId });

        _kms.Refuses(new EnableKeyRotationRequest { KeyId = key.KeyId }, "UnsupportedOperationException", "");
        _kms.Refuses(new RotateKeyOnDemandRequest { KeyId = key.KeyId }, "UnsupportedOperationException", "");
        _kms.Disable(key.KeyId);
        _kms.Refuses(new DisableKeyRotationRequest { KeyId = key.KeyId }, "DisabledException", $"{key.Arn} is disabled.");
    }

    [Theory]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC)]
    public void DisableKeyRotation_ReplicaThatCannotRotate_IsDone(KeySpec spec, KeyUsageType usage)
    {
        string keyId = _kms.Call(new CreateKeyRequest { KeySpec = spec.ToString(), KeyUsage = usage.ToString(), MultiRegion = true })
            .KeyMetadata.KeyId;
        _kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1" });

        Assert.Same(EmptyResponse.Instance, _kms.Call(new DisableKeyRotationRequest { KeyId = keyId }, "eu-west-1"));
    }

    [Fact]
    public void DisableKeyRotation_ImportedMaterial_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC, "EXTERNAL");

        _kms.Refuses(
            new DisableKeyRotationRequest { KeyId = key.KeyId },
            "UnsupportedOperationException",
            $"{key.Arn} origin is EXTERNAL which is not valid for this operation.");
    }
}
