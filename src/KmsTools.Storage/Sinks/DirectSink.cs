using KmsTools.Persistence;

namespace KmsTools.Storage.Sinks;

/// <summary>A sink that has the events when <see cref="Write"/> returns, unless they are not required there.</summary>
internal sealed class DirectSink : EventSink
{
    private readonly EventSinkOptions _options;
    private readonly IEventChannel _channel;
    private readonly SinkState _state;
    private readonly Lock _writing = new();

    /// <summary>Opens the channel.</summary>
    /// <exception cref="StateStoreException">It is required, and cannot be opened.</exception>
    public DirectSink(EventSinkOptions options, IEventChannel channel)
    {
        (_options, _channel, _state) = (options, channel, new SinkState(options));
        try
        {
            channel.Open();
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            Fail(exception, missed: 0);
        }
    }

    public override void Write(params ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        lock (_writing)
        {
            try
            {
                _channel.Send(events);
                _state.Worked();
            }
            catch (Exception exception) when (IsFailure(exception))
            {
                Fail(exception, events.Length);
            }
        }
    }

    public override void Dispose()
    {
        lock (_writing)
        {
            _channel.Finish();
        }
    }

    private void Fail(Exception exception, int missed)
    {
        _channel.Close();
        if (_options.IsRequired)
        {
            throw new StateStoreException(
                $"The event cannot be written to '{_options.Place}', where it is required: {SinkState.Sentence(exception.Message)} "
                    + "Calls are refused until it can.",
                exception);
        }

        _state.Failed(exception.Message, missed);
    }
}
