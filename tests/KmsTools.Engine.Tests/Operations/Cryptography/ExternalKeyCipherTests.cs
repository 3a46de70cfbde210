using System.Security.Cryptography;
using System.Text;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>Double encryption with keys in external key stores, and what callers see when the proxy fails.</summary>
/// <remarks>Source: "External key stores", AWS KMS Developer Guide; XKS proxy API specification, "Error codes".</remarks>
public sealed class ExternalKeyCipherTests : IDisposable
{
    private readonly ExternalFixture _external = new();
    private readonly string _keyId;

    public ExternalKeyCipherTests()
    {
        _keyId = _external.ConnectedKey().KeyId;
        Proxy.Requests.Clear();
    }

    private KmsFixture Kms => _external.Kms;

    private ScriptedProxy Proxy => _external.Proxy;

    public void Dispose() => _external.Dispose();

    [Theory]
    [InlineData(0, 12)]
    [InlineData(20, 12)]
    [InlineData(7, 16)]
    public void Encrypt_AnyFormOfTheProxy_DecryptsAndShowsTheProxyNoPlaintext(int metadata, int iv)
    {
        Proxy.Metadata = RandomNumberGenerator.GetBytes(metadata);
        Proxy.IvLength = iv;
        byte[] plaintext = Encoding.UTF8.GetBytes("a plaintext that is long enough to be found");
        byte[] ciphertext = Kms.Encrypt(_keyId, plaintext);
        Assert.Equal(plaintext, Kms.Decrypt(ciphertext));
        Assert.Equal(["Encrypt", "Decrypt"], Proxy.Requests.Select(static request => request.Api));
        foreach ((_, string? keyId, XksRequestMetadata about, _, byte[] content) in Proxy.Requests)
        {
            Assert.Equal("key-1", keyId);
            Assert.Equal(Kms.Describe(_keyId).Arn, about.KmsKeyArn);
            Assert.Equal(KmsFixture.CallerIn(null).PrincipalArn, about.AwsPrincipalArn);
            Assert.Equal(plaintext.Length + 40, content.Length);
            Assert.True(content.AsSpan().IndexOf(plaintext.AsSpan(0, 8)) < 0);
        }

        Assert.NotEqual(ciphertext, Kms.Encrypt(_keyId, plaintext));
    }

    [Fact]
    public void Encrypt_LongestPlaintextAndContext_FitsWhatProxiesMustTake()
    {
        byte[] plaintext = RandomNumberGenerator.GetBytes(4096);
        Dictionary<string, string> context = new() { ["k"] = new string('v', 8191) };
        byte[] ciphertext = Kms.Call(new EncryptRequest { KeyId = _keyId, Plaintext = plaintext, EncryptionContext = context })
            .CiphertextBlob.ToArray();
        Assert.True(ciphertext.Length <= 6144);
        Assert.Equal(4136, Proxy.Requests[^1].Content.Length);
        Assert.Equal(
            plaintext,
            Kms.Call(new DecryptRequest { CiphertextBlob = ciphertext, EncryptionContext = context }).Plaintext!.ToArray());
    }

    [Fact]
    public void Decrypt_AnotherEncryptionContext_IsAnInvalidState()
    {
        byte[] ciphertext = Kms.Call(new EncryptRequest
        {
            KeyId = _keyId,
            Plaintext = [1],
            EncryptionContext = new Dictionary<string, string> { ["a"] = "b" },
        }).CiphertextBlob.ToArray();
        Kms.Refuses(
            new DecryptRequest { CiphertextBlob = ciphertext },
            "KMSInvalidStateException",
            "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, "
                + "or otherwise invalid.");
    }

    [Fact]
    public void Decrypt_AnyByteOfTheBlobChanged_IsRefused()
    {
        byte[] ciphertext = Kms.Encrypt(_keyId, 1, 2, 3);
        for (int i = 0; i < ciphertext.Length; i++)
        {
            byte[] changed = [.. ciphertext];
            changed[i] ^= 1;
            Assert.Contains(
                Kms.Error(new DecryptRequest { CiphertextBlob = changed }).Code,
                new[] { "InvalidCiphertextException", "KMSInvalidStateException" });
        }

        for (int length = 1; length < ciphertext.Length; length++)
        {
            Assert.Contains(
                Kms.Error(new DecryptRequest { CiphertextBlob = ciphertext[..length] }).Code,
                new[] { "InvalidCiphertextException", "KMSInvalidStateException" });
        }
    }

    [Fact]
    public void Decrypt_ProxyDecryptsSomethingElse_IsAnInvalidState()
    {
        byte[] ciphertext = Kms.Encrypt(_keyId, 1, 2, 3);
        Proxy.Altering = static plaintext => [.. plaintext.Select(static value => (byte)(value ^ 1))];
        Kms.Refuses(
            new DecryptRequest { CiphertextBlob = ciphertext },
            "KMSInvalidStateException",
            "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or "
                + "otherwise invalid.",
            isPreviewed: false);
    }

    [Fact]
    public void Decrypt_AnotherKmsKeyOnTheSameExternalKey_CannotDecrypt()
    {
        byte[] ciphertext = Kms.Encrypt(_keyId, 1, 2, 3);
        string other = Kms.Call(_external.CreatingKey("key-2")).KeyMetadata.KeyId;
        Proxy.Requests.Clear();
        Assert.Equal("IncorrectKeyException", Kms.Error(new DecryptRequest { CiphertextBlob = ciphertext, KeyId = other }).Code);
        Assert.Empty(Proxy.Requests);
    }

