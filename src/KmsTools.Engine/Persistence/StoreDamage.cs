namespace KmsTools.Persistence;

/// <summary>Something of the state of a store that is not what was written.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">
/// Which row: the columns of its primary key with their values, such as <c>region=us-east-1, key_id=1234abcd-...</c>.
/// </param>
public sealed record StoreDamage(string Table, string Key)
{
    /// <summary>Whether the row is gone, so that only a call that needs it notices. False for one that was changed.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The key (ARN) that lacks the row, if it is one of a key; otherwise null.</summary>
    public string? KeyArn { get; init; }
}
