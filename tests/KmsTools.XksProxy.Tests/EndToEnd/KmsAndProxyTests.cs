using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy.EndToEnd;

/// <summary>The KMS, its client, the proxy and a token of SoftHSM together: what no one of them can show alone.</summary>
public sealed class KmsAndProxyTests : IAsyncLifetime
{
    private readonly KmsAndProxyLab _lab = new();

    public ValueTask InitializeAsync() => _lab.InitializeAsync();

    public ValueTask DisposeAsync() => _lab.DisposeAsync();

    [Fact]
    public void Execute_WholeLifeOfAKey_WorksAndTouchesNoObjectOfTheToken()
    {
        _lab.Connect();
        Assert.Equal(ConnectionStateType.CONNECTED, _lab.Store.ConnectionState);
        string keyId = _lab.NewKey();
        byte[] plaintext = RandomNumberGenerator.GetBytes(4096);
        Dictionary<string, string> context = new() { ["k"] = new string('v', 8191) };
        byte[] ciphertext = _lab.Encrypt(keyId, plaintext, context);
        Assert.Equal(plaintext, _lab.Decrypt(ciphertext, context));
        GenerateDataKeyResponse dataKey = _lab.Call(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" });
        Assert.Equal(dataKey.Plaintext!.ToArray(), _lab.Decrypt(dataKey.CiphertextBlob.ToArray()));
        string other = _lab.NewKey("by-label");
        byte[] moved = _lab.Call(new ReEncryptRequest
        {
            CiphertextBlob = ciphertext,
            SourceEncryptionContext = context,
            DestinationKeyId = other,
        }).CiphertextBlob.ToArray();
        Assert.Equal(plaintext, _lab.Decrypt(moved));
        Assert.Equal(
            "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, "
                + "or otherwise invalid.",
            _lab.Refused(new DecryptRequest { CiphertextBlob = ciphertext }).Message);

        _lab.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        _lab.Call(new ScheduleKeyDeletionRequest { KeyId = other, PendingWindowInDays = 7 });
        _lab.Engine.StepClock(_lab.Engine.UtcNow.AddDays(7));
        Assert.Equal("AccessDeniedException", _lab.Refused(new DecryptRequest { CiphertextBlob = moved }).ErrorCode);
        _lab.Disconnect();
        _lab.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _lab.StoreId });
        using OtherSoftware owner = _lab.Proxy.Hsm.StartOther();
        Assert.Equal(_lab.Proxy.Before, owner.Inventory());
    }

    [Fact]
    public void Execute_EverythingThatIsSecret_IsInNoLogAndNoEvent()
    {
        _lab.Connect();
        string keyId = _lab.NewKey();
        byte[] plaintext = Encoding.UTF8.GetBytes("a plaintext that nobody else may see");
        byte[] ciphertext = _lab.Encrypt(keyId, plaintext);
        _ = _lab.Decrypt(ciphertext);
        string[] texts =
        [
            .. _lab.Engine.FindEvents(new EventQuery()).Select(static record => record.CloudTrailEvent),
            .. _lab.Proxy.Log.Requests.Select(static record => record.ToString()),
        ];
        Assert.NotEmpty(_lab.Proxy.Log.Requests);
        foreach (string secret in new[]
        {
            ProxyLab.SecondAccessKeyId, ProxyLab.SecondSecret, Encoding.UTF8.GetString(plaintext), Convert.ToBase64String(plaintext),
        })
        {
            Assert.DoesNotContain(texts, text => text.Contains(secret, StringComparison.Ordinal));
        }

        // The request of the call is found in the log of the proxy.
        string requestId = _lab.Engine.FindEvents(new EventQuery { EventName = "Encrypt" }).Single().RequestId!;
        Assert.Contains(_lab.Proxy.Log.Requests, record => record.KmsRequestId == requestId && record.KmsOperation == "Encrypt");
    }

    [Theory]
    [InlineData("missing", "XksKeyNotFoundException")]
    [InlineData("no-such-key", "XksKeyNotFoundException")]
    [InlineData("short", "XksKeyInvalidConfigurationException")]
    [InlineData("rsa", "XksKeyInvalidConfigurationException")]
    [InlineData("disabled", "XksKeyInvalidConfigurationException")]
    [InlineData("encrypt_only_key", "XksKeyInvalidConfigurationException")]
    [InlineData("decrypt_only_key", "XksKeyInvalidConfigurationException")]
    [InlineData("impotent_key", "XksKeyInvalidConfigurationException")]
    [InlineData("twins", "CustomKeyStoreInvalidStateException")]
    [InlineData("other-key", "XksKeyNotFoundException")]
    [InlineData("..", "XksKeyNotFoundException")]
    public void CreateKey_KeysOfTheTokenThatDoNotFit_AreRefused(string xksKeyId, string code)
    {
        _lab.Connect();
        Assert.Equal((xksKeyId, code), (xksKeyId, _lab.Refused(_lab.CreatingKey(xksKeyId)).ErrorCode));
        Assert.Empty(_lab.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public async Task Execute_ProxyStopsAndReturns_FailsWithTheCauseAndGoesOnByItself()
    {
        _lab.Connect();
        string keyId = _lab.NewKey();
        byte[] ciphertext = _lab.Encrypt(keyId, [1, 2, 3]);
        await _lab.Proxy.Host.StopAsync(TestContext.Current.CancellationToken);
        KmsException error = _lab.Refused(new DecryptRequest { CiphertextBlob = ciphertext });
        Assert.Equal(
            ("KMSInvalidStateException", ErrorCause.ProxyUnreachable, ConnectionStateType.CONNECTED),
            (error.ErrorCode, error.Cause, _lab.Store.ConnectionState));
        Assert.StartsWith("AWS KMS cannot communicate with the external key store proxy.", error.Message, StringComparison.Ordinal);

        // A connect of a proxy that is away fails for good; the keys are unavailable.
        _lab.Disconnect();
        _lab.Connect();
        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE),
            (_lab.Store.ConnectionState, _lab.Store.ConnectionErrorCode));
        await _lab.Proxy.RestartAsync();
        _lab.Reach(_lab.Proxy.Address.Port);
        _lab.Disconnect();
        _lab.Connect();
        Assert.Equal([1, 2, 3], _lab.Decrypt(ciphertext));
    }

    [Fact]
    public void ConnectCustomKeyStore_WrongCredential_SaysSoUntilItIsUpdated()
    {
        UpdateCustomKeyStoreRequest wrong = new()
        {
            CustomKeyStoreId = _lab.StoreId,
            XksProxyAuthenticationCredential = new() { AccessKeyId = ProxyLab.SecondAccessKeyId, RawSecretAccessKey = new string('x', 43) },
        };
        Assert.Equal("XksProxyIncorrectAuthenticationCredentialException", _lab.Refused(wrong).ErrorCode);
        Assert.Equal(
            "XksProxyInvalidConfigurationException",
            _lab.Refused(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _lab.StoreId, XksProxyUriPath = "/no/kms/xks/v1" }).ErrorCode);
        _lab.Connect();
        Assert.Equal(ConnectionStateType.CONNECTED, _lab.Store.ConnectionState);
        _lab.Call(wrong with { XksProxyAuthenticationCredential = new() { AccessKeyId = ProxyLab.AccessKeyId, RawSecretAccessKey = ProxyLab.Secret } });
        _ = _lab.NewKey();
    }

    [Fact]
    public async Task SetAddress_AnotherProxyOfTheSameKey_TakesOverAtOnce()
    {
        _lab.Connect();
        string keyId = _lab.NewKey();
        byte[] ciphertext = _lab.Encrypt(keyId, [4, 5]);
        await using XksProxyHost first = _lab.Proxy.Host;
        await _lab.Proxy.RestartAsync();
        Assert.Equal([4, 5], _lab.Decrypt(ciphertext));
        await first.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal("KMSInvalidStateException", _lab.Refused(new DecryptRequest { CiphertextBlob = ciphertext }).ErrorCode);
        _lab.Reach(_lab.Proxy.Address.Port);
        Assert.Equal([4, 5], _lab.Decrypt(ciphertext));
    }

    [Fact]
    public async Task Execute_ProxyKilledUnderLoad_NeverAnswersWronglyAndRecovers()
    {
        _lab.Connect();
        string keyId = _lab.NewKey();
        TimeSpan length = TimeSpan.FromSeconds(Campaign.Length(6, 60));
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan recovered = TimeSpan.MaxValue;
        long calls = 0;
        long failures = 0;
        List<string> wrong = [];
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(number => new Thread(() =>
        {
            byte[] plaintext = new byte[32];
            while (watch.Elapsed < length)
            {
                RandomNumberGenerator.Fill(plaintext);
                TimeSpan began = watch.Elapsed;
                try
                {
                    if (!_lab.Decrypt(_lab.Encrypt(keyId, plaintext)).AsSpan().SequenceEqual(plaintext))
                    {
                        lock (wrong)
                        {
                            wrong.Add("a wrong plaintext");
                        }
                    }

                    Interlocked.Increment(ref calls);
                }
                catch (KmsException exception)
                {
                    Interlocked.Increment(ref failures);
                    lock (wrong)
                    {
                        if (exception.ErrorCode != "KMSInvalidStateException" || (recovered < TimeSpan.MaxValue && began > recovered))
                        {
                            wrong.Add($"{began}: {exception.ErrorCode} {exception.Message}");
                        }
                    }
                }
            }
        }))];
        Array.ForEach(threads, static thread => thread.Start());
        await Task.Delay(length / 4, TestContext.Current.CancellationToken);
        await _lab.Proxy.Host.StopAsync(TestContext.Current.CancellationToken);
        await _lab.Proxy.Host.DisposeAsync();
        await Task.Delay(500, TestContext.Current.CancellationToken);
        await _lab.Proxy.RestartAsync();
        _lab.Reach(_lab.Proxy.Address.Port);
        lock (wrong)
        {
            recovered = watch.Elapsed + TimeSpan.FromSeconds(2);
        }

        Array.ForEach(threads, static thread => thread.Join());
        Assert.Empty(wrong);
        Assert.True(failures > 0 && calls > 100, $"{calls} calls, {failures} failures");
        Assert.Equal(ConnectionStateType.CONNECTED, _lab.Store.ConnectionState);
        using OtherSoftware owner = _lab.Proxy.Hsm.StartOther();
        Assert.Equal(_lab.Proxy.Before, owner.Inventory());
    }
}
