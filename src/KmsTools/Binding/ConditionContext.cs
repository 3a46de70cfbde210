using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>Converts hashtables to values of condition keys, as policies compare them.</summary>
internal static class ConditionContext
{
    /// <summary>The values. Numbers, Booleans and times become text; null becomes no value.</summary>
    /// <exception cref="ArgumentException">A key is not text.</exception>
    public static ImmutableDictionary<string, ImmutableArray<string>> From(Hashtable? table)
    {
        ImmutableDictionary<string, ImmutableArray<string>>.Builder context =
            ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in table ?? [])
        {
            string key = entry.Key as string
                ?? throw new ArgumentException($"The key '{entry.Key}' of -Context is not a string. Put it in quotes.");
            context[key] = Unwrap(entry.Value) is IEnumerable values and not string
                ? [.. values.Cast<object?>().Where(static value => value is not null).Select(Text)]
                : entry.Value is null ? [] : [Text(entry.Value)];
        }

        return context.ToImmutable();
    }

    private static string Text(object? value) => Unwrap(value) switch
    {
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? "",
    };

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
