using System.Net;
using System.Text.RegularExpressions;
using KmsTools.Operations;

namespace KmsTools.WebConsole.Clock;

/// <summary>Clocks: the simulated one, which is moved, and the real one, which may be ahead.</summary>
public sealed partial class ClockTests
{
    private const string Path = "/console/us-east-1/clock";

    [Fact]
    public async Task Step_SentTwice_MovesTheClockOnce()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        DateTimeOffset before = server.Engine.UtcNow;
        string from = From().Match(await visitor.ReadAsync(Path)).Groups["time"].Value;

        HttpResponseMessage first = await visitor.ActAsync(Path, "step", ("from", from), ("number", "1"), ("unit", "d"));
        HttpResponseMessage second = await visitor.ActAsync(Path, "step", ("from", from), ("number", "1"), ("unit", "d"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.BadRequest), (first.StatusCode, second.StatusCode));
        Assert.Contains(
            "the clock was moved since this page was shown",
            await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Equal(before.AddDays(1), server.Engine.UtcNow);
    }

    [Theory]
    [InlineData("step", "number", "soon", "is not a number")]
    [InlineData("step", "number", "99999999999", "is too long")]
    [InlineData("step", "number", "9999999", "There is no time")]
    [InlineData("to", "to", "1999-01-01T00:00", "before")]
    [InlineData("to", "to", "tomorrow", "is not a moment")]
    [InlineData("next", "unit", "d", "Nothing becomes due")]
    [InlineData("delay", "delay", "301", "300")]
    [InlineData("delay", "delay", "-1", "is not a number of seconds")]
    [InlineData("uptime", "uptime", "721", "30 days")]
    [InlineData("back", "unit", "d", "has no act")]
    public async Task Act_ThatIsNotValid_SaysWhyAndMovesNothing(string act, string field, string value, string says)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        DateTimeOffset before = server.Engine.UtcNow;
        string from = From().Match(await visitor.ReadAsync(Path)).Groups["time"].Value;

        HttpResponseMessage answer = await visitor.ActAsync(Path, act, ("from", from), ("unit", "d"), (field, value));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        string problem = Problem().Match(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Value;
        Assert.Contains(says, WebUtility.HtmlDecode(problem), StringComparison.Ordinal);
        Assert.Equal((before, 0), (server.Engine.UtcNow, server.Engine.ConsistencyDelayInSeconds));
    }

    [Fact]
    public async Task Delay_IsSet_IsThatOfTheStore()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);

        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(Path, "delay", ("delay", "60"))).StatusCode);
        Assert.Equal(60, server.Engine.ConsistencyDelayInSeconds);
        Assert.Contains("60 seconds", await visitor.ReadAsync(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RealClock_ThatIsAhead_HoldsADeletionUntilItIsConfirmed()
    {
        MovedClock clock = new();
        await using ConsoleServer server = await ConsoleServer.StartAsync(storeClock: clock);
        using Visitor visitor = await Visitor.SignInAsync(server);
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        Assert.DoesNotContain("Move the clock", await visitor.ReadAsync(Path), StringComparison.Ordinal);
        clock.Move(TimeSpan.FromDays(8));

        string page = await visitor.ReadAsync(Path);
        Assert.Contains("Unexplained", page, StringComparison.Ordinal);
        Assert.Contains(keyId, page, StringComparison.Ordinal);
        string question = await visitor.ReadAsync(Path + "/confirm");
        Assert.Contains("This is destroyed at once and for good", question, StringComparison.Ordinal);
        Assert.Contains(keyId, question, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(Path + "/confirm", "confirm", ("confirmation", "yes"))).StatusCode);
        Assert.Single(server.Engine.ClockTrust.Read().Waiting);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(Path + "/confirm", "confirm", ("confirmation", "confirm"))).StatusCode);
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => server.Engine.FindKey(keyId)).ErrorCode);
        Assert.Empty(server.Engine.ClockTrust.Read().Waiting);

        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(Path, "uptime", ("uptime", "1.5"))).StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(90), server.Engine.ClockTrust.Read().RequiredUptime);
    }

    [GeneratedRegex("name=\"from\" value=\"(?<time>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex From();

    [GeneratedRegex("<section class=\"problem\".*?</section>", RegexOptions.Singleline)]
    private static partial Regex Problem();
}
