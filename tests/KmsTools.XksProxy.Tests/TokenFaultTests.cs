using System.Diagnostics;
using System.Text.Json.Nodes;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy;

/// <summary>Tokens that are slow, hang, are full, or fail.</summary>
public sealed class TokenFaultTests(FaultyProxyLab lab) : IClassFixture<FaultyProxyLab>
{
    private static readonly byte[] Plaintext = "plaintext"u8.ToArray();

    [Theory]
    [InlineData("C_EncryptInit")]
    [InlineData("C_Encrypt")]
    public async Task Token_ThatIsTooSlow_IsADependencyTimeout(string function) => await lab.WithAsync(
        static token => token with { AnswerTime = TimeSpan.FromMilliseconds(500) },
        [$"delay {function} 4000 2"],
        async () =>
        {
            long start = Stopwatch.GetTimestamp();
            (await lab.EncryptAsync("foo", Plaintext)).Is(503, "DependencyTimeoutException");
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 490, 3900);
            Assert.Contains("did not answer within 500 ms", lab.Log.Last.Cause, StringComparison.Ordinal);
            Assert.Equal(FaultyProxyLab.TokenName, lab.Log.Last.Token);

            // A call that hangs holds up no other.
            (await lab.EncryptAsync("foo", Plaintext)).Is(503, "DependencyTimeoutException");
            (await lab.EncryptAsync("foo", Plaintext)).Ok();
        });

    [Fact]
    public async Task Token_WhoseSessionsAllHang_IsADependencyTimeoutAtOnce() => await lab.WithAsync(
        static token => token with
        {
            MaxSessions = 1,
            AnswerTime = TimeSpan.FromMilliseconds(200),
            SessionWait = TimeSpan.FromMilliseconds(20),
        },
        ["delay C_Encrypt 4000 1"],
        async () =>
        {
            (await lab.EncryptAsync("foo", Plaintext)).Is(503, "DependencyTimeoutException");
            (await lab.EncryptAsync("foo", Plaintext)).Is(503, "DependencyTimeoutException");
            Assert.Contains("does not answer 1 of 1 calls", lab.Log.Last.Cause, StringComparison.Ordinal);
        });

    [Fact]
    public async Task Token_WhoseSessionsAreAllAtWork_IsThrottling() => await lab.WithAsync(
        static token => token with { MaxSessions = 1, SessionWait = TimeSpan.FromMilliseconds(20) },
        ["delay C_Encrypt 3000 1"],
        async () =>
        {
            Task<XksAnswer> slow = lab.EncryptAsync("foo", Plaintext);
            await Eventually(() => lab.Host.Status.Tokens[0].SessionsInUse == 1);
            (await lab.EncryptAsync("foo", Plaintext)).Is(429, "ThrottlingException");
            (await slow).Ok();
            (await lab.EncryptAsync("foo", Plaintext)).Ok();
        });

    [Fact]
    public async Task Token_WithoutASession_IsThrottling() =>
        await FailsAsync("before C_EncryptInit b1 1", 429, "ThrottlingException");

    [Theory]
    [InlineData("before C_EncryptInit 68 1", 400, "InvalidKeyUsageException")]
    [InlineData("before C_EncryptInit 63 1", 400, "InvalidKeyUsageException")]
    [InlineData("before C_Encrypt 70 1", 500, "InternalException")]
    [InlineData("before C_Encrypt 80000123 1", 500, "InternalException")]
    [InlineData("before C_EncryptInit 30 -1", 500, "InternalException")]
    [InlineData("before C_Encrypt 5 -1", 500, "InternalException")]
    public async Task Failure_OfAnEncryption_HasItsError(string fault, int status, string error) => await FailsAsync(fault, status, error);

    [Theory]
    [InlineData("before C_DecryptInit 68 1", 400, "InvalidKeyUsageException")]
    [InlineData("before C_DecryptInit 5 -1", 500, "InternalException")]
    [InlineData("before C_Decrypt 40 1", 400, "InvalidCiphertextException")]
    [InlineData("before C_Decrypt 41 1", 400, "InvalidCiphertextException")]
    [InlineData("before C_Decrypt 5 1", 400, "InvalidCiphertextException")]
    [InlineData("before C_Decrypt 6 1", 400, "InvalidCiphertextException")]
    [InlineData("before C_Decrypt 30 -1", 500, "InternalException")]
    public async Task Failure_OfADecryption_HasItsError(string fault, int status, string error)
    {
        JsonNode encrypted = new JsonObject();
        await lab.WithAsync(static token => token, [], async () => encrypted = (await lab.EncryptAsync("foo", Plaintext)).Ok());
        await lab.WithAsync(
            static token => token,
            [fault],
            async () => (await lab.DecryptAsync("foo", encrypted)).Is(status, error));
    }

    [Fact]
    public async Task LostSession_IsReplacedWithinTheRequest() => await lab.WithAsync(
        static token => token,
        ["before C_EncryptInit b3 1"],
        async () => (await lab.EncryptAsync("foo", Plaintext)).Ok());

    [Fact]
    public async Task SelfCheck_ThatFails_IsInternal() => await lab.WithAsync(
        static token => token,
        ["before C_Decrypt 40 1"],
        async () =>
        {
            (await lab.EncryptAsync("foo", Plaintext, cdiv: true)).Is(500, "InternalException");
            Assert.Equal("What was encrypted does not decrypt.", lab.Log.Last.Cause);
        });

    [Theory]
    [InlineData(false, "C_EncryptInit")]
    [InlineData(false, "C_Encrypt")]
    [InlineData(true, "C_EncryptInit")]
    public async Task Token_ThatMakesIvs_IsServed(bool isKnown, string function)
    {
        await lab.Host.DisposeAsync();
        lab.Faulty.SetFaults($"iv own {function} 71");
        try
        {
            int refused = Refused();
            await lab.RestartAsync(lab.Settings() with { Tokens = [lab.Token() with { HsmMakesIv = isKnown }] });
            XksAnswer encrypted = await lab.EncryptAsync("foo", Plaintext, cdiv: true);
            Assert.NotEqual(new byte[12], encrypted.Blob("initializationVector"));
            Assert.Equal(Plaintext, (await lab.DecryptAsync("foo", encrypted.Json)).Blob("plaintext"));
            Assert.Equal(isKnown ? refused : refused + 1, Refused());
        }
        finally
        {
            // What is learned of a token is learned with a login.
            await lab.Host.DisposeAsync();
            lab.Faulty.SetFaults();
            await lab.RestartAsync();
        }
    }

    private int Refused() => lab.Faulty.Log().Count(static line => line.StartsWith("iv refused", StringComparison.Ordinal));

    private async Task FailsAsync(string fault, int status, string error) => await lab.WithAsync(
        static token => token,
        [fault],
        async () => (await lab.EncryptAsync("foo", Plaintext)).Is(status, error));

    internal static Task Eventually(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    internal static async Task EventuallyAsync(Func<Task<bool>> condition, Func<string>? describe = null)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 15, $"It does not come about. {describe?.Invoke()}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
