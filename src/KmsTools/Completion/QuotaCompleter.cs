using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes the names of quotas.</summary>
public sealed class QuotaCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        Engine is { } engine ? engine.Quotas.List().Select(static quota => new Completion(quota.Name, $"{quota.Value} {quota.Unit}")) : [];
}
