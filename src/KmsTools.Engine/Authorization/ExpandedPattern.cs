using System.Collections.Immutable;
using System.Text;

namespace KmsTools.Authorization;

/// <summary>A pattern without variables: characters, some of which are wildcards.</summary>
internal sealed class ExpandedPattern
{
    // Which characters of the text are wildcards; null when none is. Characters alone cannot say: a variable's asterisk is literal.
    private readonly bool[]? _isWildcard;

    // The length of the literal text before a single wildcard at the end; -1 for any other pattern.
    private readonly int _prefixLength;

    private ExpandedPattern(string text, bool[]? isWildcard)
    {
        Text = text;
        _isWildcard = isWildcard;
        _prefixLength = isWildcard is not null && Array.IndexOf(isWildcard, true) == text.Length - 1 && text[^1] == '*'
            ? text.Length - 1
            : -1;
    }

    /// <summary>The characters.</summary>
    public string Text { get; }

    /// <summary>Replaces the variables of a pattern; null when one has no value.</summary>
    public static ExpandedPattern? Of(ImmutableArray<PatternToken> tokens, IRequestContext? context)
    {
        StringBuilder text = new();
        List<int> wildcards = [];
        foreach (PatternToken token in tokens)
        {
            if (token.Kind is PatternTokenKind.AnyText or PatternTokenKind.AnyCharacter)
            {
                wildcards.Add(text.Length);
            }

            if (token.Resolve(context) is not { } part)
            {
                return null;
            }

            text.Append(part);
        }

        if (wildcards.Count == 0)
        {
            return new ExpandedPattern(text.ToString(), null);
        }

        bool[] isWildcard = new bool[text.Length];
        foreach (int position in wildcards)
        {
            isWildcard[position] = true;
        }

        return new ExpandedPattern(text.ToString(), isWildcard);
    }

    /// <summary>Whether it fits a text.</summary>
    public bool Matches(ReadOnlySpan<char> text, bool ignoreCase)
    {
        StringComparison comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return _isWildcard is null ? text.Equals(Text, comparison)
            : _prefixLength >= 0 ? text.StartsWith(Text.AsSpan(0, _prefixLength), comparison)
            : MatchesWildcards(text, ignoreCase);
    }

    // Remembers the last asterisk only: another way to place an earlier one never helps. Quadratic at worst.
    private bool MatchesWildcards(ReadOnlySpan<char> text, bool ignoreCase)
    {
        int at = 0;
        int inText = 0;
        int lastAsterisk = -1;
        int textOfAsterisk = 0;
        while (inText < text.Length)
        {
            if (at < Text.Length && _isWildcard![at] && Text[at] == '*')
            {
                lastAsterisk = at++;
                textOfAsterisk = inText;
            }
            else if (at < Text.Length && (_isWildcard![at] || AreEqual(Text[at], text[inText], ignoreCase)))
            {
                at++;
                inText++;
            }
            else if (lastAsterisk >= 0)
            {
                at = lastAsterisk + 1;
                inText = ++textOfAsterisk;
            }
            else
            {
                return false;
            }
        }

        while (at < Text.Length && _isWildcard![at] && Text[at] == '*')
        {
            at++;
        }

        return at == Text.Length;
    }

    private static bool AreEqual(char left, char right, bool ignoreCase) =>
        left == right || (ignoreCase && char.ToUpperInvariant(left) == char.ToUpperInvariant(right));
}
