namespace KmsTools;

/// <summary>How many requests a custom key store has had within this second, over all processes on the store.</summary>
/// <param name="CustomKeyStoreId">The custom key store.</param>
/// <param name="CustomKeyStoreName">Its name.</param>
/// <param name="Requests">The requests.</param>
/// <param name="Limit">How many it may have: the quota CustomKeyStoreRequests less what its cluster serves for others.</param>
public sealed record CustomKeyStoreRate(string CustomKeyStoreId, string CustomKeyStoreName, long Requests, long Limit)
{
    /// <summary>In words.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"Custom key store {CustomKeyStoreId} ('{CustomKeyStoreName}'): {Requests} of {Limit} requests within this second.");
}