    [Fact]
    public void GenerateDataKey_BothForms_MakeOneRequestEachThatNamesThem()
    {
        GenerateDataKeyResponse dataKey = Kms.Call(new GenerateDataKeyRequest { KeyId = _keyId, KeySpec = "AES_256" });
        Assert.Equal(dataKey.Plaintext!.ToArray(), Kms.Decrypt(dataKey.CiphertextBlob.ToArray()));
        _ = Kms.Call(new GenerateDataKeyWithoutPlaintextRequest { KeyId = _keyId, KeySpec = "AES_128" });
        Assert.Equal(
            ["Encrypt GenerateDataKey", "Decrypt Decrypt", "Encrypt GenerateDataKeyWithoutPlaintext"],
            Proxy.Requests.Select(static request => $"{request.Api} {request.About.KmsOperation}"));
        Assert.All(Proxy.Requests, request => Assert.True(request.Content.AsSpan().IndexOf(dataKey.Plaintext.ToArray()) < 0));
    }

    [Fact]
    public void ReEncrypt_BetweenKindsOfKeys_AsksTheProxyWhereItIsNeeded()
    {
        string software = Kms.CreateKey().KeyId;
        byte[] outside = Kms.Encrypt(_keyId, 9);
        Proxy.Requests.Clear();
        byte[] inside = Kms.Call(new ReEncryptRequest { CiphertextBlob = outside, DestinationKeyId = software }).CiphertextBlob.ToArray();
        byte[] again = Kms.Call(new ReEncryptRequest { CiphertextBlob = inside, DestinationKeyId = _keyId }).CiphertextBlob.ToArray();
        Assert.Equal(
            ["Decrypt ReEncrypt", "Encrypt ReEncrypt"], Proxy.Requests.Select(static request => $"{request.Api} {request.About.KmsOperation}"));
        Assert.Equal([9], Kms.Decrypt(again));
    }

    [Theory]
    [InlineData(XksFailure.Validation)]
    [InlineData(XksFailure.InvalidState)]
    [InlineData(XksFailure.InvalidCiphertext)]
    [InlineData(XksFailure.InvalidKeyUsage)]
    [InlineData(XksFailure.AuthenticationFailed)]
    [InlineData(XksFailure.AccessDenied)]
    [InlineData(XksFailure.KeyNotFound)]
    [InlineData(XksFailure.InvalidUriPath)]
    [InlineData(XksFailure.Throttling)]
    [InlineData(XksFailure.Internal)]
    [InlineData(XksFailure.UnsupportedOperation)]
    [InlineData(XksFailure.DependencyTimeout)]
    [InlineData(XksFailure.Unreachable)]
    [InlineData(XksFailure.TlsFailed)]
    [InlineData(XksFailure.TimedOut)]
    [InlineData(XksFailure.ConnectionBroken)]
    [InlineData(XksFailure.InvalidResponse)]
    public void Execute_ProxyFails_IsAnInvalidStateAndChangesNeitherKeyNorStore(XksFailure failure)
    {
        byte[] ciphertext = Kms.Encrypt(_keyId, 1);
        string software = Kms.CreateKey().KeyId;
        Proxy.Failure = failure;
        Proxy.ProxyMessage = "words of the proxy";
        KmsException[] errors =
        [
            Kms.Refused(new EncryptRequest { KeyId = _keyId, Plaintext = [1] }),
            Kms.Refused(new DecryptRequest { CiphertextBlob = ciphertext }),
            Kms.Refused(new GenerateDataKeyRequest { KeyId = _keyId, KeySpec = "AES_256" }),
            Kms.Refused(new GenerateDataKeyWithoutPlaintextRequest { KeyId = _keyId, KeySpec = "AES_256" }),
            Kms.Refused(new ReEncryptRequest { CiphertextBlob = ciphertext, DestinationKeyId = software }),
        ];
        Assert.All(errors, error =>
        {
            Assert.Equal("KMSInvalidStateException", error.ErrorCode);
            Assert.DoesNotContain("words of the proxy", error.Message, StringComparison.Ordinal);
        });
        Auditing.AuditEvent[] refused = [.. Kms.Events().Where(static record => record.ErrorCode is not null)];
        Assert.Equal(5, refused.Length);
        Assert.All(refused, record =>
        {
            Assert.Equal($"{failure}: as the test says", record.AdditionalEventData!["xksProxyFault"]);
            Assert.Equal("words of the proxy", record.AdditionalEventData["xksProxyErrorMessage"]);
        });
        Assert.Equal("key-1", refused[0].AdditionalEventData!["xksKeyId"]);
        Assert.Equal(_external.StoreId, refused[0].AdditionalEventData!["customKeyStoreId"]);
        Assert.Equal(KeyState.Enabled, Kms.Describe(_keyId).KeyState);
        Assert.Equal(ConnectionStateType.CONNECTED, _external.Store.ConnectionState);
        Proxy.Failure = null;
        Assert.Equal([1], Kms.Decrypt(ciphertext));
    }

    [Fact]
    public void Execute_QuotaOfTheStore_ThrottlesBeforeTheProxyIsAsked()
    {
        Kms.Engine.Quotas.SetRequestQuotasEnabled(true);
        Kms.Engine.Quotas.Set(QuotaName.CustomKeyStoreRequests, 2);
        int throttled = 0;
        for (int i = 0; i < 40; i++)
        {
            try
            {
                _ = Kms.Encrypt(_keyId);
            }
            catch (KmsException exception) when (exception.ErrorCode == "ThrottlingException")
            {
                throttled++;
            }
        }

        Assert.InRange(throttled, 1, 38);
        Assert.Equal(40 - throttled, Proxy.Requests.Count);
    }
}
