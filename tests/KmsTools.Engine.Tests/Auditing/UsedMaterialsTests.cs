using System.Text.Json;
using KmsTools.Operations;

namespace KmsTools.Auditing;

/// <summary>
/// The materials in the events of calls. Source: "Examples of AWS KMS log entries", AWS KMS Developer Guide, which has them for every operation
/// with symmetric encryption keys; those of dry runs are in "Monitoring KMS keys for durable functions", AWS Lambda Developer Guide.
/// </summary>
public sealed class UsedMaterialsTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Event_SymmetricKey_HasTheMaterialThatWasUsed()
    {
        KeyMetadata key = _kms.CreateKey();
        string first = key.CurrentKeyMaterialId!;
        byte[] blob = _kms.Encrypt(key.KeyId, 1);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        string second = _kms.Describe(key.KeyId).CurrentKeyMaterialId!;
        Requires("Encrypt", One(first));

        _kms.Encrypt(key.KeyId, 1);
        Requires("Encrypt", One(second));
        _kms.Decrypt(blob);
        Requires("Decrypt", One(first));
        _kms.Call(new GenerateDataKeyRequest { KeyId = key.KeyId, KeySpec = "AES_256" });
        Requires("GenerateDataKey", One(second));
        _kms.Call(new GenerateDataKeyWithoutPlaintextRequest { KeyId = key.KeyId, KeySpec = "AES_256" });
        Requires("GenerateDataKeyWithoutPlaintext", One(second));
        _kms.Call(new GenerateDataKeyPairRequest { KeyId = key.KeyId, KeyPairSpec = "ECC_NIST_P256" });
        Requires("GenerateDataKeyPair", One(second));
        _kms.Call(new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = key.KeyId, KeyPairSpec = "ECC_NIST_P256" });
        Requires("GenerateDataKeyPairWithoutPlaintext", One(second));
        _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = key.KeyId });
        Requires("ReEncrypt", $$"""{"sourceKeyMaterialId":"{{first}}","destinationKeyMaterialId":"{{second}}"}""");
    }

    [Fact]
    public void Event_ImportedMaterial_IsNamed()
    {
        KeyMetadata key = _kms.ImportedKey();
        _kms.Decrypt(_kms.Encrypt(key.KeyId, 1));

        Requires("Encrypt", One(key.CurrentKeyMaterialId!));
        Requires("Decrypt", One(key.CurrentKeyMaterialId!));
    }

    [Fact]
    public void Event_AsymmetricAndHmacKeys_NameNone()
    {
        KeyMetadata symmetric = _kms.CreateKey();
        string rsa = _kms.Call(new CreateKeyRequest { KeySpec = "RSA_2048", KeyUsage = "ENCRYPT_DECRYPT" }).KeyMetadata.KeyId;
        string hmac = _kms.Call(new CreateKeyRequest { KeySpec = "HMAC_256", KeyUsage = "GENERATE_VERIFY_MAC" }).KeyMetadata.KeyId;
        string algorithm = "RSAES_OAEP_SHA_256";
        byte[] blob = _kms.Call(new EncryptRequest { KeyId = rsa, Plaintext = [1], EncryptionAlgorithm = algorithm })
            .CiphertextBlob.ToArray();
        Requires("Encrypt", null);
        _kms.Call(new DecryptRequest { KeyId = rsa, CiphertextBlob = blob, EncryptionAlgorithm = algorithm });
        Requires("Decrypt", null);
        _kms.Call(new GenerateMacRequest { KeyId = hmac, Message = [1], MacAlgorithm = "HMAC_SHA_256" });
        Requires("GenerateMac", null);
        _kms.Call(new ReEncryptRequest
        {
            SourceKeyId = rsa,
            CiphertextBlob = blob,
            SourceEncryptionAlgorithm = algorithm,
            DestinationKeyId = symmetric.KeyId,
        });
        Requires("ReEncrypt", $$"""{"destinationKeyMaterialId":"{{symmetric.CurrentKeyMaterialId}}"}""");
    }

    [Fact]
    public void Event_DryRun_HasTheMaterial()
    {
        KeyMetadata key = _kms.CreateKey();
        string first = key.CurrentKeyMaterialId!;
        byte[] blob = _kms.Encrypt(key.KeyId, 1);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        string second = _kms.Describe(key.KeyId).CurrentKeyMaterialId!;

        _kms.Refused(new GenerateDataKeyRequest { KeyId = key.KeyId, KeySpec = "AES_256", DryRun = true });
        Requires("GenerateDataKey", One(second));
        _kms.Refused(new DecryptRequest { CiphertextBlob = blob, DryRun = true });
        Requires("Decrypt", One(first));
        _kms.Refused(new DecryptRequest { KeyId = key.KeyId, DryRun = true, DryRunModifiers = ["IGNORE_CIPHERTEXT"] });
        Requires("Decrypt", One(second));
        Assert.Equal(["IGNORE_CIPHERTEXT"], (IEnumerable<object?>)_kms.Events("Decrypt")[^1].RequestParameters!["dryRunModifiers"]!);
        _kms.Refused(new ReEncryptRequest
        {
            SourceKeyId = key.KeyId,
            DestinationKeyId = key.KeyId,
            DryRun = true,
            DryRunModifiers = ["IGNORE_CIPHERTEXT"],
        });
        Requires("ReEncrypt", $$"""{"sourceKeyMaterialId":"{{second}}","destinationKeyMaterialId":"{{second}}"}""");
    }

    [Fact]
    public void Event_CallThatUsesNoMaterial_NamesNone()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId, 1);
        blob[^1] ^= 1;
        _kms.Refused(new DecryptRequest { CiphertextBlob = blob });
        Requires("Decrypt", null);
        _kms.Disable(key.KeyId);
        _kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] });
        Requires("Encrypt", null);
    }

    // The Guide does not show materials of keys in custom key stores: the event has the one of the answer, beside the store.
    [Fact]
    public void Event_KeyInHsms_HasTheMaterialOfTheAnswerAndTheStore()
    {
        using HsmFixture hsm = new HsmFixture().Connected();
        string keyId = hsm.CreateKey().KeyId;
        byte[] blob = hsm.Kms.Encrypt(keyId, 1);
        DecryptResponse answer = hsm.Kms.Call(new DecryptRequest { CiphertextBlob = blob });

        Assert.Equal(
            [("customKeyStoreId", hsm.StoreId), ("keyMaterialId", answer.KeyMaterialId)],
            hsm.Kms.Events("Decrypt")[^1].AdditionalEventData!.Select(static entry => (entry.Key, (string?)entry.Value)).Order());
    }

    private static string One(string keyMaterialId) => $$"""{"keyMaterialId":"{{keyMaterialId}}"}""";

    private void Requires(string name, string? data)
    {
        using JsonDocument json = JsonDocument.Parse(_kms.Events(name)[^1].CloudTrailEvent);
        Assert.Equal(data, json.RootElement.TryGetProperty("additionalEventData", out JsonElement found) ? found.GetRawText() : null);
    }
}
