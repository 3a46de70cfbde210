using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>
/// A pattern for ARNs, whose six parts are compared one by one: wildcards stay within a part. A pattern with fewer parts that ends in an
/// asterisk fits whatever the missing parts are.
/// </summary>
internal sealed class ArnPattern
{
    private const int MaxParts = 6;

    private readonly ImmutableArray<TextPattern> _parts;

    private ArnPattern(ImmutableArray<TextPattern> parts, bool isOpen)
    {
        _parts = parts;
        IsOpen = isOpen;
        IsEverything = parts.All(static part => part.IsEverything) && (isOpen || parts.Length == MaxParts);
    }

    /// <summary>Whether it fits whatever there is, also what has no ARN.</summary>
    public bool IsEverything { get; }

    private bool IsOpen { get; }

    /// <summary>Reads a pattern.</summary>
    public static ArnPattern Read(string text, bool hasVariables, PolicyForm form)
    {
        ImmutableArray<TextPattern>.Builder parts = ImmutableArray.CreateBuilder<TextPattern>();
        ImmutableArray<PatternToken>.Builder part = ImmutableArray.CreateBuilder<PatternToken>();
        ImmutableArray<PatternToken> tokens = PatternToken.Read(text, new PatternSyntax(HasWildcards: true, hasVariables, form));
        foreach (PatternToken token in tokens)
        {
            // Only the colons that are written separate parts: variables have colons in their names, and may have some in their values.
            string? rest = token.Text;
            while (token.Kind == PatternTokenKind.Literal && parts.Count < MaxParts - 1 && rest!.IndexOf(':') is >= 0 and var colon)
            {
                if (colon > 0)
                {
                    part.Add(token with { Text = rest[..colon] });
                }

                parts.Add(new TextPattern(part.DrainToImmutable()));
                rest = rest[(colon + 1)..];
            }

            if (token.Kind != PatternTokenKind.Literal || rest!.Length > 0)
            {
                part.Add(token with { Text = rest });
            }
        }

        bool isOpen = parts.Count < MaxParts - 1 && part is [.., { Kind: PatternTokenKind.AnyText }];
        parts.Add(new TextPattern(part.DrainToImmutable()));
        return new ArnPattern(parts.DrainToImmutable(), isOpen);
    }

    /// <summary>Whether it fits an ARN, or <c>*</c> for an action that is on nothing in particular.</summary>
    public bool Matches(ReadOnlySpan<char> arn, IRequestContext context)
    {
        if (IsEverything)
        {
            return true;
        }

        Span<Range> parts = stackalloc Range[MaxParts];
        if (arn.Split(parts, ':') != MaxParts || (_parts.Length != MaxParts && !IsOpen))
        {
            return false;
        }

        for (int i = 0; i < _parts.Length; i++)
        {
            if (!_parts[i].Matches(arn[parts[i]], context))
            {
                return false;
            }
        }

        return true;
    }
}
