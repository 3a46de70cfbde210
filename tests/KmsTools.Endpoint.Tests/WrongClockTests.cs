using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>The program on a machine whose clock is wrong for a moment, and killed meanwhile.</summary>
public sealed class WrongClockTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kmstools-wrong-clock-{Guid.NewGuid():N}");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Store => Path.Combine(_folder, "store");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(31, false)]
    [InlineData(31, true)]
    [InlineData(365 * 50, false)]
    [InlineData(365 * 7964, false)]
    public async Task Clock_AheadForAMoment_DestroysNothingAndRotatesOnce(int days, bool isKilled)
    {
        ShiftedClock clock = new(_folder);
        (string id, string secret) = await EndpointProcess.NewStoreAsync(Store);
        EndpointProcess process = await EndpointProcess.StartAsync(["--store", Store], clock.Environment);
        try
        {
            AmazonKeyManagementServiceClient kms = process.Client(id, secret);
            string key = (await kms.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
            string rotating = (await kms.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
            await kms.EnableKeyRotationAsync(new EnableKeyRotationRequest { KeyId = rotating, RotationPeriodInDays = 90 }, Cancellation);
            MemoryStream blob = (await kms.EncryptAsync(
                new EncryptRequest { KeyId = key, Plaintext = new MemoryStream([1, 2, 3]) }, Cancellation)).CiphertextBlob;
            await kms.ScheduleKeyDeletionAsync(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 30 }, Cancellation);

            clock.Shift(TimeSpan.FromDays(days));
            await WaitForAsync("ClockUnexplained");
            if (isKilled)
            {
                process.Signal("KILL");
                await process.DisposeAsync();
                process = await EndpointProcess.StartAsync(["--store", Store], clock.Environment);
                kms = process.Client(id, secret);
            }

            clock.Shift(TimeSpan.Zero);
            await WaitForAsync("ResumeWaitingPeriod");

            await kms.CancelKeyDeletionAsync(new CancelKeyDeletionRequest { KeyId = key }, Cancellation);
            await kms.EnableKeyAsync(new EnableKeyRequest { KeyId = key }, Cancellation);
            DecryptResponse decrypted = await kms.DecryptAsync(new DecryptRequest { CiphertextBlob = blob }, Cancellation);
            Assert.Equal([1, 2, 3], decrypted.Plaintext.ToArray());
            Assert.Equal(days < 90 ? 0 : 1, Count("RotateKey"));
            Assert.Equal(0, Count("DeleteKey"));
        }
        finally
        {
            await process.DisposeAsync();
        }
    }

    private async Task WaitForAsync(string eventName)
    {
        while (Count(eventName) == 0)
        {
            await Task.Delay(100, Cancellation);
        }
    }

    private int Count(string eventName)
    {
        using IStateStore store = new SqliteStateStoreFactory().Open(new StateStoreOptions { Folder = Store });
        return store.Events.Query(new EventQuery { EventName = eventName }).Count();
    }
}
