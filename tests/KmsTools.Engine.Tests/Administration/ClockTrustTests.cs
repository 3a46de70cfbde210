using System.Security.Cryptography;
using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>Stores on the real clock, which is wrong for a while, or was not watched for a while.</summary>
public sealed class ClockTrustTests : IDisposable
{
    private const string Held = "cannot be kept: its waiting period is over, and its deletion only waits for the clock to be confirmed.";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
    private readonly MovedClock _clock = new();
    private readonly DateTimeOffset _start;
    private KmsEngine _engine;

    public ClockTrustTests()
    {
        _start = _clock.GetUtcNow();
        _engine = Open();
    }

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Deletion_ClockAheadForTwoSeconds_DestroysNothing()
    {
        string key = Scheduled(30, out byte[] blob);

        _clock.Jump(TimeSpan.FromDays(31));
        KmsException refused = Assert.Throws<KmsException>(() => Call(new CancelKeyDeletionRequest { KeyId = key }));
        Assert.Equal(("KMSInvalidStateException", $"{Arn(key)} {Held}"), (refused.ErrorCode, refused.Message));
        Assert.Equal(KeyState.PendingDeletion, State(key));
        Assert.Equal("KMSInvalidStateException", Assert.Throws<KmsException>(() => Decrypt(blob)).ErrorCode);
        _clock.Pass(TimeSpan.FromSeconds(2));
        _clock.Jump(TimeSpan.FromDays(-31));

        Call(new CancelKeyDeletionRequest { KeyId = key });
        Call(new EnableKeyRequest { KeyId = key });
        Assert.Equal([1, 2, 3], Decrypt(blob));
        Assert.Equal(["ClockExplained", "ResumeWaitingPeriod", "ClockUnexplained"], ClockEvents());
        Assert.True(_engine.ClockTrust.Read().IsExplained);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Deletion_DueWithinAnHourThatNobodyWatched_IsNotHeldButOneMillisecondMoreIs(long beyond)
    {
        string key = Scheduled(7, out _);
        _engine.Dispose();
        _clock.Jump(TimeSpan.FromDays(7) - TimeSpan.FromMinutes(30));
        _engine = Open();
        _engine.ClockTrust.Confirm();
        _engine.Dispose();
        _clock.Jump(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(beyond));
        _engine = Open();

        bool exists = Exists(key);

        Assert.Equal((beyond == 1, beyond == 0), (exists, _engine.ClockTrust.Read().IsExplained));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    public void Deletion_DueWithinExplainedTime_HappensWhileTheRestWaits(long milliseconds, bool waits)
    {
        string near = Scheduled(7, out _);
        string far = Scheduled(30, out _);
        _clock.Pass(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(20));
        _engine.ProcessDue();
        _clock.Jump(TimeSpan.FromDays(40));
        Assert.Equal(KeyState.PendingDeletion, State(near));
        Assert.Equal(2, _engine.ClockTrust.Read().Waiting.Length);

        _clock.Pass(TimeSpan.FromSeconds(20) + TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal((waits, true), (Exists(near), Exists(far)));
    }

    [Fact]
    public void Deletion_AfterMonthsInADrawer_WaitsForAnHourOfUseAndNothingElseDoes()
    {
        string key = Scheduled(30, out _);
        string used = Call(new CreateKeyRequest()).KeyMetadata.KeyId;
        byte[] blob = Encrypt(used);
        _engine.Dispose();
        _clock.Jump(TimeSpan.FromDays(90));
        _engine = Open();

        Assert.Equal([1, 2, 3], Decrypt(blob));
        ClockStatus first = _engine.ClockTrust.Read();
        Assert.Equal((false, TimeSpan.FromHours(1), _start.AddDays(90)), (first.IsExplained, first.UptimeLeft, first.UnexplainedSince));
        Assert.Equal((Arn(key), null, _start.AddDays(30)), (first.Waiting[0].KeyArn, first.Waiting[0].KeyMaterialId, first.Waiting[0].DueDate));
        _clock.Pass(TimeSpan.FromMinutes(60) - TimeSpan.FromMilliseconds(1));
        Assert.True(Exists(key));
        _clock.Pass(TimeSpan.FromSeconds(10));

        Assert.False(Exists(key));
        ClockStatus last = _engine.ClockTrust.Read();
        Assert.Equal((true, TimeSpan.Zero, 0, null), (last.IsExplained, last.UptimeLeft, last.Waiting.Length, last.UnexplainedSince));
        Assert.Equal(["DeleteKey", "ClockUnexplained", "ClockExplained"], ClockEvents());
    }

    [Fact]
    public void Uptime_OfProcessesThatTakeTurns_AddsUp()
    {
        string key = Scheduled(7, out _);
        for (int i = 0; i < 4; i++)
        {
            _engine.Dispose();
            _clock.Jump(TimeSpan.FromDays(8));
            _engine = Open();
            Assert.True(Exists(key));
            _clock.Pass(TimeSpan.FromMinutes(15));
            if (i < 3)
            {
                Assert.True(Exists(key));
            }
        }

        Assert.False(Exists(key));
    }

    [Fact]
    public void Uptime_OfProcessesAtTheSameTime_CountsOnce()
    {
        string key = Scheduled(7, out _);
        _clock.Jump(TimeSpan.FromDays(8));
        Assert.True(Exists(key));
        using KmsEngine other = Open();
        other.ProcessDue();
        for (int i = 0; i < 5; i++)
        {
            _clock.Pass(TimeSpan.FromMinutes(10));
            _engine.ProcessDue();
            other.ProcessDue();
        }

        Assert.Equal(TimeSpan.FromMinutes(10), other.ClockTrust.Read().UptimeLeft);
        Assert.True(Exists(key));
        _clock.Pass(TimeSpan.FromMinutes(10));
        Assert.False(Exists(key));
    }

    [Fact]
    public void Confirm_SomethingWaits_DestroysItAndLeavesOneEvent()
    {
        string key = Scheduled(7, out _);
        _clock.Jump(TimeSpan.FromDays(8));
        Assert.True(Exists(key));

        _engine.ClockTrust.Confirm();

        Assert.False(Exists(key));
        Assert.Equal(["DeleteKey", "ClockUnexplained", "ConfirmClock"], ClockEvents());
        Assert.Equal("1", Events("ConfirmClock")[0].ResponseElements!["items"]);
        Assert.Equal(_start.AddDays(7), Events("DeleteKey")[0].EventTime);
        _engine.ClockTrust.Confirm();
        Assert.Equal("0", Events("ConfirmClock")[1].ResponseElements!["items"]);
    }

    [Fact]
    public void RequiredUptime_IsSet_IsKeptAndBounded()
    {
        _engine.ClockTrust.SetRequiredUptime(TimeSpan.FromMinutes(5));
        _engine.Dispose();
        _engine = Open();
        string key = Scheduled(7, out _);
        _clock.Jump(TimeSpan.FromDays(8));
        Assert.Equal(TimeSpan.FromMinutes(5), _engine.ClockTrust.Read().UptimeLeft);
        _clock.Pass(TimeSpan.FromMinutes(5));
        Assert.False(Exists(key));
        _engine.ClockTrust.SetRequiredUptime(TimeSpan.FromDays(30));
        Assert.Throws<ArgumentOutOfRangeException>(() => _engine.ClockTrust.SetRequiredUptime(TimeSpan.FromDays(30) + TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _engine.ClockTrust.SetRequiredUptime(TimeSpan.FromTicks(-1)));
        _engine.ClockTrust.SetRequiredUptime(TimeSpan.Zero);
        string other = Scheduled(7, out _);
        _clock.Jump(TimeSpan.FromDays(8));
        Assert.False(Exists(other));
    }

    [Fact]
    public void Expiry_ClockAheadForTwoSeconds_GivesTheMaterialBack()
    {
        byte[] material = RandomNumberGenerator.GetBytes(32);
        string key = Imported(material, days: 10);
        byte[] blob = Encrypt(key);

        _clock.Jump(TimeSpan.FromDays(11));
        Assert.Equal(KeyState.PendingImport, State(key));
        Assert.Single(Events("DeleteExpiredKeyMaterial"));
        Assert.Throws<KmsException>(() => Decrypt(blob));
        HeldDestruction waiting = Assert.Single(_engine.ClockTrust.Read().Waiting);
        Assert.Equal((Arn(key), 64, _start.AddDays(10)), (waiting.KeyArn, waiting.KeyMaterialId!.Length, waiting.DueDate));
        _clock.Jump(TimeSpan.FromDays(-11));

        Assert.Equal([1, 2, 3], Decrypt(blob));
        Assert.Equal(KeyState.Enabled, State(key));
        Assert.Equal(["ClockExplained", "RestoreExpiredKeyMaterial", "ClockUnexplained"], ClockEvents());
        _clock.Pass(TimeSpan.FromDays(10));
        Assert.Equal(KeyState.PendingImport, State(key));
        Assert.Empty(_engine.ClockTrust.Read().Waiting);
    }

    [Fact]
    public void Expiry_ClockConfirmed_ErasesTheBytes()
    {
        string key = Imported(RandomNumberGenerator.GetBytes(32), days: 10);
        byte[] wrapped = Wrapped(key);
        _clock.Jump(TimeSpan.FromDays(11));
        Assert.Equal(KeyState.PendingImport, State(key));
        Assert.True(IsInFiles(wrapped));

        _engine.ClockTrust.Confirm();

        Assert.False(IsInFiles(wrapped));
        _clock.Jump(TimeSpan.FromDays(-11));
        Assert.Equal(KeyState.PendingImport, State(key));
        Assert.Single(Events("DeleteExpiredKeyMaterial"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Expiry_ImportedAgainOrDeletedMeanwhile_DiscardsTheHeldBytes(bool again)
    {
        byte[] material = RandomNumberGenerator.GetBytes(32);
        string key = Imported(material, days: 10);
        byte[] wrapped = Wrapped(key);
        _clock.Jump(TimeSpan.FromDays(11));
        Assert.Equal(KeyState.PendingImport, State(key));
        if (again)
        {
            Import(key, material, null);
        }
        else
        {
            Call(new DeleteImportedKeyMaterialRequest { KeyId = key });
        }

        Assert.Empty(_engine.ClockTrust.Read().Waiting);
        Assert.False(IsInFiles(wrapped));
        _clock.Jump(TimeSpan.FromDays(-11));
        Assert.Equal(again ? KeyState.Enabled : KeyState.PendingImport, State(key));
        Assert.Null(Call(new DescribeKeyRequest { KeyId = key }).KeyMetadata.ValidTo);
    }

    [Fact]
    public void Rotation_WhileTimeIsUnexplained_HappensOncePerKeyAndCatchesUpWhenConfirmed()
    {
        string key = Rotating();
        _clock.Jump(TimeSpan.FromDays(90 * 10));
        for (int i = 0; i < 3; i++)
        {
            _engine.ProcessDue();
            _clock.Pass(TimeSpan.FromSeconds(30));
        }

        Assert.Equal([_start.AddDays(90)], Events("RotateKey").Select(static left => (DateTimeOffset)left.EventTime));

        _engine.ClockTrust.Confirm();

        Assert.Equal(
            Enumerable.Range(1, 10).Select(i => _start.AddDays(90 * i)),
            Events("RotateKey").Select(static left => (DateTimeOffset)left.EventTime));
        Assert.Equal(
            _start.AddDays(90 * 11).UtcDateTime, Call(new GetKeyRotationStatusRequest { KeyId = key }).NextRotationDate);
    }

    [Fact]
    public void Rotation_ClockReturns_StaysOne()
    {
        string key = Rotating();
        byte[] blob = Encrypt(key);
        _clock.Jump(TimeSpan.FromDays(365 * 50));
        _engine.ProcessDue();
        _clock.Jump(TimeSpan.FromDays(-365 * 50));
        _engine.ProcessDue();

        Assert.Single(Events("RotateKey"));
        Assert.Equal([1, 2, 3], Decrypt(blob));
        _clock.Pass(TimeSpan.FromDays(180));
        _engine.ProcessDue();
        Assert.Equal(2, Events("RotateKey").Length);
    }

    [Theory]
    [InlineData(249, 249, false)]
    [InlineData(250, 250, true)]
    [InlineData(251, 250, true)]
    [InlineData(4_000, 250, true)]
    public void Rotation_ManyAtOnce_AreAllMadeInTransactionsOfAtMost250(int rotations, int first, bool hasMore)
    {
        string key = Rotating();
        _engine.ClockTrust.SetRequiredUptime(TimeSpan.Zero);
        _clock.Jump(TimeSpan.FromDays(90) * rotations);
        using (IStateTransaction transaction = _engine.Store.BeginTransaction())
        {
            DueWork dueWork = new(_engine.Services.Software, new TimeGuard(_clock), _engine.Properties);
            Assert.Equal((first, hasMore), dueWork.Apply(transaction, _clock.GetUtcNow()));
            transaction.Commit();
        }

        Assert.Equal(rotations - first, _engine.ProcessDue());

        using IStateReader reader = _engine.Store.OpenReader();
        Key rotated = reader.FindKey("us-east-1", key)!;
        Assert.Equal(rotations + 1, rotated.Materials.Length);
        Assert.Equal(rotated.Materials[^1], rotated.CurrentMaterial);
        Assert.Single(rotated.Materials, static material => material.State == KeyMaterialState.CURRENT);
        Assert.Equal(_start + (TimeSpan.FromDays(90) * (rotations + 1)), rotated.Rotation!.NextRotationDate);
        Assert.Equal(rotations, Events("RotateKey").Length);
    }

    [Fact]
    public void Reads_WhileSomethingIsHeld_ChangeNothing()
    {
        _ = Scheduled(7, out _);
        string used = Call(new CreateKeyRequest()).KeyMetadata.KeyId;
        _clock.Jump(TimeSpan.FromDays(8));
        byte[] blob = Encrypt(used);
        long version = _engine.Store.ReadVersion();

        for (int i = 0; i < 9; i++)
        {
            _clock.Pass(TimeSpan.FromSeconds(1));
            Decrypt(blob);
        }

        Assert.Equal(version, _engine.Store.ReadVersion());
        _clock.Pass(TimeSpan.FromSeconds(1));
        Decrypt(blob);
        Assert.NotEqual(version, _engine.Store.ReadVersion());
    }

    [Fact]
    public void Policy_OfAHeldKey_CanBeChangedAndTheKeyStaysHeld()
    {
        string key = Scheduled(7, out _);
        _clock.Jump(TimeSpan.FromDays(8));

        string policy = Call(new GetKeyPolicyRequest { KeyId = key }).Policy;
        Call(new PutKeyPolicyRequest { KeyId = key, Policy = policy });

        Assert.Single(_engine.ClockTrust.Read().Waiting);
        Assert.Equal(0, _engine.ProcessDue());
    }

    private KmsEngine Open() => new(
        new StoreFactory().Open(TestStores.At(_folder)),
        static () => new Pkcs11HsmProvider(),
        static () => new BouncyCastleSignatures(),
        _clock);

    private T Call<T>(IKmsRequest<T> request)
        where T : class => _engine.Execute(request);

    private string Scheduled(int days, out byte[] blob)
    {
        string key = Call(new CreateKeyRequest()).KeyMetadata.KeyId;
        blob = Encrypt(key);
        Call(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = days });
        return key;
    }

    private string Rotating()
    {
        string key = Call(new CreateKeyRequest()).KeyMetadata.KeyId;
        Call(new EnableKeyRotationRequest { KeyId = key, RotationPeriodInDays = 90 });
        return key;
    }

    private string Imported(byte[] material, int days)
    {
        string key = Call(new CreateKeyRequest { Origin = "EXTERNAL" }).KeyMetadata.KeyId;
        Import(key, material, _start.AddDays(days));
        return key;
    }

    private void Import(string key, byte[] material, DateTimeOffset? validTo)
    {
        GetParametersForImportResponse parameters = Call(new GetParametersForImportRequest
        {
            KeyId = key,
            WrappingAlgorithm = "RSAES_OAEP_SHA_256",
            WrappingKeySpec = "RSA_2048",
        });
        Call(new ImportKeyMaterialRequest
        {
            KeyId = key,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = MaterialWrapping.Wrap(parameters.PublicKey.ToArray(), AlgorithmSpec.RSAES_OAEP_SHA_256, material),
            ValidTo = validTo,
            ExpirationModel = validTo is null ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES",
        });
    }

    private byte[] Encrypt(string key) => Call(new EncryptRequest { KeyId = key, Plaintext = new byte[] { 1, 2, 3 } }).CiphertextBlob.ToArray();

    private byte[] Decrypt(byte[] blob) => Call(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray();

    private KeyState State(string key) => Call(new DescribeKeyRequest { KeyId = key }).KeyMetadata.KeyState;

    private bool Exists(string key) => Record.Exception(() => State(key)) is null;

    private string Arn(string key) => $"arn:aws:kms:us-east-1:111122223333:key/{key}";

    private AuditEvent[] Events(string name) => [.. _engine.FindEvents(new EventQuery { EventName = name })];

    // In the order of their times: a deletion has the time at which it was due.
    private string[] ClockEvents() =>
    [
        .. _engine.FindEvents(new EventQuery()).Select(static left => left.EventName).Where(static name =>
            name is "ClockUnexplained" or "ClockExplained" or "ConfirmClock" or "ResumeWaitingPeriod" or "RestoreExpiredKeyMaterial" or "DeleteKey"),
    ];

    private byte[] Wrapped(string key)
    {
        using IStateReader reader = _engine.Store.OpenReader();
        return [.. reader.FindKey("us-east-1", key)!.Materials.Single().Wrapped];
    }

    private bool IsInFiles(byte[] bytes) => Directory.GetFiles(_folder, "state.db*").Any(file =>
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content.AsSpan().IndexOf(bytes) >= 0;
    });
}
