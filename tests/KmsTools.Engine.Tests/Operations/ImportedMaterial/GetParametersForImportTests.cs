using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class GetParametersForImportTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void GetParametersForImport_External_GivesKeyTokenAndADayOfTime()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");

        GetParametersForImportResponse parameters = _kms.Call(new GetParametersForImportRequest
        {
            KeyId = key.KeyId,
            WrappingAlgorithm = "RSAES_OAEP_SHA_256",
            WrappingKeySpec = "RSA_3072",
        });

        Assert.Equal(key.Arn, parameters.KeyId);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), parameters.ParametersValidTo);
        Assert.InRange(parameters.ImportToken.Length, 1, 6144);
        using RSA publicKey = RSA.Create();
        publicKey.ImportSubjectPublicKeyInfo(parameters.PublicKey.ToArray(), out _);
        Assert.Equal(3072, publicKey.KeySize);
    }

    [Theory]
    [InlineData("RSAES_PKCS1_V1_5", "RSA_2048", "UnsupportedOperationException")]
    [InlineData("SM2PKE", "RSA_2048", "UnsupportedOperationException")]
    [InlineData("RSAES_OAEP_SHA_256", "SM2", "UnsupportedOperationException")]
    [InlineData("RSAES_OAEP_SHA_512", "RSA_2048", "ValidationException")]
    [InlineData("RSAES_OAEP_SHA_256", "RSA_1024", "ValidationException")]
    [InlineData(null, "RSA_2048", "ValidationException")]
    [InlineData("RSAES_OAEP_SHA_256", null, "ValidationException")]
    public void GetParametersForImport_WhatIsNotOffered_IsRefused(string? algorithm, string? keySpec, string code) =>
        Assert.Equal(code, _kms.Error(new GetParametersForImportRequest
        {
            KeyId = _kms.CreateKey("EXTERNAL").KeyId,
            WrappingAlgorithm = algorithm,
            WrappingKeySpec = keySpec,
        }).Code);
}
