using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KmsTools.Identifiers;

/// <summary>
/// The ID of an AWS account: 12 digits. Source: "View AWS account identifiers", AWS Account Management Reference Guide.
/// </summary>
public readonly partial record struct AccountId
{
    /// <summary>The whole text as a regular expression that JavaScript and .NET interpret alike, without anchors.</summary>
    public const string Pattern = "[0-9]{12}";

    private readonly string? _text;

    private AccountId(string text) => _text = text;

    /// <summary>The text; the two are interchangeable where rows, requests and events are read or written.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public static implicit operator string(AccountId value) => value.ToString();

    /// <summary>Reads the text.</summary>
    /// <exception cref="ArgumentException">The text is not valid; the message shows it and the expected format.</exception>
    public static AccountId Parse(string? text) => TryParse(text, out AccountId value) ? value : throw new ArgumentException(Refusal(text));

    /// <summary>Reads the text; false when it is null or not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AccountId value)
    {
        bool isValid = text is not null && Whole().IsMatch(text);
        value = isValid ? new AccountId(text!) : default;
        return isValid;
    }

    /// <summary>The message for a text that is not valid: the text and the expected format.</summary>
    public static string Refusal(string? text) =>
        IdentifierText.Refusal(text, "account ID", "it has 12 digits, as in 111122223333");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public override string ToString() => _text ?? throw IdentifierText.Missing(nameof(AccountId));

    // The end is \z: $ would let a line feed pass.
    [GeneratedRegex("^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
