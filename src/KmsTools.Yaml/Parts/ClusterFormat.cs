using System.Text;
using KmsTools.Cryptography;
using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>An HSM cluster.</summary>
internal sealed class ClusterFormat() : PartFormat<EstateCluster>("cluster", "An HSM cluster, identified by its ID.")
{
    /// <summary>The one instance.</summary>
    public static readonly ClusterFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateCluster>> Members { get; } =
    [
        Member("id", Value.ClusterId, static cluster => cluster.Id, static (cluster, id) => cluster with { Id = id },
            "The ID: cluster- and 11 to 16 characters.", isRequired: true),
        Member("library", Value.String, static cluster => cluster.Library.Value.Length == 0 ? null : cluster.Library,
            static (cluster, library) => cluster with { Library = library },
            "The PKCS#11 library. A relative path is relative to this file. Not required if all tokens have a uri."),
        Member("tokens", Value.List(TokenFormat.OrLabel, "A cluster has at least one token."), static cluster => cluster.Tokens,
            static (cluster, tokens) => cluster with { Tokens = [.. tokens] },
            "The tokens, one per HSM: the label, or a mapping with the label and the library of this HSM, or with a PKCS#11 URI.",
            isRequired: true),
        Member("trustAnchorCertificate", Value.String, static cluster => cluster.TrustAnchorCertificate,
            static (cluster, certificate) => cluster with { TrustAnchorCertificate = certificate },
            "The certificate of the cluster (PEM). The default is a new one."),
        Member("highAvailability", new FlagFormat { Default = false }, static cluster => cluster.HighAvailability,
            static (cluster, available) => cluster with { HighAvailability = available },
            "Whether keys can be created only while two of its HSMs are active. The default is false."),
        Member("managePassword", new FlagFormat { Default = false }, static cluster => cluster.ManagePassword,
            static (cluster, manage) => cluster with { ManagePassword = manage },
            "Whether each connect changes the password of the crypto user, as AWS does. "
            + "The PIN is then used for the first connect only. The default is false."),
        Member("commandsFromElsewhere", new NumberFormat(0, int.MaxValue) { Default = 0 }, static cluster => cluster.CommandsFromElsewhere,
            static (cluster, commands) => cluster with { CommandsFromElsewhere = commands },
            "Commands per second that it serves for others. They reduce the request quota of its custom key store. The default is 0."),
        SecretMember("pin", new TextFormat(TextFormat.Any) { Hint = "Its source is given in 'pinFrom'." },
            static (cluster, pin) => cluster with { Pin = Plaintext(pin) },
            "The PIN of the crypto user in plaintext. In temporary stores only."),
        Member("pinFrom", Value.Part(SecretFromFormat.Pin),
            static cluster => cluster.Pin is { Source: not EstateSecretSource.Plaintext } pin ? pin : null,
            static (cluster, pin) => cluster with { Pin = cluster.Pin ?? pin }),
    ];

    /// <inheritdoc/>
    protected override (string First, string Second)? Either => ("pin", "pinFrom");

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "anyOf": [
            { "required": ["library"] },
            { "properties": { "tokens": { "items": { "type": "object", "required": ["uri"] } } } }
          ]
        }
        """;

    /// <inheritdoc/>
    protected override EstateCluster Begin(SourcePosition position) => new()
    {
        Position = position,
        Id = new("", position),
        Library = new("", position),
        Tokens = [],
    };

    /// <inheritdoc/>
    protected override EstateCluster Check(YamlObject given, EstateCluster part)
    {
        // URIs specify their libraries.
        if (part.Tokens.IsEmpty || !part.Tokens.All(static token => token.IsUri))
        {
            given.Require("library");
        }

        return part;
    }

    private static EstateSecret Plaintext(Located<string> pin) =>
        new(pin.Position, EstateSecretSource.Plaintext, Plaintext: Secret.TakeOver(Encoding.UTF8.GetBytes(pin.Value)));
}
