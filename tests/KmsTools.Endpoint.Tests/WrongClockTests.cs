using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.Persistence;
using KmsTools.Storage;

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

            // The server renews the Date of its answers each second, and the SDK would take a wrong one for its own clock.
            await Task.Delay(1500, Cancellation);

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

    [Fact]
    public async Task ConfirmClock_KeyWaits_IsListedAndDestroyedOnlyWithYes()
    {
        ShiftedClock clock = new(_folder);
        (string id, string secret) = await EndpointProcess.NewStoreAsync(Store);
        string key;
        await using (EndpointProcess process = await EndpointProcess.StartAsync("--store", Store))
        {
            AmazonKeyManagementServiceClient kms = process.Client(id, secret);
            key = (await kms.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.Arn;
            await kms.ScheduleKeyDeletionAsync(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 7 }, Cancellation);
        }

        clock.Shift(TimeSpan.FromDays(8));
        (int, string, string) listed = await EndpointProcess.RunAsync(["confirm-clock", "--store", Store], clock.Environment);
        Assert.Equal((0, $"Waits: {key}\n", ""), WithoutTime(listed));
        Assert.Equal(0, Count("DeleteKey"));

        (int, string, string) confirmed = await EndpointProcess.RunAsync(["confirm-clock", "--store", Store, "--yes"], clock.Environment);
        Assert.Equal((0, $"Destroyed: {key}\n", ""), WithoutTime(confirmed));
        Assert.Equal((1, 1), (Count("DeleteKey"), Count("ConfirmClock")));
    }

    private static (int, string, string) WithoutTime((int ExitCode, string Output, string Errors) run)
    {
        string[] lines = run.Output.Split('\n', 2);
        Assert.Matches("^The clock is at [0-9-]{10}T[0-9:]{8}Z[.]$", lines[0]);
        return (run.ExitCode, lines[1], run.Errors);
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
        using IStateStore store = new StoreFactory().Open(TestStores.At(Store));
        return store.Events.Query(new EventQuery { EventName = eventName }).Count();
    }
}
