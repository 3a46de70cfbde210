using KmsTools.Persistence;

namespace KmsTools.Storage.Sinks;

/// <summary>Says once that events cannot be written, and once that they can again. Its owner guards it.</summary>
internal sealed class SinkState(EventSinkOptions options)
{
    private bool _isFailing;
    private long _missed;

    /// <summary>A reason of the system, which may lack its full stop, as a sentence.</summary>
    public static string Sentence(string reason) => reason.EndsWith('.') ? reason : reason + ".";

    /// <summary>Notes that events could not be written.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="missed">How many are missing there for good.</param>
    public void Failed(string reason, long missed)
    {
        if (!_isFailing)
        {
            _isFailing = true;
            options.Warn($"Warning: events cannot be written to '{options.Place}': {Sentence(reason)} The event log has them.");
        }

        _missed += missed;
    }

    /// <summary>Notes that events were written.</summary>
    public void Worked()
    {
        if (_isFailing)
        {
            options.Warn($"Events are written to '{options.Place}' again. {_missed} are missing in it; the event log has them.");
            _isFailing = false;
            _missed = 0;
        }
    }
}
