using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Storage;

namespace KmsTools.Quotas;

public sealed class RequestQuotasTests : IDisposable
{
    private const string Message = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
    private readonly RealClock _clock = new();
    private readonly KmsEngine _engine;

    public RequestQuotasTests() => _engine = Open();

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Off_AnyNumberOfCalls_IsAnswered()
    {
        _engine.Quotas.Set("ListKeys", 1);
        for (int i = 0; i < 5; i++)
        {
            Call(new ListKeysRequest());
        }

        Assert.False(File.Exists(Path.Combine(_folder, "requests.map")));
    }

    [Fact]
    public void On_OneCallTooMany_IsThrottledUntilTheNextSecond()
    {
        _engine.Quotas.RequestQuotasEnabled = true;
        _engine.Quotas.Set("ListKeys", 2);
        Call(new ListKeysRequest());
        _clock.Now = _clock.Now.AddMilliseconds(999);
        Call(new ListKeysRequest());

        KmsException error = Throttled(new ListKeysRequest());
        Assert.Equal((Message, 400), (error.Message, error.HttpStatusCode));
        Call(new ListAliasesRequest());
        Call(new ListKeysRequest(), "eu-west-1");

        _clock.Now = _clock.Now.AddMilliseconds(1);
        Call(new ListKeysRequest());
        Call(new ListKeysRequest());
        Throttled(new ListKeysRequest());
        _engine.Quotas.RequestQuotasEnabled = false;
        Call(new ListKeysRequest());
    }

    [Fact]
    public void On_SimulatedClockMoves_TheSecondIsStillTheRealOne()
    {
        _engine.Quotas.RequestQuotasEnabled = true;
        _engine.Quotas.Set("ListKeys", 1);
        Call(new ListKeysRequest());
        _engine.StepClock(_engine.UtcNow.AddDays(1));
        Throttled(new ListKeysRequest());
    }

    [Fact]
    public void On_RefusedChange_ChangesNothingAndIsRecorded()
    {
        _engine.Quotas.RequestQuotasEnabled = true;
        for (int i = 0; i < 5; i++)
        {
            Call(new CreateKeyRequest());
        }

        Throttled(new CreateKeyRequest());
        Assert.Equal(5, Call(new ListKeysRequest()).Keys.Length);
        Assert.Equal("ThrottlingException", _engine.FindEvents(new EventQuery { EventName = "CreateKey" }).Last().ErrorCode);
    }

