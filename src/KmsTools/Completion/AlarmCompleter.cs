using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>Completes the names of alarms.</summary>
public sealed class AlarmCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return [.. state.ListAlarms().Select(static alarm => new Completion(alarm.Name, $"{alarm.Event}: {alarm.State}"))];
    }
}
