using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>A multi-Region key in three Regions.</summary>
public abstract class MultiRegionTests : IDisposable
{
    protected const string Virginia = "us-east-1";
    protected const string Ireland = "eu-west-1";
    protected const string Mumbai = "ap-south-1";

    private readonly Dictionary<(string KeyId, string Region), GetParametersForImportResponse> _parameters = [];

    protected KmsFixture Kms { get; } = new();

    public void Dispose()
    {
        Kms.Dispose();
        GC.SuppressFinalize(this);
    }

    protected static DateTime Time(string text) =>
        DateTimeOffset.Parse(text, null, System.Globalization.DateTimeStyles.AssumeUniversal).UtcDateTime;

    protected static string Arn(string region, string keyId) => $"arn:aws:kms:{region}:111122223333:key/{keyId}";

    protected static byte[] Bytes(byte first) => [.. Enumerable.Range(0, 32).Select(i => (byte)(first + i))];

    /// <summary>A primary in us-east-1 with replicas in the other two Regions.</summary>
    protected string CreateKeyInThreeRegions()
    {
        string keyId = CreatePrimary().KeyId;
        Replicate(keyId, Ireland);
        Replicate(keyId, Mumbai);
        return keyId;
    }

    /// <summary>The same with imported material, which every Region has.</summary>
    protected string CreateImportedKeyInThreeRegions(byte[] material)
    {
        string keyId = CreatePrimary("EXTERNAL").KeyId;
        Import(keyId, Virginia, material);
        foreach (string region in (string[])[Ireland, Mumbai])
        {
            Replicate(keyId, region);
            Import(keyId, region, material);
        }

        return keyId;
    }

    protected KeyMetadata CreatePrimary(string? origin = null) =>
        Kms.Call(new CreateKeyRequest { MultiRegion = true, Origin = origin }, Virginia).KeyMetadata;

    protected ReplicateKeyResponse Replicate(string keyId, string to, string from = Virginia) =>
        Kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = to }, from);

    protected KeyMetadata Describe(string keyId, string region) => Kms.Call(new DescribeKeyRequest { KeyId = keyId }, region).KeyMetadata;

    protected byte[] Encrypt(string keyId, string region) =>
        Kms.Call(new EncryptRequest { KeyId = keyId, Plaintext = [1, 2, 3] }, region).CiphertextBlob.ToArray();

    protected DecryptResponse Decrypt(byte[] ciphertext, string region, string? keyId = null) =>
        Kms.Call(new DecryptRequest { CiphertextBlob = ciphertext, KeyId = keyId }, region);

    protected ScheduleKeyDeletionResponse Schedule(string keyId, string region, int days) =>
        Kms.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = days }, region);

    protected GetKeyRotationStatusResponse RotationStatus(string keyId, string region) =>
        Kms.Call(new GetKeyRotationStatusRequest { KeyId = keyId }, region);

    protected IReadOnlyList<RotationsListEntry> Rotations(string keyId, string region, bool all = false) =>
        Kms.Call(new ListKeyRotationsRequest { KeyId = keyId, IncludeKeyMaterial = all ? "ALL_KEY_MATERIAL" : null }, region).Rotations;

    protected string Import(string keyId, string region, byte[] material, string? type = null, DateTimeOffset? validTo = null) =>
        Kms.Call(Importing(keyId, region, material, type, validTo), region).KeyMaterialId!;

    protected ImportKeyMaterialRequest Importing(
        string keyId, string region, byte[] material, string? type = null, DateTimeOffset? validTo = null)
    {
        if (!_parameters.TryGetValue((keyId, region), out GetParametersForImportResponse? parameters)
            || parameters.ParametersValidTo <= Kms.Engine.UtcNow.UtcDateTime)
        {
            parameters = Kms.Call(
                new GetParametersForImportRequest
                {
                    KeyId = keyId,
                    WrappingAlgorithm = "RSAES_OAEP_SHA_256",
                    WrappingKeySpec = "RSA_2048",
                }, region);
            _parameters[(keyId, region)] = parameters;
        }

        return new ImportKeyMaterialRequest
        {
            KeyId = keyId,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = MaterialWrapping.Wrap(parameters.PublicKey.ToArray(), AlgorithmSpec.RSAES_OAEP_SHA_256, material),
            ExpirationModel = validTo is null ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES",
            ValidTo = validTo,
            ImportType = type,
        };
    }

    protected void Refuses<T>(IKmsRequest<T> request, string region, string errorCode, string message)
        where T : class
    {
        KmsException error = Kms.Refused(request, region);
        Assert.Equal((errorCode, message), (error.ErrorCode, error.Message));
    }
}
