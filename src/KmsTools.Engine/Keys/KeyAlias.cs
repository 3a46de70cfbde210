namespace KmsTools;

/// <summary>An alias of a KMS key, as immutable data.</summary>
/// <param name="Region">The Region of alias and key.</param>
/// <param name="AliasName">Begins with <c>alias/</c>.</param>
/// <param name="TargetKeyId">The ID of the key.</param>
/// <param name="CreationDate">When the alias was created (UTC).</param>
/// <param name="LastUpdatedDate">When it was last associated with a key (UTC).</param>
public sealed record KeyAlias(
    string Region, string AliasName, string TargetKeyId, DateTimeOffset CreationDate, DateTimeOffset LastUpdatedDate);
