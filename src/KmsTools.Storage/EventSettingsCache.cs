using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>The settings of the log, read again at most once a second, so that they are followed without a read for each event.</summary>
internal sealed class EventSettingsCache(IOutbox outbox)
{
    private const int ValidMilliseconds = 1000;

    private Known? _known;

    public EventLogSettings Read()
    {
        long now = Environment.TickCount64;
        Known? known = Volatile.Read(ref _known);
        if (known is null || now - known.Since >= ValidMilliseconds)
        {
            known = new Known(outbox.ReadSettings(), now);
            Volatile.Write(ref _known, known);
        }

        return known.Settings;
    }

    private sealed record Known(EventLogSettings Settings, long Since);
}
