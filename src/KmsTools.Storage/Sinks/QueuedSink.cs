using KmsTools.Persistence;

namespace KmsTools.Storage.Sinks;

/// <summary>
/// A sink to which a thread sends events, so that no call waits for it. Events wait while it is down, up to a limit; those beyond it are
/// missing there.
/// </summary>
internal sealed class QueuedSink : EventSink
{
    // About an hour of a store with a call a second, and a minute of a busy one; and what a process can spare.
    private const int MaxEvents = 4096;
    private const int MaxBytes = 16 * 1024 * 1024;

    // A little longer than the channel refuses to try again.
    private const int RetryMilliseconds = SyslogChannel.RetryMilliseconds + 100;

    // How long the end of the process waits for events that were not sent yet.
    private const int MaxFlushMilliseconds = 3000;

    private readonly IEventChannel _channel;
    private readonly EventSinkOptions _options;
    private readonly SinkState _state;
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private readonly Thread _sender;

    // Guards the state, what waits, and whether it ends.
    private readonly object _gate = new();
    private int _bytes;
    private bool _isEnding;
    private long _end;

    /// <summary>Begins to send; the channel is opened by the thread.</summary>
    public QueuedSink(EventSinkOptions options, IEventChannel channel)
    {
        (_options, _channel, _state) = (options, channel, new SinkState(options));
        _sender = new Thread(Run) { IsBackground = true, Name = "Event sink" };
        _sender.Start();
    }

    public override void Write(params ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        lock (_gate)
        {
            foreach (ReadOnlyMemory<byte> json in events)
            {
                if (_waiting.Count == MaxEvents || _bytes + json.Length > MaxBytes)
                {
                    _state.Failed("more events come than it takes", missed: 1);
                }
                else
                {
                    _waiting.Enqueue(json);
                    _bytes += json.Length;
                }
            }

            Monitor.Pulse(_gate);
        }
    }

    public override void Dispose()
    {
        lock (_gate)
        {
            _isEnding = true;
            _end = Environment.TickCount64 + MaxFlushMilliseconds;
            Monitor.PulseAll(_gate);
        }

        // A thread that still sends then fails, and ends.
        if (_sender.Join(MaxFlushMilliseconds))
        {
            _channel.Finish();
        }
        else
        {
            _channel.Close();
            _sender.Join();
        }

        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                _options.Warn($"{_waiting.Count} events were not written to '{_options.Place}' at the end; the event log has them.");
                _waiting.Clear();
            }
        }
    }

    private void Run()
    {
        TrySend(_channel.Open);
        while (TryNext(out ReadOnlyMemory<byte> json))
        {
            ReadOnlyMemory<byte> next = json;
            if (TrySend(() => _channel.Send(next)))
            {
                Sent(json.Length);
            }
            else if (!TryPause())
            {
                return;
            }
        }
    }

    // It stays in the queue until it is sent. False at the end.
    private bool TryNext(out ReadOnlyMemory<byte> json)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_isEnding)
            {
                Monitor.Wait(_gate);
            }

            return _waiting.TryPeek(out json) && !(_isEnding && Environment.TickCount64 >= _end);
        }
    }

    private bool TrySend(Action send)
    {
        try
        {
            send();
            return true;
        }
        catch (Exception exception) when (IsFailure(exception))
        {
            _channel.Close();
            lock (_gate)
            {
                _state.Failed(exception.Message, missed: 0);
            }

            return false;
        }
    }

    private void Sent(int length)
    {
        lock (_gate)
        {
            _waiting.Dequeue();
            _bytes -= length;
            if (_waiting.Count == 0)
            {
                _state.Worked();
            }
        }
    }

    // False when nothing can be sent any more.
    private bool TryPause()
    {
        long until = Environment.TickCount64 + RetryMilliseconds;
        lock (_gate)
        {
            while (!_isEnding && until - Environment.TickCount64 is > 0 and var left)
            {
                Monitor.Wait(_gate, (int)left);
            }

            return !_isEnding;
        }
    }
}
