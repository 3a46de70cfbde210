using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace KmsTools;

/// <summary>
/// A value that a view shows, with its members by their names. It may be an object of this module, or what CLIXML, a job or remoting has
/// made of one: a bag of properties, in which an enumeration is a number with a text.
/// </summary>
internal readonly struct Shown
{
    private readonly PSObject? _value;

    /// <summary>A value.</summary>
    /// <param name="value">The value, or null.</param>
    public Shown(object? value) => _value = value is null ? null : PSObject.AsPSObject(value);

    /// <summary>Whether there is no value.</summary>
    public bool IsNull => _value is null;

    /// <summary>The value as text, or null.</summary>
    public string? Text => _value?.ToString();

    /// <summary>The value as a time, or null.</summary>
    public DateTime? Time => _value?.BaseObject as DateTime?;

    /// <summary>Whether the value is true.</summary>
    public bool IsTrue => _value?.BaseObject is true;

    /// <summary>The value as a whole number; 0 if it is none.</summary>
    public long Number => _value?.BaseObject is IConvertible number and not string ? number.ToInt64(CultureInfo.InvariantCulture) : 0;

    /// <summary>The value as a span of time, or null.</summary>
    public TimeSpan? Span => _value?.BaseObject as TimeSpan?;

    /// <summary>The items of a list; none if it is not a list.</summary>
    public Shown[] Items => _value?.BaseObject is IEnumerable items and not string ? ItemsOf(items) : [];

    /// <summary>The entries of a dictionary, in its order; those that have lost it in the order of their names.</summary>
    public KeyValuePair<Shown, Shown>[] Pairs => _value?.BaseObject switch
    {
        Hashtable unordered => [.. Entries(unordered).OrderBy(static pair => pair.Key.Number)
            .ThenBy(static pair => pair.Key.Text, StringComparer.Ordinal)],
        IDictionary entries => [.. Entries(entries)],
        _ => [],
    };

    /// <summary>Whether the value is a dictionary.</summary>
    public bool IsDictionary => _value?.BaseObject is IDictionary;

    /// <summary>Whether the value is a list.</summary>
    public bool IsList => _value?.BaseObject is IEnumerable and not string and not IDictionary;

    /// <summary>A member; a value that is null if there is none with this name.</summary>
    /// <param name="member">The name.</param>
    public Shown this[string member] => new(_value?.Properties[member]?.Value);

    /// <summary>The value as an enumeration; null if it is not one of its names.</summary>
    /// <typeparam name="T">The enumeration.</typeparam>
    public T? As<T>()
        where T : struct, Enum => Enum.TryParse(Text, out T value) ? value : null;

    private static Shown[] ItemsOf(IEnumerable items)
    {
        try
        {
            return [.. items.Cast<object?>().Select(static item => new Shown(item))];
        }
        catch (InvalidOperationException)
        {
            // An immutable array that was never set.
            return [];
        }
    }

    private static IEnumerable<KeyValuePair<Shown, Shown>> Entries(IDictionary entries)
    {
        IDictionaryEnumerator entry = entries.GetEnumerator();
        while (entry.MoveNext())
        {
            yield return KeyValuePair.Create(new Shown(entry.Key), new Shown(entry.Value));
        }
    }
}
