using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The constraints of a grant.</summary>
internal sealed class ConstraintsFormat()
    : PartFormat<Located<GrantConstraints>>("constraints", "The conditions under which the operations are permitted.")
{
    /// <summary>The one instance.</summary>
    public static readonly ConstraintsFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<Located<GrantConstraints>>> Members { get; } =
    [
        Member("encryptionContextSubset", Value.Pairs, static constraints => Pairs(constraints.Value.EncryptionContextSubset),
            static (constraints, pairs) => Set(constraints, value => value.EncryptionContextSubset = Context(pairs)),
            "Pairs that the encryption context must contain; it may contain others."),
        Member("encryptionContextEquals", Value.Pairs, static constraints => Pairs(constraints.Value.EncryptionContextEquals),
            static (constraints, pairs) => Set(constraints, value => value.EncryptionContextEquals = Context(pairs)),
            "The exact pairs of the encryption context."),
        Member("sourceArn", Value.String, static constraints => constraints.Value.SourceArn is { } arn ? new(arn) : null,
            static (constraints, arn) => Set(constraints, value => value.SourceArn = arn.Value),
            "The ARN of the resource on whose behalf the operation is called."),
    ];

    /// <inheritdoc/>
    protected override Located<GrantConstraints> Begin(SourcePosition position) => new(new GrantConstraints(), position);

    // Begin created them, and no other code refers to them yet.
    private static Located<GrantConstraints> Set(Located<GrantConstraints> constraints, Action<GrantConstraints> set)
    {
        set(constraints.Value);
        return constraints;
    }

    private static Dictionary<string, string> Context(IReadOnlyList<YamlPair> pairs) =>
        pairs.ToDictionary(static pair => pair.Name, static pair => pair.Value);

    private static YamlPair[]? Pairs(IReadOnlyDictionary<string, string>? context) =>
        context is null ? null : [.. context.Select(static pair => new YamlPair(default, pair.Key, pair.Value))];
}
