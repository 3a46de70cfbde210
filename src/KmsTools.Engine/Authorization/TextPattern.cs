using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>
/// A text of a policy that texts of calls are compared with: exact, or with <c>*</c> for any text and <c>?</c> for one character, and with
/// policy variables where it may have them. What comes from a variable is compared literally.
/// </summary>
internal sealed class TextPattern
{
    private readonly ImmutableArray<PatternToken> _tokens;
    private readonly ExpandedPattern? _fixed;

    /// <summary>A pattern of tokens.</summary>
    public TextPattern(ImmutableArray<PatternToken> tokens)
    {
        _tokens = tokens;
        IsEverything = !tokens.IsEmpty && tokens.All(static token => token.Kind == PatternTokenKind.AnyText);
        _fixed = tokens.Any(static token => token.Kind == PatternTokenKind.Variable) ? null : ExpandedPattern.Of(tokens, null);
    }

    /// <summary>Whether it is made of nothing but <c>*</c>.</summary>
    public bool IsEverything { get; }

    /// <summary>Whether it fits a text. A pattern with a variable that has no value fits none.</summary>
    public bool Matches(ReadOnlySpan<char> text, IRequestContext context, bool ignoreCase = false) =>
        IsEverything || ((_fixed ?? ExpandedPattern.Of(_tokens, context)) is { } pattern && pattern.Matches(text, ignoreCase));

    /// <summary>The text itself, with its variables replaced; null when one has no value.</summary>
    public string? Text(IRequestContext context) => (_fixed ?? ExpandedPattern.Of(_tokens, context))?.Text;
}
