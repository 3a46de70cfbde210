namespace KmsTools.Storage.Sinks;

/// <summary>A way to a second place for events. Used by one thread at a time.</summary>
internal interface IEventChannel : IDisposable
{
    /// <summary>Opens it, if it is not open.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be opened.</exception>
    /// <exception cref="NotSupportedException">There is no such way on this system.</exception>
    void Open();

    /// <summary>Opens it, if it is not open, and sends events.</summary>
    /// <param name="events">Each as JSON in UTF-8, on one line.</param>
    /// <exception cref="IOException">They cannot be sent.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be opened.</exception>
    /// <exception cref="NotSupportedException">There is no such way on this system.</exception>
    void Send(params ReadOnlySpan<ReadOnlyMemory<byte>> events);

    /// <summary>Closes it; the next events open it again. Other threads may do so too, and a call that sends then fails.</summary>
    void Close();

    /// <summary>Closes the channel for good, after all that was sent has arrived, if that is a matter of a second.</summary>
    void Finish();

    void IDisposable.Dispose() => Close();
}
