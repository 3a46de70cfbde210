using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>The settings of the log, read again at most once a second, so that they are followed without a read for each event.</summary>
/// <param name="read">Reads them.</param>
internal sealed class EventSettingsCache(Func<EventLogSettings> read)
{
    private const int ValidMilliseconds = 1000;

    private State? _state;

    /// <summary>The settings as they were read last; those of a new store before.</summary>
    public EventLogSettings Known => Volatile.Read(ref _state)?.Settings ?? new EventLogSettings();

    /// <summary>The settings as they were at most a second ago.</summary>
    public EventLogSettings Read()
    {
        long now = Environment.TickCount64;
        State? state = Volatile.Read(ref _state);
        if (state is null || now - state.Since >= ValidMilliseconds)
        {
            state = new State(read(), now);
            Volatile.Write(ref _state, state);
        }

        return state.Settings;
    }

    /// <summary>Reads the settings again, because this process has changed them.</summary>
    public void Changed()
    {
        Volatile.Write(ref _state, null);
        Read();
    }

    private sealed record State(EventLogSettings Settings, long Since);
}
