using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>Who may call: signatures, their time and scope, credentials and what they cover.</summary>
public sealed class AuthenticationTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly XksCall Call = new("keys/foo/metadata", XksBodies.Metadata());

    [Theory]
    [InlineData("host;x-amz-date")]
    [InlineData("content-type;host;x-amz-date")]
    public async Task Signature_OverTheseHeaders_IsAccepted(string signed) =>
        (await lab.SendAsync(Call with { SignedHeaders = signed })).Ok();

    [Theory]
    [InlineData("host")]
    [InlineData("x-amz-date")]
    [InlineData("content-type")]
    public async Task Signature_ThatLeavesOutHostOrDate_IsRefused(string signed) =>
        (await lab.SendAsync(Call with { SignedHeaders = signed })).Is(401, "AuthenticationFailedException");

    [Theory]
    [InlineData(-299)]
    [InlineData(298)]
    public async Task Time_WithinFiveMinutes_IsAccepted(int seconds) =>
        (await lab.SendAsync(Call with { Time = DateTimeOffset.UtcNow.AddSeconds(seconds) })).Ok();

    [Theory]
    [InlineData(-302)]
    [InlineData(304)]
    [InlineData(86_400)]
    public async Task Time_FurtherAway_IsRefused(int seconds)
    {
        (await lab.SendAsync(Call with { Time = DateTimeOffset.UtcNow.AddSeconds(seconds) })).Is(401, "AuthenticationFailedException");
        Assert.Contains("Signature ", lab.Log.Last.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondCredential_OfTheStore_IsAccepted() =>
        (await lab.SendAsync(Call with { AccessKeyId = ProxyLab.SecondAccessKeyId, Secret = ProxyLab.SecondSecret })).Ok();

    [Fact]
    public async Task SecondRegion_OfTheStore_IsAccepted() => (await lab.SendAsync(Call with { Region = "eu-central-1" })).Ok();

    public static TheoryData<string, XksCall> Refused => new()
    {
        { "secret of the other credential", Call with { Secret = ProxyLab.SecondSecret } },
        { "credential of another store", Call with { AccessKeyId = ProxyLab.OtherAccessKeyId, Secret = ProxyLab.OtherSecret } },
        { "key of another store by its credential", new XksCall("keys/other-key/metadata", XksBodies.Metadata())
            { AccessKeyId = ProxyLab.OtherAccessKeyId, Secret = ProxyLab.OtherSecret } },
        { "Region", Call with { Region = "us-west-2" } },
        { "service", Call with { Service = "kms" } },
        { "terminator", Call with { Terminator = "aws5_request" } },
        { "day", Call with { Date = "20200101" } },
        { "changed body", Call with { SentBody = XksBodies.Metadata("DescribeKey") } },
        { "changed host", Call with { SentHost = "proxy.example.com" } },
        { "changed time", Call with { SentTime = DateTimeOffset.UtcNow.AddSeconds(9).ToString("yyyyMMdd'T'HHmmss'Z'") } },
        { "no signature", Call with { IsSigned = false } },
        { "no words", Call with { Change = static _ => "Basic dTpw" } },
        { "empty", Call with { Change = static _ => " " } },
        { "algorithm", Call with { Change = static text => text.Replace("HMAC-SHA256", "ECDSA-P256-SHA256", StringComparison.Ordinal) } },
        { "no credential", Call with { Change = static text => text.Replace("Credential=", "Credentials=", StringComparison.Ordinal) } },
        { "scope cut", Call with { Change = static text => text.Replace("/aws4_request", "", StringComparison.Ordinal) } },
        { "signature cut", Call with { Change = static text => text[..^1] } },
        { "signature in capitals", Call with { Change = static text => text[..^64] + text[^64..].ToUpperInvariant() } },
        { "no access key ID", Call with { AccessKeyId = "" } },
        { "hash of another body", Call with { BodyHash = new string('0', 64) } },
        { "words in place of a hash", Call with { BodyHash = "UNSIGNED-PAYLOAD" } },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task Request_NotOfACredential_IsRefusedWithOneMessage(string what, XksCall call)
    {
        XksAnswer answer = await lab.SendAsync(call);
        Assert.True(answer.Status == 401, $"{what}: {answer.Status} {answer.Text}");
        Assert.Equal(
            """{"errorName":"AuthenticationFailedException","errorMessage":"The request could not be authenticated."}""", answer.Text);
        Assert.Equal("AuthenticationFailedException", lab.Log.Last.ErrorName);
        Assert.False(string.IsNullOrEmpty(lab.Log.Last.Cause));
        Assert.DoesNotContain(ProxyLab.AccessKeyId, lab.Log.Last.ToString(), StringComparison.Ordinal);
        Assert.Null(lab.Log.Last.KmsRequestId);
    }

    [Fact]
    public async Task BodyHash_ThatIsRight_IsAccepted()
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Call.Body)));
        (await lab.SendAsync(Call with { BodyHash = hash })).Ok();
        (await lab.SendAsync(Call with { BodyHash = hash, SignedHeaders = "host;x-amz-content-sha256;x-amz-date" })).Ok();
    }

    [Fact]
    public async Task Authorization_Twice_IsRefused()
    {
        using HttpRequestMessage message = Call.ToMessage(lab.Address);
        HttpRequestHeaders headers = message.Headers;
        string own = headers.NonValidated["Authorization"].ToString();
        string answer = await RawHttp.SendAsync(
            lab.Address, "POST", Call.Target, "Authorization: " + own, "Authorization: " + own, "Content-Type: application/json");
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownCredential_IsRefusedBeforeTheBodyIsRead()
    {
        string answer = await RawHttp.SendAsync(
            lab.Address,
            "POST",
            Call.Target,
            "Authorization: " + (Call with { AccessKeyId = "UNKNOWNUNKNOWNUNKNOWN" }).Authorize("x", "20260101T000000Z"),
            "X-Amz-Date: 20260101T000000Z");
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credential_OutsideItsTime_IsRefused()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        XksProxySettings settings = lab.Settings();
        CredentialSettings first = ProxyLab.Credential(ProxyLab.AccessKeyId, ProxyLab.Secret);
        CredentialSettings second = ProxyLab.Credential(ProxyLab.SecondAccessKeyId, ProxyLab.SecondSecret);
        await lab.Host.ApplyAsync(settings with
        {
            KeyStores =
            [
                ProxyLab.Store() with { Credentials = [first with { NotAfter = now.AddSeconds(-1) }, second with { NotBefore = now } ] },
            ],
        });
        try
        {
            (await lab.SendAsync(Call)).Is(401, "AuthenticationFailedException");
            Assert.Equal("The credential is not valid now.", lab.Log.Last.Cause);
            (await lab.SendAsync(Call with { AccessKeyId = ProxyLab.SecondAccessKeyId, Secret = ProxyLab.SecondSecret })).Ok();
        }
        finally
        {
            await lab.Host.ApplyAsync(settings);
        }
    }

    [Fact]
    public async Task ProxyClock_IsTheOneThatCounts()
    {
        lab.Clock.Offset = TimeSpan.FromHours(3);
        try
        {
            (await lab.SendAsync(Call)).Is(401, "AuthenticationFailedException");
            (await lab.SendAsync(Call with { Time = DateTimeOffset.UtcNow.AddHours(3) })).Ok();
        }
        finally
        {
            lab.Clock.Offset = TimeSpan.Zero;
        }
    }
}
