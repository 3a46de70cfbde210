using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the names of an enumeration of the API. They are suggestions: the service validates the value.</summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
public sealed class EnumCompleter<TEnum> : LiveCompleter
    where TEnum : struct, Enum
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        Enum.GetNames<TEnum>().Select(static name => new Completion(name, name));
}
