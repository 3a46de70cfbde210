using System.Collections;
using KmsTools.Persistence;

namespace KmsTools.Completion;

/// <summary>
/// Completes the algorithms of the key on the same command line; all algorithms of the API if there is no key, or it supports none of them.
/// </summary>
/// <typeparam name="TEnum">The enumeration.</typeparam>
public sealed class AlgorithmCompleter<TEnum> : LiveCompleter
    where TEnum : struct, Enum
{
    // SigningAlgorithmSpec is the enumeration of -SigningAlgorithm.
    private static readonly string ParameterName = typeof(TEnum).Name.Replace("Spec", "", StringComparison.Ordinal);

    internal override IEnumerable<Completion> Find(string command, string parameter, IDictionary bound)
    {
        // The key of -SourceEncryptionAlgorithm is -SourceKeyId.
        string keyParameter = parameter.Replace(ParameterName, "KeyId", StringComparison.OrdinalIgnoreCase);
        return FindAlgorithms(bound, keyParameter) is { Length: > 0 } own
            ? own.Select(name => new Completion(name, $"An algorithm of {bound[keyParameter]}"))
            : Enum.GetNames<TEnum>().Select(static name => new Completion(name, name));
    }

    private static string[] FindAlgorithms(IDictionary bound, string keyParameter)
    {
        if (Engine is not { } engine)
        {
            return [];
        }

        using IStateReader state = engine.OpenReader();
        return FindKey(state, RegionOf(engine, bound), bound[keyParameter]) is { } key ? Names(KeyMetadata.Of(key)) : [];
    }

    private static string[] Names(KeyMetadata key) =>
        typeof(TEnum) == typeof(SigningAlgorithmSpec) ? Names(key.SigningAlgorithms)
        : typeof(TEnum) == typeof(MacAlgorithmSpec) ? Names(key.MacAlgorithms)
        : typeof(TEnum) == typeof(KeyAgreementAlgorithmSpec) ? Names(key.KeyAgreementAlgorithms)
        : Names(key.EncryptionAlgorithms);

    private static string[] Names<T>(IReadOnlyList<T>? algorithms)
        where T : struct, Enum => [.. (algorithms ?? []).Select(static algorithm => algorithm.ToString())];
}
