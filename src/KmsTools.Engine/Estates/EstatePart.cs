namespace KmsTools.Estates;

/// <summary>
/// A part of an estate that a store knows by an ID or a name: a cluster, the address of a host, a key store, a key, an alarm, a user.
/// </summary>
public abstract record EstatePart
{
    private protected EstatePart()
    {
    }

    /// <summary>Where it begins in the text.</summary>
    public SourcePosition Position { get; init; }
}
