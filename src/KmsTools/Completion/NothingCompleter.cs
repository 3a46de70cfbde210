using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes nothing, where the value is one of the user's choice: PowerShell would offer files.</summary>
public sealed class NothingCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) => [];
}
