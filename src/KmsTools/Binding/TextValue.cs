using System.Management.Automation;
using System.Text;
using System.Text.Json;

namespace KmsTools.Binding;

/// <summary>Values whose text is what they are: numbers, dates, names of enumerations, URLs; also where only their text is left.</summary>
internal static class TextValue
{
    // What reads texts gives them in these.
    private static readonly string[] Texts = ["Value", "Line"];

    /// <summary>Whether the text of a value is what it is. Null is not a value.</summary>
    /// <param name="input">The value, which PowerShell may have wrapped.</param>
    public static bool Is(object? input) => NamedMember.Unwrap(input) switch
    {
        JsonElement element => element.ValueKind
            is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False,
        PSObject remains => IsType(NamedMember.SerializedTypeOf(remains)),
        null => false,
        var value => IsType(value.GetType()),
    };

    /// <summary>Where an object that is not text has one, as the end of a sentence; empty if it is not known.</summary>
    /// <param name="value">The object.</param>
    public static string WhereIn(PSObject value) =>
        Array.Find(Texts, name => NamedMember.Of(value, name) is string { Length: > 0 }) is { } found ? $", such as {found}" : "";

    private static bool IsType(Type? type) => type is not null
        && (type == typeof(Uri) || type == typeof(StringBuilder) || typeof(IConvertible).IsAssignableFrom(type)
            || typeof(IFormattable).IsAssignableFrom(type) || typeof(IComparable).IsAssignableFrom(type));
}
