using KmsTools.Auditing;
using KmsTools.Operations;

namespace KmsTools;

/// <summary>Many threads on one engine, and several engines over one store.</summary>
public sealed class KmsEngineTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Execute_EightThreadsMixed_AnswersAllAndRecordsAll()
    {
        string[] keys = [.. Enumerable.Range(0, 4).Select(_ => _kms.CreateKey().KeyId)];
        const int Rounds = 25;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                string keyId = keys[(thread + round) % keys.Length];
                byte[] plaintext = [(byte)thread, (byte)round];
                Assert.Equal(plaintext, _kms.Decrypt(_kms.Encrypt(keyId, plaintext)));
                _kms.Call(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" });
                _kms.Describe(keyId);
                if (round % 5 == 0)
                {
                    string own = _kms.CreateKey().KeyId;
                    _kms.Alias($"alias/t{thread}/r{round}", own);
                    Assert.Equal(own, _kms.Describe($"alias/t{thread}/r{round}").KeyId);
                    byte[] blob = _kms.Encrypt(own, plaintext);
                    _kms.Call(new RotateKeyOnDemandRequest { KeyId = own });
                    Assert.Equal(plaintext, _kms.Decrypt(blob));
                    _kms.Disable(own);
                    Assert.Equal("DisabledException", _kms.Error(new DecryptRequest { CiphertextBlob = blob }).Code);
                    _kms.Schedule(own);
                    Assert.Equal(KeyState.PendingDeletion, _kms.Describe(own).KeyState);
                }
            }
        });

        IReadOnlyList<AuditEvent> events = _kms.Events();
        Assert.Equal(8 * Rounds + 8 * 5, events.Count(entry => entry.EventName == "Encrypt"));
        Assert.Equal(8 * 5, events.Count(entry => entry.ErrorCode == "DisabledException"));
        Assert.Equal(8 * 5, events.Count(entry => entry.EventName == "ScheduleKeyDeletion"));
        Assert.Equal(events.Count, events.Select(entry => entry.EventId).Distinct().Count());
        _kms.StepDays(7);
        Assert.Equal(keys.Order(), _kms.Call(new ListKeysRequest()).Keys.Select(entry => entry.KeyId).Order());
        Assert.Equal(8 * 5, _kms.Events("DeleteKey").Count);
    }

    [Fact]
    public async Task ExecuteAsync_HundredCallsAtOnce_EventOfEachIsThereWhenItIsAnswered()
    {
        string keyId = _kms.CreateKey().KeyId;
        Operation encrypt = OperationCatalog.Find("Encrypt")!;
        await Parallel.ForAsync(0, 100, TestContext.Current.CancellationToken, async (number, _) =>
        {
            EncryptResponse response = (EncryptResponse)await _kms.Engine.ExecuteAsync(
                encrypt,
                new EncryptRequest { KeyId = keyId, Plaintext = [(byte)number] },
                new Caller { PrincipalArn = "arn:aws:iam::111122223333:user/bob", RequestId = $"request-{number}" });

            Assert.Contains(_kms.Events("Encrypt"), entry => entry.RequestId == $"request-{number}" && entry.ErrorCode is null);
            Assert.Equal([(byte)number], _kms.Decrypt(response.CiphertextBlob.ToArray()));
        });
    }

    [Fact]
    public async Task ExecuteAsync_Refused_ThrowsAndIsRecorded()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Disable(keyId);

        KmsException error = await Assert.ThrowsAsync<KmsException>(() => _kms.Engine.ExecuteAsync(
            OperationCatalog.Find("Encrypt")!, new EncryptRequest { KeyId = keyId, Plaintext = [1] }));

        Assert.Equal("DisabledException", error.ErrorCode);
        Assert.Equal("DisabledException", Assert.Single(_kms.Events("Encrypt")).ErrorCode);
    }

    [Fact]
    public async Task ExecuteAsync_Management_IsDoneAndRecordedWithoutWaiting()
    {
        string keyId = _kms.CreateKey().KeyId;

        await _kms.Engine.ExecuteAsync(OperationCatalog.Find("DisableKey")!, new DisableKeyRequest { KeyId = keyId });

        Assert.Equal(KeyState.Disabled, _kms.Describe(keyId).KeyState);
        Assert.Null(Assert.Single(_kms.Events("DisableKey")).ErrorCode);
    }

    [Fact]
    public void Execute_ManyThreadsAskForOneAwsManagedKey_MakesItOnce()
    {
        string[] keyIds = new string[8];
        Parallel.For(
            0,
            8,
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            thread => keyIds[thread] = _kms.Describe("alias/aws/s3").KeyId);

        Assert.Single(keyIds.Distinct());
    }

    [Fact]
    public void Execute_ManyThreadsCreateOneAlias_OnlyOneSucceeds()
    {
        string keyId = _kms.CreateKey().KeyId;
        int created = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            try
            {
                _kms.Alias("alias/contended", keyId);
                Interlocked.Increment(ref created);
            }
            catch (KmsException exception)
            {
                Assert.Equal("AlreadyExistsException", exception.ErrorCode);
            }
        });

        Assert.Equal(1, created);
    }

    [Fact]
    public void Execute_TwoEnginesOverOneStore_SeeEachOthersChangesInTheNextCall()
    {
        using KmsEngine other = _kms.Open();
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId, 5);
        string Code<T>(IKmsRequest<T> request)
            where T : class => Assert.Throws<KmsException>(() => other.Execute(request)).ErrorCode;
        DecryptRequest decrypt = new() { CiphertextBlob = blob };
        Assert.Equal([5], other.Execute(decrypt).Plaintext!.ToArray());

        _kms.Disable(key.KeyId);
        Assert.Equal("DisabledException", Code(decrypt));
        _kms.Enable(key.KeyId);
        Assert.Equal([5], other.Execute(decrypt).Plaintext!.ToArray());
        _kms.Alias("alias/shared", key.KeyId);
        Assert.Equal(key.KeyId, other.Execute(new DescribeKeyRequest { KeyId = "alias/shared" }).KeyMetadata.KeyId);
        other.Execute(new DeleteAliasRequest { AliasName = "alias/shared" });
        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = "alias/shared" }).Code);
        other.Execute(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        Assert.NotEqual(key.CurrentKeyMaterialId, _kms.Call(new DecryptRequest { CiphertextBlob = _kms.Encrypt(key.KeyId) }).KeyMaterialId);
        _kms.Schedule(key.KeyId);
        Assert.Equal("KMSInvalidStateException", Code(decrypt));
        _kms.StepDays(7);
        Assert.Equal("AccessDeniedException", Code(decrypt));
        Assert.Equal(
            _kms.Events().Select(entry => entry.EventId),
            other.FindEvents(new() { After = KmsFixture.Start }).Select(entry => entry.EventId));
        Assert.Single(_kms.Events("DeleteKey"));
    }

    [Fact]
    public void Execute_ClockMovedByAnotherEngine_FallsDueHereInTheNextCall()
    {
        using KmsEngine other = _kms.Open();
        KeyMetadata key = _kms.ImportedKey(validTo: KmsFixture.Start.AddDays(1));
        other.Execute(new DescribeKeyRequest { KeyId = key.KeyId });
        _kms.StepDays(1);

        Assert.Equal(KeyState.PendingImport, other.Execute(new DescribeKeyRequest { KeyId = key.KeyId }).KeyMetadata.KeyState);
        Assert.Equal(_kms.Engine.UtcNow, other.UtcNow);
        Assert.Single(_kms.Events("DeleteExpiredKeyMaterial"));
    }

    [Fact]
    public void StepClock_Backwards_IsRefused()
    {
        Assert.Throws<StoreClockException>(() => _kms.Engine.StepClock(KmsFixture.Start - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(KmsFixture.Start, _kms.Engine.UtcNow);
    }

    [Fact]
    public void Execute_ArgumentIsNull_IsNoCall()
    {
        Assert.Throws<ArgumentNullException>(() => _kms.Engine.Execute<DescribeKeyResponse>(null!));
        Assert.Empty(_kms.Events());
    }
}
