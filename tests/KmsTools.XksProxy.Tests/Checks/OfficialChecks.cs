using System.Security.Cryptography;
using System.Text.Json.Nodes;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy.Checks;

/// <summary>
/// What the test client of AWS checks, case by case, in calls of our own: 35 cases, and 14 about keys that lack a usage. The numbers are
/// those of its output.
/// </summary>
/// <param name="lab">The proxy.</param>
public abstract class OfficialChecks(ProxyLab lab)
{
    private static readonly byte[] Plaintext = RandomNumberGenerator.GetBytes(64);
    private static readonly byte[] Aad = "project=nile,department=marketing"u8.ToArray();

    public enum Bad
    {
        EmptyBody,
        EmptyMetadata,
        AccessKeyId,
        Secret,
        Path,
    }

    [Fact]
    public async Task Check01_Health_Good() =>
        Assert.Equal("ACTIVE", (await lab.SendAsync(Health())).Ok()["ekmFleetDetails"]![0]!["healthStatus"]!.GetValue<string>());

    [Theory]
    [InlineData(Bad.EmptyBody, 400, "ValidationException")]
    [InlineData(Bad.EmptyMetadata, 400, "ValidationException")]
    [InlineData(Bad.AccessKeyId, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Secret, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Path, 404, "InvalidUriPathException")]
    public async Task Check02To06_Health_Bad(Bad bad, int status, string error) =>
        (await lab.SendAsync(Worse(Health(), bad))).Is(status, error);

    [Theory]
    [InlineData("DescribeKey")]
    [InlineData("CreateKey")]
    public async Task Check07To08_Metadata_Good(string operation) =>
        Assert.Equal("ENABLED", (await lab.SendAsync(Metadata("foo", operation))).Member("keyStatus"));

    [Theory]
    [InlineData(Bad.EmptyBody, 400, "ValidationException")]
    [InlineData(Bad.EmptyMetadata, 400, "ValidationException")]
    [InlineData(Bad.AccessKeyId, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Secret, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Path, 404, "InvalidUriPathException")]
    public async Task Check09To14_Metadata_Bad(Bad bad, int status, string error) =>
        (await lab.SendAsync(Worse(Metadata("foo", "CreateKey"), bad))).Is(status, error);

    [Fact]
    public async Task Check11_Metadata_UnknownKey() =>
        (await lab.SendAsync(Metadata("non_existing_key", "CreateKey"))).Is(404, "KeyNotFoundException");

    [Fact]
    public async Task Check15_Encrypt_UnknownKey() =>
        (await lab.EncryptAsync("non_existing_key", Plaintext)).Is(404, "KeyNotFoundException");

