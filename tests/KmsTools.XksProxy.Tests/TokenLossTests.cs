using System.Collections.Concurrent;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy;

/// <summary>A token that goes away and comes back, and what health answers say meanwhile.</summary>
public sealed class TokenLossTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = "plaintext"u8.ToArray();

    [Fact]
    public async Task Token_PulledAwayAndBackUnderLoad_IsLostAndServedAgain()
    {
        using CancellationTokenSource end = new();
        ConcurrentQueue<XksAnswer> answers = new();
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                XksAnswer encrypted = await lab.EncryptAsync("foo", Plaintext, cdiv: true);
                answers.Enqueue(encrypted);
                if (encrypted.Status == 200)
                {
                    answers.Enqueue(await lab.DecryptAsync("foo", encrypted.Json));
                }
            }
        }))];
        await TokenFaultTests.Eventually(() => answers.Count > 20);
        string home = lab.Hsm.TokenFolder;
        string away = Path.Combine(lab.Hsm.Folder, "away");
        Directory.Move(home, away);
        await TokenFaultTests.Eventually(() => lab.Host.Status.Tokens[0].Health == XksTokenHealth.UNAVAILABLE);
        Assert.Equal("UNAVAILABLE", await HealthAsync());
        Directory.Move(away, home);
        await TokenFaultTests.Eventually(() => lab.Host.Status.Tokens[0].Health != XksTokenHealth.UNAVAILABLE);
        int before = answers.Count;
        await TokenFaultTests.Eventually(() => answers.Count > before + 20);
        await end.CancelAsync();
        await Task.WhenAll(load);

        // Calls failed lately, which KMS is told.
        Assert.Equal("DEGRADED", await HealthAsync());
        (await lab.EncryptAsync("foo", Plaintext)).Ok();
        Assert.All(answers, static answer => Assert.Contains(
            answer.Status == 200 ? "" : answer.Json["errorName"]!.GetValue<string>(),
            new[] { "", "InternalException", "DependencyTimeoutException" }));
        Assert.Contains(answers, static answer => answer.Status == 500);
        Assert.All(answers.Where(static answer => answer.Status == 200 && answer.Json["plaintext"] is not null), static answer =>
            Assert.Equal(Plaintext, answer.Blob("plaintext")));
        Assert.Equal(
            (XksProxySeverity.Information, XksProxySeverity.Error, XksProxySeverity.Information),
            (lab.Log.Notices[0].Severity, lab.Log.Notices[1].Severity, lab.Log.Notices[^1].Severity));
    }

    [Fact]
    public async Task Health_SaysWhatTheProxyIs()
    {
        System.Text.Json.Nodes.JsonNode answer = (await lab.SendAsync(new XksCall("health", XksBodies.Health()))).Ok();
        Assert.Equal(
            (2, "KmsTools", "SoftHSM project", 1, ProxyLab.TokenName),
            (answer["xksProxyFleetSize"]!.GetValue<int>(), answer["xksProxyVendor"]!.GetValue<string>(),
                answer["ekmVendor"]!.GetValue<string>(), answer["ekmFleetDetails"]!.AsArray().Count,
                answer["ekmFleetDetails"]![0]!["id"]!.GetValue<string>()));
        Assert.Matches(@"^KmsTools\.XksProxy \d+\.\d+\.\d+$", answer["xksProxyModel"]!.GetValue<string>());
        Assert.Matches(@"^SoftHSM v2 \d+\.\d+$", answer["ekmFleetDetails"]![0]!["model"]!.GetValue<string>());
    }

    private async Task<string> HealthAsync() => (await lab.SendAsync(new XksCall("health", XksBodies.Health())))
        .Ok()["ekmFleetDetails"]![0]!["healthStatus"]!.GetValue<string>();
}
