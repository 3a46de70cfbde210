using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Operations;

namespace KmsTools;

/// <summary>Keys that are not symmetric encryption keys, made or imported through the API.</summary>
internal static class KeysOfEverySpec
{
    public static KeyMetadata CreateKey(this KmsFixture kms, KeySpec spec, KeyUsageType usage, string? origin = null) =>
        kms.Call(new CreateKeyRequest { KeySpec = spec.ToString(), KeyUsage = usage.ToString(), Origin = origin }).KeyMetadata;

    /// <summary>An import of material into a key, which does not expire.</summary>
    public static ImportKeyMaterialRequest ImportOf(
        this KmsFixture kms, string keyId, byte[] material, AlgorithmSpec algorithm = AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256)
    {
        GetParametersForImportResponse parameters = kms.Parameters(keyId, algorithm);
        return new ImportKeyMaterialRequest
        {
            KeyId = keyId,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = MaterialWrapping.Wrap(parameters.PublicKey.ToArray(), algorithm, material),
            ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE",
        };
    }

    /// <summary>A key with imported material.</summary>
    public static KeyMetadata ImportedKey(this KmsFixture kms, KeySpec spec, KeyUsageType usage, byte[] material)
    {
        KeyMetadata key = kms.CreateKey(spec, usage, "EXTERNAL");
        kms.Call(kms.ImportOf(key.KeyId, material));
        return kms.Describe(key.KeyId);
    }

    public static byte[] PublicKey(this KmsFixture kms, string keyId) =>
        kms.Call(new GetPublicKeyRequest { KeyId = keyId }).PublicKey.ToArray();

    public static byte[] Sign(
        this KmsFixture kms,
        string keyId,
        SigningAlgorithmSpec algorithm,
        byte[] message,
        string? messageType = null) =>
        kms.Call(new SignRequest { KeyId = keyId, SigningAlgorithm = algorithm.ToString(), Message = message, MessageType = messageType })
            .Signature
            .ToArray();

    public static VerifyRequest Verification(
        string keyId,
        SigningAlgorithmSpec algorithm,
        byte[] message,
        byte[] signature,
        string? messageType = null) =>
        new()
        {
            KeyId = keyId,
            SigningAlgorithm = algorithm.ToString(),
            Message = message,
            MessageType = messageType,
            Signature = signature,
        };

    /// <summary>The requestParameters of an event, to the letter.</summary>
    public static string ParametersJson(this AuditEvent written) =>
        JsonDocument.Parse(written.CloudTrailEvent).RootElement.GetProperty("requestParameters").GetRawText();

    /// <summary>PKCS#8 of the private key with this number on a curve.</summary>
    public static byte[] EcPrivateKey(string curve, string hexNumber)
    {
        using ECDsa key = ECDsa.Create(
            new ECParameters { Curve = ECCurve.CreateFromFriendlyName(curve), D = Convert.FromHexString(hexNumber) });
        return key.ExportPkcs8PrivateKey();
    }

    public static byte[] EcPrivateKey(ECCurve curve)
    {
        using ECDsa key = ECDsa.Create(curve);
        return key.ExportPkcs8PrivateKey();
    }

    public static byte[] RsaPrivateKey(int bits = 2048)
    {
        using RSA key = RSA.Create(bits);
        return key.ExportPkcs8PrivateKey();
    }
}
