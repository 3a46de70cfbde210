using KmsTools.Estates;
using KmsTools.KeyStores;

namespace KmsTools.Yaml;

/// <summary>A token that is described by more than a label.</summary>
internal sealed class TokenFormat()
    : PartFormat<EstateToken>("token", "A token of a cluster that has a separate library, or is identified by a PKCS#11 URI.")
{
    /// <summary>The one instance.</summary>
    public static readonly TokenFormat Instance = new();

    /// <summary>A token, written as its label if the label identifies it completely.</summary>
    public static readonly TextOrPartFormat<EstateToken> OrLabel = new(
        Instance, static label => new EstateToken(label), static token => token.Library is null && !token.IsUri ? token.Label : null);

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateToken>> Members { get; } =
    [
        Member("label", Value.Text, static token => token.IsUri ? null : token.Label, static (token, label) => token with { Label = label },
            "Its label, unique in the cluster."),
        Member("library", Value.String, static token => token.IsUri ? null : token.Library,
            static (token, library) => token with { Library = library },
            "The PKCS#11 library of this HSM. A relative path is relative to this file. The default is that of the cluster."),
        Member("uri", new TextFormat("string") { Prefix = "[pP][kK][cC][sS]11:" },
            static token => token.IsUri ? new(HsmUri.WithoutPin(token.Label.Value)) : null,
            static (_, uri) => new EstateToken(uri, IsUri: true),
            "Its PKCS#11 URI (RFC 7512). module-path specifies the library, pin-source=file:/path the file with the PIN."),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "oneOf": [
            { "required": ["label"] },
            { "required": ["uri"], "not": { "required": ["library"] } }
          ]
        }
        """;

    /// <inheritdoc/>
    protected override EstateToken Begin(SourcePosition position) => new(new Located<string>(""));

    /// <inheritdoc/>
    protected override EstateToken? Check(YamlObject given, EstateToken part)
    {
        if (!given.Has("uri"))
        {
            given.Require("label");
        }
        else if (given.Has("label") || given.Has("library"))
        {
            given.Error(given.PositionOf("uri"), "Give either a uri, or a label with its library.");
        }

        // Without a valid name there is no token.
        return part.Label.Position == default ? null : part;
    }
}
