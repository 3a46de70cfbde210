using System.Collections;

namespace KmsTools.Completion;

/// <summary>Completes what a key is for: what the key spec on the same command line can be for.</summary>
public sealed class KeyUsageCompleter : LiveCompleter
{
    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound) =>
        Enum.TryParse($"{bound["KeySpec"] ?? bound["CustomerMasterKeySpec"]}", ignoreCase: true, out KeySpec spec) && Enum.IsDefined(spec)
            ? KeyMetadata.UsagesOf(spec).Select(usage => new Completion($"{usage}", $"What a key of the spec {spec} can be for"))
            : Enum.GetNames<KeyUsageType>().Select(static name => new Completion(name, name));
}
