using System.Collections.Immutable;

namespace KmsTools.WebConsole.Keys;

/// <summary>
/// What a list shows of a key. Never changes: when the key, an alias or a grant of it has changed, another row takes its place, so that what
/// was found out about a row holds as long as the row is there.
/// </summary>
internal sealed class KeyRow
{
    /// <summary>The ID.</summary>
    public required string KeyId { get; init; }

    /// <summary>Its aliases, in ordinal order.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The description; empty for none.</summary>
    public string Description { get; init; } = "";

    /// <summary>The state.</summary>
    public KeyState State { get; init; }

    /// <summary>The key spec.</summary>
    public KeySpec Spec { get; init; }

    /// <summary>What the key is for.</summary>
    public KeyUsageType Usage { get; init; }

    /// <summary>Where its material comes from.</summary>
    public OriginType Origin { get; init; }

    /// <summary>Its custom key store, or null.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>Who manages it.</summary>
    public KeyManagerType Manager { get; init; }

    /// <summary>What becomes due first, and when (UTC); null for nothing.</summary>
    public (DueKind Kind, DateTime Date)? Due { get; init; }

    /// <summary>The row of a key.</summary>
    public static KeyRow Of(Key key, ImmutableArray<string> aliases) => new()
    {
        KeyId = key.KeyId,
        Aliases = aliases,
        Description = key.Description,
        State = key.State,
        Spec = key.KeySpec,
        Usage = key.KeyUsage,
        Origin = key.Origin,
        CustomKeyStoreId = key.CustomKeyStoreId,
        Manager = key.KeyManager,
        Due = DueChange.NextOf(key),
    };

    /// <summary>Whether the ID, an alias or the description contains a text, regardless of case.</summary>
    public bool Contains(string text)
    {
        if (KeyId.Contains(text, StringComparison.OrdinalIgnoreCase) || Description.Contains(text, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        foreach (string alias in Aliases)
        {
            if (alias.Contains(text, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