    [Fact]
    public async Task Check16_Encrypt_WithoutPlaintext()
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        Assert.True(body.Remove("plaintext"));
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Is(400, "ValidationException");
    }

    [Theory]
    [InlineData(Bad.AccessKeyId, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Secret, 401, "AuthenticationFailedException")]
    [InlineData(Bad.Path, 404, "InvalidUriPathException")]
    public async Task Check17To19_Encrypt_Bad(Bad bad, int status, string error) =>
        (await lab.SendAsync(Worse(ProxyLab.Call("foo", "encrypt", XksBodies.Encrypt(Plaintext)), bad))).Is(status, error);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check20To23_Decrypt_WithoutItsAad(bool cdiv)
    {
        JsonNode encrypted = (await lab.EncryptAsync("foo", Plaintext, Aad, cdiv)).Ok();
        (await lab.DecryptAsync("foo", encrypted)).Is(400, "InvalidCiphertextException");
    }

    [Fact]
    public async Task Check24To25_Decrypt_WithAnotherAad()
    {
        JsonNode encrypted = (await lab.EncryptAsync("foo", Plaintext, Aad)).Ok();
        (await lab.DecryptAsync("foo", encrypted, "project=nile,department=sales"u8.ToArray())).Is(400, "InvalidCiphertextException");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Check26To33_EncryptAndDecrypt(bool hasAad, bool cdiv) => await RoundTripAsync(Plaintext, hasAad ? Aad : null, cdiv);

    [Fact]
    public async Task Check34To35_EncryptAndDecrypt_Large() =>
        await RoundTripAsync(RandomNumberGenerator.GetBytes(4096), RandomNumberGenerator.GetBytes(8192), cdiv: false);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check36To39_EncryptOnlyKey_Decrypt(bool hasAad)
    {
        byte[]? aad = hasAad ? Aad : null;
        JsonNode encrypted = (await lab.EncryptAsync("encrypt_only_key", Plaintext, aad)).Ok();
        (await lab.DecryptAsync("encrypt_only_key", encrypted, aad)).Is(400, "InvalidKeyUsageException");
    }

    [Theory]
    [InlineData("encrypt_only_key", false, true)]
    [InlineData("encrypt_only_key", true, true)]
    [InlineData("decrypt_only_key", false, false)]
    [InlineData("decrypt_only_key", true, false)]
    [InlineData("decrypt_only_key", false, true)]
    [InlineData("decrypt_only_key", true, true)]
    [InlineData("impotent_key", false, false)]
    [InlineData("impotent_key", true, false)]
    [InlineData("impotent_key", false, true)]
    [InlineData("impotent_key", true, true)]
    public async Task Check40To49_KeyOfOtherUse_Encrypt(string key, bool hasAad, bool cdiv) =>
        (await lab.EncryptAsync(key, Plaintext, hasAad ? Aad : null, cdiv)).Is(400, "InvalidKeyUsageException");

    private static XksCall Health() => new("health", XksBodies.Health());

    private static XksCall Metadata(string key, string operation) => new($"keys/{key}/metadata", XksBodies.Metadata(operation));

    private static XksCall Worse(XksCall call, Bad bad) => bad switch
    {
        Bad.EmptyBody => call with { Body = "{}" },
        Bad.EmptyMetadata => call with { Body = """{"requestMetadata":{}}""" },
        Bad.AccessKeyId => call with { AccessKeyId = "Invalid" + call.AccessKeyId },
        Bad.Secret => call with { Secret = "Invalid" + call.Secret },
        _ => call with { Prefix = call.Prefix + "/invalid" },
    };

    private async Task RoundTripAsync(byte[] plaintext, byte[]? aad, bool cdiv)
    {
        XksAnswer answer = await lab.EncryptAsync("foo", plaintext, aad, cdiv);
        JsonNode encrypted = answer.Ok();
        Assert.Equal(plaintext.Length, answer.Blob("ciphertext").Length);
        Assert.Equal(12, answer.Blob("initializationVector").Length);
        Assert.Equal(16, answer.Blob("authenticationTag").Length);
        Assert.InRange(answer.Blob("ciphertextMetadata").Length, 2, 20);
        Assert.Equal(cdiv, encrypted["ciphertextDataIntegrityValue"] is not null);
        if (cdiv)
        {
            byte[] covered =
            [
                .. aad ?? [], .. answer.Blob("ciphertextMetadata"), .. answer.Blob("initializationVector"), .. answer.Blob("ciphertext"),
                .. answer.Blob("authenticationTag"),
            ];
            Assert.Equal(SHA256.HashData(covered), answer.Blob("ciphertextDataIntegrityValue"));
        }

        Assert.Equal(plaintext, (await lab.DecryptAsync("foo", encrypted, aad)).Blob("plaintext"));
    }
}

/// <summary>The checks over plain HTTP.</summary>
public sealed class OfficialChecksOverHttp(ProxyLab lab) : OfficialChecks(lab), IClassFixture<ProxyLab>;

/// <summary>The checks over HTTPS.</summary>
public sealed class OfficialChecksOverHttps(HttpsProxyLab lab) : OfficialChecks(lab), IClassFixture<HttpsProxyLab>;
