using System.Text;
using System.Text.Json.Nodes;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>The proxy over NSS, whose library takes parameters and says other things than SoftHSM.</summary>
public sealed class NssTests(Made<NssLab> made) : IClassFixture<Made<NssLab>>
{
    private static readonly byte[] Plaintext = "plaintext"u8.ToArray();

    [Fact]
    public async Task EveryOperation_OnNss_IsServed()
    {
        NssLab lab = made.Lab;
        using (IHsmConnection owner = lab.Connect())
        {
            owner.GenerateKey("full", HsmLab.NewId());
        }

        XksProxySettings settings = new()
        {
            Port = 0,
            StopDelay = TimeSpan.Zero,
            Tokens =
            [
                new TokenSettings
                {
                    Name = ProxyLab.TokenName,
                    Library = lab.Library,
                    Token = TokenSelector.OfLabel(lab.TokenLabel),
                    Pin = SecretSource.Of(Encoding.UTF8.GetBytes(lab.Pin)),
                    AnswerTime = TimeSpan.FromSeconds(5),
                },
            ],
            KeyStores = [ProxyLab.Store() with { Keys = [ProxyLab.Key("foo", KeyName.OfLabel("full"))] }],
        };
        await using XksProxyHost host = new(settings, new RecordingLog());
        await host.StartAsync(TestContext.Current.CancellationToken);
        using HttpClient client = new();
        Task<XksAnswer> Send(XksCall call) => ProxyLab.SendAsync(client, host.Address, call);

        JsonNode key = (await Send(new XksCall("keys/foo/metadata", XksBodies.Metadata()))).Ok();
        Assert.Equal("AES_256", key["keySpec"]!.GetValue<string>());
        foreach (byte[] plaintext in new[] { [], Plaintext, new byte[4300] })
        {
            JsonObject encrypted
                = (await Send(ProxyLab.Call("foo", "encrypt", XksBodies.Encrypt(plaintext, [1], cdiv: true)))).Ok().AsObject();
            Assert.Equal(plaintext, (await Send(ProxyLab.Call("foo", "decrypt", XksBodies.Decrypt(encrypted, [1])))).Blob("plaintext"));
            (await Send(ProxyLab.Call("foo", "decrypt", XksBodies.Decrypt(encrypted, [2])))).Is(400, "InvalidCiphertextException");
        }

        JsonNode health = (await Send(new XksCall("health", XksBodies.Health()))).Ok();
        Assert.Equal("ACTIVE", health["ekmFleetDetails"]![0]!["healthStatus"]!.GetValue<string>());
    }
}
