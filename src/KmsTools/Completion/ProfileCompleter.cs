using System.Collections;
using KmsTools.Sessions;

namespace KmsTools.Completion;

/// <summary>Completes the names of the profiles of the shared credentials file.</summary>
public sealed class ProfileCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        SharedProfiles.Read(bound["ProfileLocation"] as string).Names.Select(static name => new Completion(name, $"The profile {name}"));
}
