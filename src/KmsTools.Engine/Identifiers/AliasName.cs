using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KmsTools.Identifiers;

/// <summary>
/// The name of an alias with its prefix, such as <c>alias/payroll</c>: at most 256 characters, which are letters, digits and
/// <c>: / _ -</c>. Source: CreateAlias in the AWS KMS API.
/// </summary>
public readonly partial record struct AliasName
{
    /// <summary>The prefix of every alias name.</summary>
    public const string Prefix = "alias/";

    /// <summary>The maximum length, with the prefix.</summary>
    public const int MaxLength = 256;

    /// <summary>The constraint on the member AliasName of requests, exactly as in the model. It does not require the prefix.</summary>
    internal const string MemberPattern = "^[a-zA-Z0-9:/_-]+$";

    private const string AwsPrefix = Prefix + "aws/";

    private readonly string? _text;

    private AliasName(string text) => _text = text;

    /// <summary>Whether the name belongs to AWS: it begins with <c>alias/aws/</c>.</summary>
    public bool IsReserved => ToString().StartsWith(AwsPrefix, StringComparison.Ordinal);

    /// <summary>The AWS service in a reserved name, such as <c>s3</c> in <c>alias/aws/s3</c>; null in any other name.</summary>
    internal string? Service => IsReserved ? ToString()[AwsPrefix.Length..] : null;

    /// <summary>The text; the two are interchangeable where rows, requests and events are read or written.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public static implicit operator string(AliasName value) => value.ToString();

    /// <summary>Whether a reference to a key begins like an alias name. The rest may be anything.</summary>
    public static bool HasPrefix([NotNullWhen(true)] string? text) => text is not null && text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads the text.</summary>
    /// <exception cref="ArgumentException">The text is not valid; the message shows it and the expected format.</exception>
    public static AliasName Parse(string? text) => TryParse(text, out AliasName value) ? value : throw new ArgumentException(Refusal(text));

    /// <summary>Reads the text; false when it is null or not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out AliasName value)
    {
        bool isValid = text is { Length: <= MaxLength } && Whole().IsMatch(text);
        value = isValid ? new AliasName(text!) : default;
        return isValid;
    }

    /// <summary>The message for a text that is not valid: the text and the expected format.</summary>
    public static string Refusal(string? text) =>
        IdentifierText.Refusal(text, "alias name", "use alias/ and letters, digits, and : / _ -, at most 256 characters in all");

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">This is a default value, which is not an identifier.</exception>
    public override string ToString() => _text ?? throw IdentifierText.Missing(nameof(AliasName));

    // The end is \z: $ would let a line feed pass.
    [GeneratedRegex("^" + Prefix + @"[a-zA-Z0-9:/_-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Whole();
}
