using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Microsoft.Data.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>A store that another process has locked for a long time.</summary>
public sealed class LockedStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-locked-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Encrypt_WhileMoreChangesWaitThanThereAreThreads_IsAnswered()
    {
        string store = Path.Combine(_folder, "store");
        (string id, string secret) = await EndpointProcess.NewStoreAsync(store);
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", store, "--port", "0");
        using AmazonKeyManagementServiceClient client = process.Client(id, secret);
        string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        Task<CreateKeyResponse>[] changes;
        await using (SqliteConnection other = new($"Data Source={Path.Combine(store, "state.db")};Pooling=False"))
        {
            await other.OpenAsync(Cancellation);
            await using SqliteTransaction transaction = other.BeginTransaction(deferred: false);
            int count = 8 + (4 * Environment.ProcessorCount);
            changes = [.. Enumerable.Range(0, count).Select(_ => client.CreateKeyAsync(new CreateKeyRequest(), Cancellation))];
            await Task.Delay(500, Cancellation);
            for (int i = 0; i < 20; i++)
            {
                await client.EncryptAsync(
                    new EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream([1, 2, 3]) }, Cancellation);
            }

            Assert.DoesNotContain(changes, static change => change.IsCompleted);
        }

        await Task.WhenAll(changes);
    }
}
