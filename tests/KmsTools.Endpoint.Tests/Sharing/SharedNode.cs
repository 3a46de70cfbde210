namespace KmsTools.Endpoint.Sharing;

/// <summary>What a call of a campaign was answered.</summary>
/// <param name="Value">What it has read; null for what reads nothing, and for an error.</param>
/// <param name="Error">The error code; null for none. <see cref="Unreachable"/> if no answer came.</param>
/// <param name="Message">The message of the error.</param>
/// <param name="RequestId">The ID of the request, which its event has; null if the client does not say it.</param>
internal sealed record SharedAnswer(string? Value, string? Error = null, string? Message = null, string? RequestId = null)
{
    /// <summary>In place of an error code: the connection ended.</summary>
    public const string Unreachable = "Unreachable";
}

/// <summary>A way to a store that several processes share.</summary>
internal abstract class SharedNode : IAsyncDisposable
{
    /// <summary>Which one it is, in messages.</summary>
    public abstract string Name { get; }

    /// <summary>How many calls at a time it is made for.</summary>
    public virtual int Concurrency => 2;

    public abstract Task<SharedAnswer> CreateKeyAsync();

    /// <summary>Reads the description of a key.</summary>
    public abstract Task<SharedAnswer> DescribeAsync(string keyId);

    public abstract Task<SharedAnswer> UpdateDescriptionAsync(string keyId, string description);

    /// <summary>Encrypts under a key or an alias; the value is the ID of the key that was used.</summary>
    public abstract Task<SharedAnswer> EncryptAsync(string keyId);

    public abstract Task<SharedAnswer> SetEnabledAsync(string keyId, bool isEnabled);

    public abstract Task<SharedAnswer> CreateAliasAsync(string alias, string keyId);

    public abstract Task<SharedAnswer> UpdateAliasAsync(string alias, string keyId);

    public abstract Task<SharedAnswer> ScheduleDeletionAsync(string keyId);

    public abstract ValueTask DisposeAsync();

    /// <summary>The ID of a key, of its ARN.</summary>
    protected static string IdOf(string arn) => arn[(arn.LastIndexOf('/') + 1)..];
}
