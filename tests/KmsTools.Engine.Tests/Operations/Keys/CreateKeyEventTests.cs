using System.Text.Json;
using KmsTools.Auditing;

namespace KmsTools.Operations;

/// <summary>
/// The events of CreateKey. Source: "CreateKey", AWS KMS Developer Guide, whose examples have the same six parameters whatever was requested, both
/// names of the key spec among them, which no request may have.
/// </summary>
public sealed class CreateKeyEventTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Event_Defaults_AreParametersToo()
    {
        _kms.Call(new CreateKeyRequest());
        Requires(Parameters("", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT"), "SYMMETRIC_DEFAULT", "encryptionAlgorithms", "SYMMETRIC_DEFAULT");
        _kms.Call(new CreateKeyRequest { CustomerMasterKeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" });
        Requires(Parameters("", "SIGN_VERIFY", "ECC_NIST_P256"), "ECC_NIST_P256", "signingAlgorithms", "ECDSA_SHA_256");
        _kms.Call(new CreateKeyRequest { KeySpec = "HMAC_384", KeyUsage = "GENERATE_VERIFY_MAC", Description = "d" });
        Requires(Parameters("d", "GENERATE_VERIFY_MAC", "HMAC_384"), "HMAC_384", "macAlgorithms", "HMAC_SHA_384");
        _kms.Call(new CreateKeyRequest { KeySpec = "ECC_NIST_P384", KeyUsage = "KEY_AGREEMENT" });
        Requires(Parameters("", "KEY_AGREEMENT", "ECC_NIST_P384"), "ECC_NIST_P384", "keyAgreementAlgorithms", "ECDH");
    }

    [Fact]
    public void Event_Policy_IsRecordedAsItWasGiven()
    {
        string policy = CreateKeyRequest.DefaultPolicy(KmsFixture.Account);

        _kms.Call(new CreateKeyRequest { Policy = policy, BypassPolicyLockoutSafetyCheck = true });

        AuditEvent created = Assert.Single(_kms.Events("CreateKey"));
        Assert.Equal(
            (policy, true), (created.RequestParameters!["policy"], created.RequestParameters["bypassPolicyLockoutSafetyCheck"]));
    }

    private static string Parameters(string description, string usage, string spec) =>
        $$"""{"description":"{{description}}","keyUsage":"{{usage}}","customerMasterKeySpec":"{{spec}}","keySpec":"{{spec}}","origin":"AWS_KMS","bypassPolicyLockoutSafetyCheck":false}""";

    private void Requires(string parameters, string spec, string kind, string algorithm)
    {
        using JsonDocument json = JsonDocument.Parse(_kms.Events("CreateKey")[^1].CloudTrailEvent);
        JsonElement metadata = json.RootElement.GetProperty("responseElements").GetProperty("keyMetadata");
        Assert.Equal(parameters, json.RootElement.GetProperty("requestParameters").GetRawText());
        Assert.Equal(
            (spec, spec), (metadata.GetProperty("customerMasterKeySpec").GetString(), metadata.GetProperty("keySpec").GetString()));
        JsonProperty algorithms = Assert.Single(
            metadata.EnumerateObject(), static member => member.Name.EndsWith("Algorithms", StringComparison.Ordinal));
        Assert.Equal((kind, $"""["{algorithm}"]"""), (algorithms.Name, algorithms.Value.GetRawText()));
    }
}
