namespace KmsTools;

/// <summary>A quota of a store.</summary>
/// <param name="Name">The name; see <see cref="QuotaName"/>.</param>
/// <param name="Value">The value in force.</param>
/// <param name="DefaultValue">The value that AWS gives to an account.</param>
/// <param name="Unit">Count, Bytes, or Requests per second.</param>
/// <param name="Scope">What it is counted over: a Region, a key or a custom key store.</param>
/// <param name="IsEnforced">Whether it is currently enforced on calls: request quotas only where they are enabled.</param>
public sealed record Quota(string Name, long Value, long DefaultValue, string Unit, string Scope, bool IsEnforced);
