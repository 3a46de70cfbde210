using System.Diagnostics;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Microsoft.Data.Sqlite;

namespace KmsTools.Endpoint;

/// <summary>What /healthz reports when the store is taken away or its disk is full.</summary>
public sealed class HealthTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-health-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Health_StorePutBackFromACopyWhileServed_IsUnavailableAndNothingIsAcknowledged()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files where they are.");
        string store = Path.Combine(_folder, "store");
        (string id, string secret) = await EndpointProcess.NewStoreAsync(store);
        string kept;
        await using (EndpointProcess process = await EndpointProcess.StartAsync("--store", store, "--port", "0"))
        {
            using AmazonKeyManagementServiceClient client = process.Client(id, secret);
            kept = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
            Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(process));
            foreach (string name in new[] { "state.db", "state.db-wal", "state.db-shm" })
            {
                string file = Path.Combine(store, name);
                File.Copy(file, file + ".copy");
                File.Move(file + ".copy", file, overwrite: true);
            }

            KMSInternalException failure = await Assert.ThrowsAsync<KMSInternalException>(
                () => client.CreateKeyAsync(new CreateKeyRequest(), Cancellation));
            Assert.Equal(
                "503 {\"status\":\"unavailable\",\"reason\":\"The files of the store were removed, replaced or cut.\"}", await HealthAsync(process));

            // Where the store is, and what is wrong with it, is in the log only.
            Assert.Equal(
                "An internal error occurred. The log of the endpoint has the reason, beside the ID of this request.", failure.Message);
            process.Signal("TERM");
            (_, string log) = await process.EndAsync();
            Assert.Contains($"Request {failure.RequestId}: ", log, StringComparison.Ordinal);
            Assert.Contains(store, log, StringComparison.Ordinal);
        }

        await using EndpointProcess again = await EndpointProcess.StartAsync("--store", store, "--port", "0");
        using AmazonKeyManagementServiceClient anew = again.Client(id, secret);
        Assert.Equal(kept, Assert.Single((await anew.ListKeysAsync(new ListKeysRequest(), Cancellation)).Keys).KeyId);
        Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(again));
    }

    // In place: the file is still the same one, so that only its content shows it.
    [Fact]
    public async Task Health_RootKeyOrARecordIsChanged_IsUnavailableWithTheReasonAndCallsNameTheRecord()
    {
        string store = Path.Combine(_folder, "store");
        (string id, string secret) = await EndpointProcess.NewStoreAsync(store);
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", store, "--port", "0");
        using AmazonKeyManagementServiceClient client = process.Client(id, secret);
        string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        Flip(Path.Combine(store, "root.key"));
        Assert.Equal(
            "503 {\"status\":\"unavailable\",\"reason\":\"The root key is not that of the store.\"}", await HealthAsync(process));
        Flip(Path.Combine(store, "root.key"));
        Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(process));

        ChangeInSqlite(Path.Combine(store, "state.db"), "UPDATE keys SET description = 'another'");
        KMSInternalException failure = await Assert.ThrowsAsync<KMSInternalException>(
            () => client.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }, Cancellation));
        Assert.Equal(
            $"The record region=us-east-1, key_id={keyId} in table 'keys' of the store was changed outside of KmsTools, or is damaged. It is "
                + "not used. Verify the store, and restore its folder from a backup.",
            failure.Message);
        ChangeInSqlite(Path.Combine(store, "state.db"), "UPDATE store SET consistency_delay = 1");
        Assert.Contains("The record id=1 in table 'store'", await HealthAsync(process), StringComparison.Ordinal);
        process.Signal("TERM");
        (_, string log) = await process.EndAsync();
        Assert.DoesNotContain("   at KmsTools", log, StringComparison.Ordinal);

        static void Flip(string file)
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            int first = stream.ReadByte();
            stream.Position = 0;
            stream.WriteByte((byte)(first ^ 1));
        }
    }

    [Fact]
    public async Task Health_DiskFull_IsUnavailableUntilThereIsRoom()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can mount a small disk.");
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", _folder) == 0, "This system lets nobody mount a disk.");
        try
        {
            string store = Path.Combine(_folder, "store");
            await EndpointProcess.NewStoreAsync(store);
            await using EndpointProcess process = await EndpointProcess.StartAsync("--store", store, "--port", "0");
            string ballast = Path.Combine(_folder, "ballast");
            await Assert.ThrowsAsync<IOException>(() => File.WriteAllBytesAsync(ballast, new byte[8_000_000], Cancellation));
            Assert.Equal(
                "503 {\"status\":\"unavailable\",\"reason\":\"The disk of the store cannot be written.\"}", await HealthAsync(process));
            File.Delete(ballast);
            Assert.Equal("200 {\"status\":\"ok\"}", await HealthAsync(process));
        }
        finally
        {
            Run("umount", _folder);
        }
    }

    private static async Task<string> HealthAsync(EndpointProcess process)
    {
        using HttpClient http = new();
        using HttpResponseMessage response = await http.GetAsync(process.Url + "/healthz", Cancellation);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Cancellation)}";
    }

    private static void ChangeInSqlite(string file, string sql)
    {
        using SqliteConnection connection = new($"Data Source={file};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
