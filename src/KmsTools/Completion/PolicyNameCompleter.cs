using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the name of the only policy of a key.</summary>
public sealed class PolicyNameCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        [new Completion("default", "The key policy")];
}
