using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>Converts hashtables to string maps, such as the encryption context.</summary>
internal static class StringPairs
{
    /// <summary>The map, which is case-sensitive, as in AWS KMS.</summary>
    /// <param name="table">The hashtable, or null.</param>
    /// <param name="parameter">The name of the parameter, for error messages.</param>
    /// <exception cref="ArgumentException">A key or a value is not text.</exception>
    public static IReadOnlyDictionary<string, string>? From(Hashtable? table, string parameter)
    {
        if (table is null)
        {
            return null;
        }

        Dictionary<string, string> pairs = new(table.Count, StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table)
        {
            string key = Text(entry.Key)
                ?? throw new ArgumentException(
                    $"The key '{entry.Key}' of -{parameter} is not a string but {Name(entry.Key)}. Put it in quotes.");
            pairs[key] = Text(entry.Value)
                ?? throw new ArgumentException(entry.Value is null
                    ? $"The value of '{key}' in -{parameter} is $null and not a string."
                    : $"The value of '{key}' in -{parameter} is not a string but {Name(entry.Value)}. Put it in quotes.");
        }

        return pairs;
    }

    private static string? Text(object? value) => (value is PSObject wrapper ? wrapper.BaseObject : value) as string;

    private static string Name(object value) => (value is PSObject wrapper ? wrapper.BaseObject : value).GetType().Name;
}
