using System.Collections.Frozen;

namespace KmsTools.Sqlite;

/// <summary>Enumeration values by name and names by value, made once: rows are read on the path of every call.</summary>
internal static class EnumNames<TEnum>
    where TEnum : struct, Enum
{
    private static readonly FrozenDictionary<string, TEnum> s_values =
        Enum.GetValues<TEnum>().ToFrozenDictionary(static value => value.ToString(), StringComparer.Ordinal);

    private static readonly FrozenDictionary<TEnum, string> s_names =
        Enum.GetValues<TEnum>().ToFrozenDictionary(static value => value, static value => value.ToString());

    public static string Of(TEnum value) => s_names[value];

    public static TEnum Parse(string name) => s_values[name];
}
