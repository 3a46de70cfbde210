namespace KmsTools;

/// <summary>How many requests a custom key store has had within this second, across all processes that use the store.</summary>
/// <param name="CustomKeyStoreId">The custom key store.</param>
/// <param name="CustomKeyStoreName">Its name.</param>
/// <param name="Requests">The requests.</param>
/// <param name="Limit">The limit: the quota CustomKeyStoreRequests minus what its cluster serves for others.</param>
public sealed record CustomKeyStoreRate(string CustomKeyStoreId, string CustomKeyStoreName, long Requests, long Limit)
{
    /// <summary>Describes the rate in words.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Custom key store {CustomKeyStoreId} ('{CustomKeyStoreName}'): {Requests} of {Limit} requests within this second.");
}
