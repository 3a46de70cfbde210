namespace KmsTools.WebConsole.Keys;

/// <summary>The columns by which a list of keys can be sorted.</summary>
internal enum KeyColumn
{
    /// <summary>The key ID.</summary>
    Id,

    /// <summary>The first alias.</summary>
    Alias,

    /// <summary>The state.</summary>
    State,

    /// <summary>The key spec.</summary>
    Spec,

    /// <summary>The key usage.</summary>
    Usage,

    /// <summary>The origin.</summary>
    Origin,

    /// <summary>What becomes due next.</summary>
    Due,
}

/// <summary>
/// The order of a list: by a column, and by key ID where that is the same. Keys without a value in the column come last in both directions.
/// </summary>
internal readonly record struct KeyOrder(KeyColumn Column, bool IsDescending) : IComparer<KeyRow>
{
    private static readonly int[] s_states = Ranks<KeyState>();
    private static readonly int[] s_specs = Ranks<KeySpec>();
    private static readonly int[] s_usages = Ranks<KeyUsageType>();
    private static readonly int[] s_origins = Ranks<OriginType>();

    /// <inheritdoc/>
    public int Compare(KeyRow? x, KeyRow? y)
    {
        int byColumn = Column switch
        {
            KeyColumn.Id => 0,
            KeyColumn.Alias => Compare(x!.Aliases is [var left, ..] ? left : null, y!.Aliases is [var right, ..] ? right : null),
            KeyColumn.State => Turn(s_states[(int)x!.State] - s_states[(int)y!.State]),
            KeyColumn.Spec => Turn(s_specs[(int)x!.Spec] - s_specs[(int)y!.Spec]),
            KeyColumn.Usage => Turn(s_usages[(int)x!.Usage] - s_usages[(int)y!.Usage]),
            KeyColumn.Origin => Turn(s_origins[(int)x!.Origin] - s_origins[(int)y!.Origin]),
            _ => Compare(x!.Due?.Date, y!.Due?.Date),
        };
        return byColumn != 0 ? byColumn : Turn(string.CompareOrdinal(x!.KeyId, y!.KeyId), Column == KeyColumn.Id);
    }

    private int Compare(string? left, string? right) =>
        left is null || right is null ? (left is null).CompareTo(right is null) : Turn(string.CompareOrdinal(left, right));

    private int Compare(DateTime? left, DateTime? right) =>
        left is null || right is null ? (left is null).CompareTo(right is null) : Turn(left.Value.CompareTo(right.Value));

    private int Turn(int order, bool mayTurn = true) => IsDescending && mayTurn ? -Math.Sign(order) : order;

    // Users read names: their order is that of the alphabet, not of the enumeration.
    private static int[] Ranks<T>()
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        string[] sorted = [.. names.Order(StringComparer.Ordinal)];
        return [.. names.Select(name => Array.IndexOf(sorted, name))];
    }
}
