using System.Text.Json.Nodes;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy;

/// <summary>Which keys there are, how they are found, and what they may be used for.</summary>
public sealed class KeyTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = "plaintext"u8.ToArray();

    [Theory]
    [InlineData("foo", "AES_256", "ENABLED", "ENCRYPT,DECRYPT")]
    [InlineData("short", "AES_128", "ENABLED", "ENCRYPT,DECRYPT")]
    [InlineData("rsa", "RSA_2048", "ENABLED", "SIGN")]
    [InlineData("encrypt_only_key", "AES_256", "ENABLED", "ENCRYPT")]
    [InlineData("decrypt_only_key", "AES_256", "ENABLED", "DECRYPT")]
    [InlineData("impotent_key", "AES_256", "ENABLED", "")]
    [InlineData("disabled", "AES_256", "DISABLED", "ENCRYPT,DECRYPT")]
    [InlineData("set-encrypt", "AES_256", "ENABLED", "ENCRYPT")]
    [InlineData("set-decrypt", "AES_256", "ENABLED", "DECRYPT")]
    public async Task Metadata_IsThatOfTheObject(string key, string spec, string status, string usage)
    {
        JsonNode answer = (await lab.SendAsync(new XksCall($"keys/{key}/metadata", XksBodies.Metadata()))).Ok();
        string[] usages = [.. answer["keyUsage"]!.AsArray().Select(static value => value!.GetValue<string>())];

        // SoftHSM lets the private half of a pair do more than it was told.
        string[] known = key == "rsa" ? ["SIGN"] : usages;
        Assert.Equal(
            (spec, status, usage),
            (answer["keySpec"]!.GetValue<string>(), answer["keyStatus"]!.GetValue<string>(), string.Join(',', known.Intersect(usages))));
        Assert.InRange(usages.Length, 0, 10);
    }

    [Theory]
    [InlineData("by-label")]
    [InlineData("by-uri")]
    public async Task Key_ByOtherNames_IsTheSameKey(string other)
    {
        JsonNode encrypted = (await lab.EncryptAsync("foo", Plaintext)).Ok();
        Assert.Equal(Plaintext, (await lab.DecryptAsync(other, encrypted)).Blob("plaintext"));
    }

    [Theory]
    [InlineData("encrypt")]
    [InlineData("metadata")]
    public async Task Label_OfTwoKeys_IsAnErrorOfConfiguration(string api)
    {
        XksCall call = api == "encrypt"
            ? ProxyLab.Call("twins", api, XksBodies.Encrypt(Plaintext))
            : new XksCall($"keys/twins/{api}", XksBodies.Metadata());
        (await lab.SendAsync(call)).Is(500, "InternalException");
        Assert.Contains("2 keys of the token", lab.Log.Last.Cause, StringComparison.Ordinal);
        XksProxyNotice notice = Assert.Single(
            lab.Log.Notices.Where(static notice => notice.Text.Contains("'twins'", StringComparison.Ordinal)).TakeLast(1));
        Assert.Equal((XksProxySeverity.Error, ProxyLab.TokenName), (notice.Severity, notice.Token));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("other-key")]
    [InlineData("FOO")]
    public async Task Key_ThatIsNotThere_IsNotFound(string key)
    {
        (await lab.EncryptAsync(key, Plaintext)).Is(404, "KeyNotFoundException");
        (await lab.SendAsync(new XksCall($"keys/{key}/metadata", XksBodies.Metadata()))).Is(404, "KeyNotFoundException");
    }

    [Fact]
    public async Task Key_OfAnotherPrefix_IsServedThere()
    {
        XksCall call = ProxyLab.Call("other-key", "encrypt", XksBodies.Encrypt(Plaintext)) with
        {
            Prefix = ProxyLab.OtherPrefix,
            AccessKeyId = ProxyLab.OtherAccessKeyId,
            Secret = ProxyLab.OtherSecret,
        };
        (await lab.SendAsync(call)).Ok();
        Assert.Equal(("other", ProxyLab.OtherPrefix), (lab.Log.Last.KeyStore, lab.Log.Last.Prefix));
        (await lab.SendAsync(call with { AccessKeyId = ProxyLab.AccessKeyId, Secret = ProxyLab.Secret }))
            .Is(401, "AuthenticationFailedException");
    }

    [Fact]
    public async Task Key_Disabled_IsInvalidState()
    {
        JsonNode encrypted = (await lab.EncryptAsync("foo", Plaintext)).Ok();
        (await lab.EncryptAsync("disabled", Plaintext)).Is(400, "InvalidStateException");
        (await lab.DecryptAsync("disabled", encrypted)).Is(400, "InvalidStateException");
    }

    [Fact]
    public async Task Store_Disabled_IsInvalidState()
    {
        await lab.Host.ApplyAsync(lab.Settings() with { KeyStores = [ProxyLab.Store() with { IsEnabled = false }] });
        try
        {
            (await lab.EncryptAsync("foo", Plaintext)).Is(400, "InvalidStateException");
            (await lab.SendAsync(new XksCall("keys/foo/metadata", XksBodies.Metadata()))).Is(400, "InvalidStateException");
            (await lab.SendAsync(new XksCall("health", XksBodies.Health()))).Ok();
        }
        finally
        {
            await lab.Host.ApplyAsync(lab.Settings());
        }
    }

    [Fact]
    public async Task Usage_RestrictedBySettings_IsInvalidKeyUsage()
    {
        JsonNode encrypted = (await lab.EncryptAsync("set-encrypt", Plaintext)).Ok();
        (await lab.EncryptAsync("set-encrypt", Plaintext, cdiv: true)).Is(400, "InvalidKeyUsageException");
        (await lab.DecryptAsync("set-encrypt", encrypted)).Is(400, "InvalidKeyUsageException");
        (await lab.EncryptAsync("set-decrypt", Plaintext)).Is(400, "InvalidKeyUsageException");
        Assert.Equal(Plaintext, (await lab.DecryptAsync("set-decrypt", encrypted)).Blob("plaintext"));
    }

    [Fact]
    public async Task Key_OfAnotherType_IsInvalidKeyUsage() =>
        (await lab.EncryptAsync("rsa", Plaintext)).Is(400, "InvalidKeyUsageException");

    [Fact]
    public async Task Key_OfAnotherLength_Encrypts()
    {
        JsonNode encrypted = (await lab.EncryptAsync("short", Plaintext)).Ok();
        Assert.Equal(Plaintext, (await lab.DecryptAsync("short", encrypted)).Blob("plaintext"));
    }

    [Fact]
    public async Task Token_AfterEverything_IsAsItWas()
    {
        string[] keys = [.. ProxyLab.Store().Keys.Select(static key => key.ExternalKeyId), "unknown"];
        foreach (string key in keys)
        {
            foreach (bool cdiv in new[] { false, true })
            {
                XksAnswer encrypted = await lab.EncryptAsync(key, Plaintext, [1], cdiv);
                _ = encrypted.Status == 200 ? await lab.DecryptAsync(key, encrypted.Json, [1]) : null;
            }

            _ = await lab.SendAsync(new XksCall($"keys/{key}/metadata", XksBodies.Metadata()));
        }

        _ = await lab.SendAsync(new XksCall("health", XksBodies.Health()));
        using OtherSoftware owner = lab.Hsm.StartOther();
        Assert.Equal(11, lab.Before.Count);
        Assert.Equal(lab.Before, owner.Inventory());
    }
}
