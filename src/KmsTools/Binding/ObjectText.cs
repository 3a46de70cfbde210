using System.Collections.Frozen;

namespace KmsTools.Binding;

/// <summary>
/// Recognises the text that PowerShell makes of an object of the module where text is asked for, such as <c>Quota { Name = ...</c>. It says
/// nothing to a cmdlet, and would become a description or the name of something new.
/// </summary>
internal static class ObjectText
{
    private const string Members = " { ";
    private const string Value = " = ";

    private static readonly Lazy<FrozenDictionary<string, Type>> Types = new(static () =>
        new[] { typeof(KmsEngine), typeof(ObjectText) }.SelectMany(static type => type.Assembly.GetExportedTypes())
            .DistinctBy(static type => type.Name, StringComparer.Ordinal)
            .ToFrozenDictionary(static type => type.Name, StringComparer.Ordinal));

    /// <summary>The name of the type whose object a value is the text of; null for any other value.</summary>
    /// <param name="value">The value of a parameter.</param>
    public static string? TypeOf(object? value) => value switch
    {
        string text => Find(text)?.Name,
        string?[] texts => texts.OfType<string>().Select(Find).FirstOrDefault(static type => type is not null)?.Name,
        _ => null,
    };

    private static Type? Find(string text)
    {
        if (text.StartsWith("KmsTools.", StringComparison.Ordinal))
        {
            return Types.Value.TryGetValue(text[(text.LastIndexOf('.') + 1)..], out Type? named) && named.FullName == text ? named : null;
        }

        int name = text.IndexOf(Members, StringComparison.Ordinal);
        int member = name + Members.Length;
        int value = name > 0 && text[^1] == '}' ? text.IndexOf(Value, member, StringComparison.Ordinal) : -1;
        return value > 0 && Types.Value.TryGetValue(text[..name], out Type? type) && type.GetProperty(text[member..value]) is not null
            ? type
            : null;
    }
}
