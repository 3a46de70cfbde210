using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace KmsTools.Identifiers;

/// <summary>
/// The ID of a cluster of HSMs, such as <c>cluster-2a34b5cdefg</c>: <c>cluster-</c> and 11 to 16 letters and digits from 2 to 7. Source:
/// CloudHsmClusterIdType in the AWS KMS API.
/// </summary>
public readonly partial record struct ClusterId
{
    /// <summary>The whole text as a regular expression that JavaScript and .NET interpret alike, without anchors.</summary>
    public const string Pattern = "cluster-[2-7a-zA-Z]{11,16}";

    private const string Prefix = "cluster-";
    internal const string RandomAlphabet = "234567abcdefghijklmnopqrstuvwxyz";
    private const int RandomLength = 11;

    private readonly string? _text;

    private ClusterId(string text) => _text = text;

    /// <summary>The text; the two are interchangeable where rows, requests and events are read or written.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public static implicit operator string(ClusterId value) => value.ToString();

    /// <summary>Generates a random ID.</summary>
    public static ClusterId Create() => new(Prefix + RandomNumberGenerator.GetString(RandomAlphabet, RandomLength));

    /// <summary>Reads the text.</summary>
    /// <exception cref="ArgumentException">The text is not valid; the message shows it and the expected format.</exception>
    public static ClusterId Parse(string? text) => TryParse(text, out ClusterId value) ? value : throw new ArgumentException(Refusal(text));

    /// <summary>Reads the text; false when it is null or not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ClusterId value)
    {
        bool isValid = text is not null && Whole().IsMatch(text);
        value = isValid ? new ClusterId(text!) : default;
        return isValid;
    }

    /// <summary>The message for a text that is not valid: the text and the expected format.</summary>
    public static string Refusal(string? text) =>
        IdentifierText.Refusal(text, "cluster ID", "use cluster- and 11 to 16 characters of 2-7, a-z and A-Z");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public override string ToString() => _text ?? throw IdentifierText.Missing(nameof(ClusterId));

    // The end is \z: $ would let a line feed pass.
    [GeneratedRegex("^" + Pattern + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
