using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using Xunit.Sdk;

namespace KmsTools.Endpoint.Sharing;

/// <summary>An endpoint, as a process of its own, that a client of the AWS SDK calls without trying again.</summary>
internal sealed class EndpointNode : SharedNode
{
    private const int MaxStarts = 5;

    private readonly Func<Task<EndpointProcess>> _start;
    private readonly (string Id, string Secret) _accessKey;
    private volatile AmazonKeyManagementServiceClient _client = null!;
    private EndpointProcess _process = null!;

    private EndpointNode(string name, Func<Task<EndpointProcess>> start, (string Id, string Secret) accessKey)
    {
        Name = name;
        _start = start;
        _accessKey = accessKey;
    }

    public override string Name { get; }

    public string Url => _process.Url;

    public static async Task<EndpointNode> StartAsync(string name, Func<Task<EndpointProcess>> start, (string Id, string Secret) accessKey)
    {
        EndpointNode node = new(name, start, accessKey);
        await node.BeginAsync();
        return node;
    }

    /// <summary>Kills the process and starts it again; calls fail in between.</summary>
    public async Task KillAsync()
    {
        _process.Signal("KILL");
        await _process.DisposeAsync();
        await BeginAsync();
    }

    /// <summary>The status of /healthz, and what it says.</summary>
    public async Task<(int Status, string Text)> HealthAsync()
    {
        using HttpClient client = new() { Timeout = TimeSpan.FromSeconds(20) };
        using HttpResponseMessage response = await client.GetAsync(new Uri(Url + "/healthz"));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public override Task<SharedAnswer> CreateKeyAsync() =>
        CallAsync(client => client.CreateKeyAsync(new CreateKeyRequest()), static response => response.KeyMetadata.KeyId);

    public override Task<SharedAnswer> DescribeAsync(string keyId) => CallAsync(
        client => client.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyId }), static response => response.KeyMetadata.Description);

    public override Task<SharedAnswer> UpdateDescriptionAsync(string keyId, string description) => CallAsync(
        client => client.UpdateKeyDescriptionAsync(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = description }), Nothing);

    public override Task<SharedAnswer> EncryptAsync(string keyId) => CallAsync(
        client => client.EncryptAsync(new EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream([1, 2, 3]) }),
        static response => IdOf(response.KeyId));

    public override Task<SharedAnswer> SetEnabledAsync(string keyId, bool isEnabled) => isEnabled
        ? CallAsync(client => client.EnableKeyAsync(new EnableKeyRequest { KeyId = keyId }), Nothing)
        : CallAsync(client => client.DisableKeyAsync(new DisableKeyRequest { KeyId = keyId }), Nothing);

    public override Task<SharedAnswer> CreateAliasAsync(string alias, string keyId) =>
        CallAsync(client => client.CreateAliasAsync(new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId }), Nothing);

    public override Task<SharedAnswer> UpdateAliasAsync(string alias, string keyId) =>
        CallAsync(client => client.UpdateAliasAsync(new UpdateAliasRequest { AliasName = alias, TargetKeyId = keyId }), Nothing);

    public override Task<SharedAnswer> ScheduleDeletionAsync(string keyId) => CallAsync(
        client => client.ScheduleKeyDeletionAsync(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 }), Nothing);

    public override async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    private static string? Nothing(AmazonWebServiceResponse response) => null;

    // As whatever keeps services up does: one that finds the database too busy to answer is started again.
    private async Task BeginAsync()
    {
        for (int starts = 1; ; starts++)
        {
            try
            {
                _process = await _start();
                break;
            }
            catch (XunitException exception)
                when (starts < MaxStarts && exception.Message.Contains("does not answer", StringComparison.Ordinal))
            {
            }
        }

        _client = _process.Client(_accessKey.Id, _accessKey.Secret);
    }

    private async Task<SharedAnswer> CallAsync<T>(Func<AmazonKeyManagementServiceClient, Task<T>> call, Func<T, string?> value)
        where T : AmazonWebServiceResponse
    {
        try
        {
            T response = await call(_client);
            return new SharedAnswer(value(response), RequestId: response.ResponseMetadata.RequestId);
        }
        catch (AmazonKeyManagementServiceException exception) when (!string.IsNullOrEmpty(exception.ErrorCode))
        {
            return new SharedAnswer(null, exception.ErrorCode, exception.Message, exception.RequestId);
        }
        catch (Exception exception) when (exception is AmazonClientException or HttpRequestException or IOException or OperationCanceledException
            or ObjectDisposedException)
        {
            return new SharedAnswer(null, SharedAnswer.Unreachable, exception.Message);
        }
    }
}
