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
}
