using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>What a part of a pattern is.</summary>
internal enum PatternTokenKind
{
    /// <summary>Text that stands for itself.</summary>
    Literal,

    /// <summary>An asterisk: any text, the empty one included.</summary>
    AnyText,

    /// <summary>A question mark: one character.</summary>
    AnyCharacter,

    /// <summary>A policy variable.</summary>
    Variable,
}

/// <summary>A part of a pattern. Source: "IAM policy elements: Variables and tags", IAM User Guide.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The literal text, the wildcard, or the condition key of a variable; null for a key that calls never have.</param>
/// <param name="DefaultValue">The default value of a variable, or null.</param>
internal readonly record struct PatternToken(PatternTokenKind Kind, string? Text, string? DefaultValue = null)
{
    private const string Opening = "${";

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The text of the policy.</param>
    /// <param name="syntax">What has a meaning in it.</param>
    public static ImmutableArray<PatternToken> Read(string text, PatternSyntax syntax)
    {
        ImmutableArray<PatternToken>.Builder tokens = ImmutableArray.CreateBuilder<PatternToken>();
        int literal = 0;
        int i = 0;
        while (i < text.Length)
        {
            int length = 1;
            PatternToken? token = text[i] switch
            {
                '*' when syntax.HasWildcards => new PatternToken(PatternTokenKind.AnyText, "*"),
                '?' when syntax.HasWildcards => new PatternToken(PatternTokenKind.AnyCharacter, "?"),
                '$' when syntax.HasVariables => Variable(text.AsSpan(i), syntax.Form, out length),
                _ => null,
            };
            if (token is { } found)
            {
                AddLiteral(tokens, text[literal..i]);
                tokens.Add(found);
                literal = i + length;
            }

            i += length;
        }

        AddLiteral(tokens, text[literal..]);
        return tokens.DrainToImmutable();
    }

    /// <summary>The characters that it stands for in a call; null for a variable without a value and without a default.</summary>
    public string? Resolve(IRequestContext? context) => Kind == PatternTokenKind.Variable
        ? (Text is null ? null : context?.Find(Text)) is { IsMultiValued: false, Values: [var value] } ? value : DefaultValue
        : Text;

    private static void AddLiteral(ImmutableArray<PatternToken>.Builder tokens, string text)
    {
        if (text.Length > 0)
        {
            tokens.Add(new PatternToken(PatternTokenKind.Literal, text));
        }
    }

    // ${key}, ${key, 'default'}, or one of the three characters that have no other way to be written. Anything else is literal text.
    private static PatternToken? Variable(ReadOnlySpan<char> text, PolicyForm form, out int length)
    {
        length = 1;
        if (!text.StartsWith(Opening) || text[Opening.Length..].IndexOf('}') is not (> 0 and var end))
        {
            return null;
        }

        ReadOnlySpan<char> name = text.Slice(Opening.Length, end);
        int total = Opening.Length + end + 1;
        string? defaultValue = null;
        if (name.IndexOf(',') is >= 0 and var comma)
        {
            ReadOnlySpan<char> rest = text[(Opening.Length + comma + 1)..];
            ReadOnlySpan<char> quoted = rest.TrimStart(' ');
            if (quoted.Length < 2 || quoted[0] != '\'' || quoted[1..].IndexOf("'}") is not (>= 0 and var closing))
            {
                return null;
            }

            defaultValue = quoted.Slice(1, closing).ToString();
            total = text.Length - quoted.Length + 1 + closing + 2;
            name = name[..comma];
        }

        length = total;
        return name is "*" or "?" or "$"
            ? new PatternToken(PatternTokenKind.Literal, name.ToString())
            : new PatternToken(PatternTokenKind.Variable, ConditionKey.Of(name.Trim(' ').ToString(), form).NameInCalls, defaultValue);
    }
}

/// <summary>What has a meaning in a text of a policy.</summary>
/// <param name="HasWildcards">Whether <c>*</c> and <c>?</c> are wildcards.</param>
/// <param name="HasVariables">Whether there are policy variables: in documents of version 2012-10-17.</param>
/// <param name="Form">What the policy is attached to: some condition keys exist in some policies only.</param>
internal readonly record struct PatternSyntax(bool HasWildcards, bool HasVariables, PolicyForm Form);
