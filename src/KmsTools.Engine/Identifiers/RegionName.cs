using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KmsTools.Identifiers;

/// <summary>
/// The name of a Region, such as <c>us-east-1</c>: 1 to 32 lower-case letters, digits and hyphens. It becomes part of every ARN. Names
/// that AWS does not have are valid: each is a Region with separate keys. Source of the length: RegionType in the AWS KMS API.
/// </summary>
public readonly partial record struct RegionName
{
    /// <summary>The whole text as a regular expression that JavaScript and .NET interpret alike, without anchors.</summary>
    public const string Pattern = "[a-z0-9-]{1,32}";

    private readonly string? _text;

    private RegionName(string text) => _text = text;

    /// <summary>The text; the two are interchangeable where rows, requests and events are read or written.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public static implicit operator string(RegionName value) => value.ToString();

    /// <summary>Reads the text.</summary>
    /// <exception cref="ArgumentException">The text is not valid; the message shows it and the expected format.</exception>
    public static RegionName Parse(string? text) =>
        TryParse(text, out RegionName value) ? value : throw new ArgumentException(Refusal(text));

    /// <summary>Reads the text; false when it is null or not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RegionName value)
    {
        bool isValid = text is not null && Whole().IsMatch(text);
        value = isValid ? new RegionName(text!) : default;
        return isValid;
    }

    /// <summary>The message for a text that is not valid: the text and the expected format.</summary>
    public static string Refusal(string? text) =>
        IdentifierText.Refusal(text, "Region name", "use 1 to 32 lower-case letters, digits and hyphens, as in us-east-1");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public override string ToString() => _text ?? throw IdentifierText.Missing(nameof(RegionName));

    // The end is \z: $ would let a line feed pass.
    [GeneratedRegex("^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