    [Fact]
    public void On_SymmetricOperations_ShareOneQuota()
    {
        string keyId = Call(new CreateKeyRequest()).KeyMetadata.KeyId;
        _engine.Quotas.RequestQuotasEnabled = true;
        _engine.Quotas.Set(QuotaName.SymmetricRequests, 4);
        byte[] ciphertext = Call(new EncryptRequest { KeyId = keyId, Plaintext = [1] }).CiphertextBlob.ToArray();
        Call(new DecryptRequest { CiphertextBlob = ciphertext });
        Call(new GenerateRandomRequest { NumberOfBytes = 8 });
        Call(new ReEncryptRequest { CiphertextBlob = ciphertext, DestinationKeyId = keyId });
        Throttled(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" });
        Call(new DescribeKeyRequest { KeyId = keyId });
    }

    [Fact]
    public void On_SeveralEnginesOnOneStore_CountTogether()
    {
        _engine.Quotas.RequestQuotasEnabled = true;
        _engine.Quotas.Set("ListKeys", 2);
        using KmsEngine second = Open();
        Call(new ListKeysRequest());
        second.Execute(new ListKeysRequest());
        Throttled(new ListKeysRequest());
        Assert.Equal("ThrottlingException", Assert.Throws<KmsException>(() => second.Execute(new ListKeysRequest())).ErrorCode);
    }

    [Fact]
    public void On_ReplicateKey_CountsTwiceAsCreateKeyInTheRegionOfTheReplica()
    {
        string[] keyIds = [.. Enumerable.Range(0, 3).Select(_ => Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId)];
        _engine.Quotas.RequestQuotasEnabled = true;
        Call(new ReplicateKeyRequest { KeyId = keyIds[0], ReplicaRegion = "eu-west-1" });
        Call(new ReplicateKeyRequest { KeyId = keyIds[1], ReplicaRegion = "eu-west-1" });
        Throttled(new ReplicateKeyRequest { KeyId = keyIds[2], ReplicaRegion = "eu-west-1" });
        Call(new ReplicateKeyRequest { KeyId = keyIds[2], ReplicaRegion = "ap-south-1" });
        Call(new CreateKeyRequest(), "eu-west-1");
        Throttled(new CreateKeyRequest(), "eu-west-1");
    }

    [Fact]
    public void On_UpdatePrimaryRegion_CountsInBothRegions()
    {
        string keyId = Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1" });
        _engine.Quotas.RequestQuotasEnabled = true;
        _engine.Quotas.Set("UpdatePrimaryRegion", 1);
        Call(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = "eu-west-1" });
        Throttled(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = "us-east-1" }, "eu-west-1");
    }

    [Theory]
    [InlineData(KeySpec.RSA_2048, "RsaRequests")]
    [InlineData(KeySpec.ECC_NIST_P256, "EccRequests")]
    [InlineData(KeySpec.ML_DSA_44, "MlDsaRequests")]
    [InlineData(KeySpec.HMAC_256, "SymmetricRequests")]
    public void Require_TypeOfKey_DecidesTheQuota(KeySpec spec, string quota)
    {
        QuotaLimits limits = new() { RequestQuotasEnabled = true };
        RequestQuotas quotas = new(_engine.Store.Requests, new StoreClock(_clock, _engine.Store));
        quotas.Require(CryptographicCall(limits with { Changed = limits.Changed.Add(quota, 1) }, "a", spec, null));
        Assert.Throws<KmsException>(
            () => quotas.Require(CryptographicCall(limits with { Changed = limits.Changed.Add(quota, 1) }, "b", spec, null)));
    }

    [Fact]
    public void Require_CustomKeyStore_CountsAllItsKeysTogether()
    {
        QuotaLimits limits = new() { RequestQuotasEnabled = true };
        RequestQuotas quotas = new(_engine.Store.Requests, new StoreClock(_clock, _engine.Store));
        for (int i = 0; i < 1800; i++)
        {
            quotas.Require(CryptographicCall(limits, $"key-{i % 2}", KeySpec.SYMMETRIC_DEFAULT, "cks-1"));
        }

        Assert.Equal(
            "ThrottlingException",
            Assert.Throws<KmsException>(() => quotas.Require(CryptographicCall(limits, "key-0", KeySpec.SYMMETRIC_DEFAULT, "cks-1")))
                .ErrorCode);
        quotas.Require(CryptographicCall(limits, "key-2", KeySpec.SYMMETRIC_DEFAULT, "cks-2"));
        quotas.Require(CryptographicCall(limits, "key-3", KeySpec.SYMMETRIC_DEFAULT, null));
    }

    private OperationContext CryptographicCall(QuotaLimits limits, string keyId, KeySpec spec, string? customKeyStoreId)
    {
        OperationContext context = new(
            _engine.Services,
            OperationCatalog.Find("Encrypt")!,
            new EncryptRequest(),
            Caller.LocalUser(KmsFixture.Account))
        {
            Quotas = limits,
        };
        context.Use(_engine.OpenReader());
        context.Add(new Key
        {
            AccountId = KmsFixture.Account,
            Region = KmsFixture.Region,
            KeyId = keyId,
            CreationDate = KmsFixture.Start,
            KeySpec = spec,
            CustomKeyStoreId = customKeyStoreId,
            Policy = Keys.KeyPolicy.Default("111122223333"),
        });
        return context;
    }

    private KmsEngine Open() => new(
        new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = _folder, SimulatedClock = true })),
        static () => throw new InvalidOperationException("There are no HSMs in this test."),
        static () => throw new InvalidOperationException("There are no signatures in this test."),
        _clock);

    private T Call<T>(IKmsRequest<T> request, string? region = null)
        where T : class => _engine.Execute(request, KmsFixture.CallerIn(region));

    private KmsException Throttled<T>(IKmsRequest<T> request, string? region = null)
        where T : class
    {
        KmsException error = Assert.Throws<KmsException>(() => Call(request, region));
        Assert.Equal("ThrottlingException", error.ErrorCode);
        return error;
    }

    private sealed class RealClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2031, 5, 5, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
