namespace KmsTools.Persistence;

/// <summary>A store that cannot be opened or is too busy.</summary>
public sealed class StateStoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do about it.</param>
    /// <param name="innerException">The cause, or null.</param>
    public StateStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>The changes that the store has lost, if that is what is wrong; otherwise null.</summary>
    public LostChanges? LostChanges { get; init; }
}
