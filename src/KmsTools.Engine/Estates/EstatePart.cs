namespace KmsTools.Estates;

/// <summary>A part of an estate that a store knows by an ID or a name: a cluster, a custom key store, a key or replica, an alarm.</summary>
public abstract record EstatePart
{
    private protected EstatePart()
    {
    }

    /// <summary>Where it begins in the text.</summary>
    public SourcePosition Position { get; init; }
}
