namespace KmsTools.Persistence;

/// <summary>Something of the state of a store that is not what was written.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">
/// Which row: the columns of its primary key with their values, such as <c>region=us-east-1, key_id=1234abcd-...</c>.
/// </param>
public sealed record StoreDamage(string Table, string Key);
