using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy;

/// <summary>What the log is told, and what it is never told.</summary>
public sealed class LogTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = "this must not be logged"u8.ToArray();

    [Fact]
    public async Task Record_OfAnEncryption_SaysWhoDidWhatWithWhichKey()
    {
        (await lab.EncryptAsync("foo", Plaintext, "nor must this"u8.ToArray())).Ok();
        XksRequestRecord record = lab.Log.Last;
        Assert.Equal(
            ("main", ProxyLab.Prefix, "Encrypt", "foo", XksBodies.RequestId, "Encrypt", XksBodies.Principal, XksBodies.KeyArn),
            (record.KeyStore, record.Prefix, record.Api, record.KeyId, record.KmsRequestId, record.KmsOperation, record.PrincipalArn,
                record.KmsKeyArn));
        Assert.Equal((200, null, null, ProxyLab.TokenName), (record.Status, record.ErrorName, record.Cause, record.Token));
        Assert.InRange(record.TokenTime, TimeSpan.FromMicroseconds(1), record.Elapsed);
        Assert.InRange(DateTimeOffset.UtcNow - record.Time, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        string all = record.ToString();
        Assert.All(
            [Convert.ToBase64String(Plaintext), Convert.ToBase64String("nor must this"u8), ProxyLab.AccessKeyId, ProxyLab.Secret, "AWS4"],
            secret => Assert.DoesNotContain(secret, all, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Record_OfAHealthCheck_HasNoKey()
    {
        (await lab.SendAsync(new XksCall("health", XksBodies.Health()))).Ok();
        Assert.Equal(("GetHealthStatus", null, null), (lab.Log.Last.Api, lab.Log.Last.KeyId, lab.Log.Last.Token));
    }

    [Fact]
    public async Task Record_OfAnUnknownPath_HasNoStore()
    {
        _ = await RawHttp.SendAsync(lab.Address, "POST", "/a\u00e9\u001bb");
        _ = await RawHttp.SendAsync(lab.Address, "POST", "/nothing/kms/xks/v1/keys/foo/encrypt");
        XksRequestRecord record = lab.Log.Last;
        Assert.Equal((404, "InvalidUriPathException", null, null, null), (record.Status, record.ErrorName, record.Api, record.KeyId, record.KeyStore));
    }

    [Fact]
    public async Task Texts_OfCallers_AreCleaned()
    {
        JsonObject body = XksBodies.Encrypt(Plaintext);
        body["requestMetadata"]!["awsPrincipalArn"] = "a\r\n2026-01-01 forged\u001b[31m\u202e\u2028b" + new string('x', 3000);
        (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Ok();
        string logged = lab.Log.Last.PrincipalArn!;
        Assert.StartsWith("a??2026-01-01 forged?[31m??bxxx", logged, StringComparison.Ordinal);
        Assert.Equal(2048, logged.Length);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("Größe 日本 \U0001F600", "Größe 日本 \U0001F600")]
    [InlineData("a\u0000b\u007fc\u0085d", "a?b?c?d")]
    public void Clean_KeepsWhatIsReadable(string? text, string? expected) => Assert.Equal(expected, LogText.Clean(text));

    [Fact]
    public async Task Concurrency_OfManyRequests_MixesNothingUp()
    {
        ConcurrentDictionary<string, bool> seen = new();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 300),
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) =>
            {
                byte[] text = BitConverter.GetBytes(i * 7919);
                byte[]? aad = i % 3 == 0 ? null : BitConverter.GetBytes(i);
                JsonObject body = XksBodies.Encrypt(text, aad, cdiv: i % 2 == 0);
                body["requestMetadata"]!["kmsRequestId"] = $"concurrent-{i}";
                JsonNode encrypted = (await lab.SendAsync(ProxyLab.Call("foo", "encrypt", body))).Ok();
                Assert.Equal(text, (await lab.DecryptAsync("foo", encrypted, aad)).Blob("plaintext"));
                (await lab.DecryptAsync("foo", encrypted, [1, 2])).Is(400, "InvalidCiphertextException");
                seen[$"concurrent-{i}"] = true;
            });
        Assert.Equal(300, seen.Count);
        Assert.Equal(
            300,
            lab.Log.Requests.Where(static record => record.KmsRequestId?.StartsWith("concurrent-", StringComparison.Ordinal) == true)
                .DistinctBy(static record => record.KmsRequestId).Count());
    }
}
