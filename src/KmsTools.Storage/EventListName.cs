namespace KmsTools.Storage;

/// <summary>What the events of a list have in common. The kinds are in the order of their names, which is that of the table.</summary>
internal enum EventListKind
{
    /// <summary>Nothing: all events.</summary>
    All,

    /// <summary>The key that they are about.</summary>
    Key,

    /// <summary>Their name.</summary>
    Name,
}

/// <summary>A list of the index.</summary>
/// <param name="Kind">What its events have in common.</param>
/// <param name="Term">The key ID, the name in upper case, or an empty text.</param>
internal readonly record struct EventListName(EventListKind Kind, string Term)
{
    /// <summary>All events.</summary>
    public static readonly EventListName All = new(EventListKind.All, "");

    /// <summary>The events with a name, whatever its case.</summary>
    public static EventListName OfName(string name) => new(EventListKind.Name, name.ToUpperInvariant());

    /// <summary>The events about a key.</summary>
    public static EventListName OfKey(string keyId) => new(EventListKind.Key, keyId);
}
