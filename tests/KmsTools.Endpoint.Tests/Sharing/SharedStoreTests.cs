using System.Diagnostics;
using KmsTools.Databases;

namespace KmsTools.Endpoint.Sharing;

/// <summary>Several nodes at one store in a database, while nothing, a node or the database fails.</summary>
public sealed class SharedStoreTests(ITestOutputHelper output)
{
    // Five seconds, and on a busy machine somewhat more.
    private static readonly TimeSpan MaxAnswer = TimeSpan.FromSeconds(5 + 3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoEndpointsAndTwoSessions_MixedCalls_NoneFailsAndNoneIsStale()
    {
        await using SharedStoreLab lab = SharedStoreLab.Start(more: PostgreSqlServer.Patiently);
        await lab.StartEndpointAsync();
        await lab.StartEndpointAsync();
        await lab.StartSessionAsync();
        await lab.StartSessionAsync();
        SharedCampaign campaign = new(lab, Campaign.Seed);
        await campaign.RunAsync(static () => Task.Delay(TimeSpan.FromSeconds(Campaign.Length(usual: 4, full: 60)), Cancellation));
        await RequireNothingAsync(campaign);
    }

    [Fact]
    public async Task NodesAndDatabaseAreKilled_MixedCalls_NothingAnsweredIsLost()
    {
        await using SharedStoreLab lab = SharedStoreLab.Start();
        EndpointNode[] endpoints = [await lab.StartEndpointAsync(), await lab.StartEndpointAsync()];
        await lab.StartSessionAsync();
        SharedCampaign campaign = new(lab, Campaign.Seed);
        int kills = Campaign.Length(usual: 4, full: 200);
        Random random = new(Campaign.Seed);
        await campaign.RunAsync(async () =>
        {
            campaign.MayFail = true;
            for (int kill = 0; kill < kills; kill++)
            {
                await Task.Delay(random.Next(100, 800), Cancellation);
                switch (kill % 4)
                {
                    case 0:
                        lab.Server.Stop();
                        await Task.Delay(random.Next(500), Cancellation);
                        lab.Server.StartAgain();
                        break;
                    case 2 when random.Next(2) == 0:
                        lab.Server.Kill();
                        lab.Server.StartAgain();
                        break;
                    default:
                        await endpoints[random.Next(endpoints.Length)].KillAsync();
                        break;
                }
            }

            // Everything goes on by itself.
            await campaign.WaitUntilAllAnswerAsync();
            campaign.MayFail = false;
            await Task.Delay(1000, Cancellation);
        });
        await RequireNothingAsync(campaign);
    }

    [Fact]
    public async Task PrimaryIsKilled_StandbyIsPromoted_NodesGoOnWithItAndNothingAnsweredIsLost()
    {
        await using SharedStoreLab lab = SharedStoreLab.Start(withStandby: true);
        await lab.StartEndpointAsync();
        await lab.StartEndpointAsync();
        await lab.StartSessionAsync();
        SharedCampaign campaign = new(lab, Campaign.Seed);
        await campaign.RunAsync(async () =>
        {
            await Task.Delay(1500, Cancellation);
            campaign.MayFail = true;
            lab.Server.Kill();
            await Task.Delay(500, Cancellation);
            lab.Standby!.Promote();
            await campaign.WaitUntilAllAnswerAsync();
            campaign.MayFail = false;
            await Task.Delay(1500, Cancellation);
        });
        await RequireNothingAsync(campaign);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DatabaseIsAway_CallsFailWithinFiveSecondsAndGoOnByThemselves(bool isPaused)
    {
        await using SharedStoreLab lab = SharedStoreLab.Start();
        EndpointNode endpoint = await lab.StartEndpointAsync();
        string keyId = (await endpoint.CreateKeyAsync()).Value!;
        Assert.Equal((200, "{\"status\":\"ok\"}"), await endpoint.HealthAsync());
        for (int round = 0; round < 2; round++)
        {
            if (isPaused)
            {
                lab.Server.Pause();
            }
            else
            {
                lab.Server.Stop();
            }

            await RequireInternalErrorAsync(() => endpoint.EncryptAsync(keyId));
            await RequireInternalErrorAsync(() => endpoint.UpdateDescriptionAsync(keyId, "lost"));
            (int status, string text) = await endpoint.HealthAsync();
            Assert.Equal(503, status);
            Assert.Contains("\"status\":\"unavailable\"", text, StringComparison.Ordinal);
            Assert.DoesNotContain(lab.Server.Folder, text, StringComparison.Ordinal);
            if (isPaused)
            {
                lab.Server.Resume();
            }
            else
            {
                lab.Server.StartAgain();
            }

            long back = Stopwatch.GetTimestamp();
            SharedAnswer answer;
            while ((answer = await endpoint.EncryptAsync(keyId)).Error is not null)
            {
                Assert.True(Stopwatch.GetElapsedTime(back) < MaxAnswer, answer.Message);
                await Task.Delay(50, Cancellation);
            }

            output.WriteLine($"Answers again after {Stopwatch.GetElapsedTime(back).TotalSeconds:0.00} s.");
            Assert.Null((await endpoint.UpdateDescriptionAsync(keyId, "kept")).Error);
            Assert.Equal("kept", (await endpoint.DescribeAsync(keyId)).Value);
            Assert.Equal((200, "{\"status\":\"ok\"}"), await endpoint.HealthAsync());
        }
    }

    private async Task RequireInternalErrorAsync(Func<Task<SharedAnswer>> call)
    {
        long begun = Stopwatch.GetTimestamp();
        SharedAnswer answer = await call();
        TimeSpan duration = Stopwatch.GetElapsedTime(begun);
        output.WriteLine($"{answer.Error} after {duration.TotalSeconds:0.00} s: {answer.Message}");
        Assert.Equal("KMSInternalException", answer.Error);
        Assert.True(duration < MaxAnswer, $"{duration}");
    }

    private async Task RequireNothingAsync(SharedCampaign campaign)
    {
        IReadOnlyList<string> violations = await campaign.FindViolationsAsync();
        output.WriteLine($"{Campaign.Repeat(Campaign.Seed)}: {campaign.Calls} calls, {campaign.Failures} of them failed, "
            + $"{violations.Count} violations");
        Assert.Empty(violations.Take(10));
    }
}
