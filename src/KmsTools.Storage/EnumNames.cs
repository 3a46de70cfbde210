namespace KmsTools.Storage;

/// <summary>
/// Enumeration values by name and names by value. Not through dictionaries: each of those is compiled for each
/// enumeration when a process first reads a key, and costs more than all the keys it will read.
/// </summary>
internal static class EnumNames<TEnum>
    where TEnum : struct, Enum
{
    public static string Of(TEnum value) => value.ToString();

    public static TEnum Parse(string name) => Enum.Parse<TEnum>(name);
}
