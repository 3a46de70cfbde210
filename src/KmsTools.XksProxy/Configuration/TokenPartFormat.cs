using KmsTools.Estates;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>A token.</summary>
internal sealed class TokenPartFormat()
    : PartFormat<TokenDraft>("token", "A token behind a PKCS#11 library: by its label, its serial number or both, or by its PKCS#11 URI.")
{
    // Before the instance, which is made of it.
    private static readonly TokenSettings Defaults = new()
    {
        Name = "",
        Library = "",
        Token = new KeyStores.TokenSelector(),
        Pin = SecretSource.Of([]),
    };

    /// <summary>The one instance.</summary>
    public static readonly TokenPartFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<TokenDraft>> Members { get; } =
    [
        Member("name", Texts.Name, static token => token.Name, static (token, name) => token with { Name = name },
            "What keys and health answers call it, unique in this file.", isRequired: true),
        Member("library", Value.String, static token => token.Library, static (token, library) => token with { Library = library },
            "The PKCS#11 library; its parameters, if it needs any (NSS), follow after a bar. A relative path is relative to this file. Not "
            + "required if the uri names it."),
        Member("label", Value.Text, static token => token.Label, static (token, label) => token with { Label = label },
            "The label of the token."),
        Member("serial", Value.Text, static token => token.Serial, static (token, serial) => token with { Serial = serial },
            "The serial number of the token, in quotes if it has only digits."),
        Member("uri", new TextFormat("string") { Prefix = "[pP][kK][cC][sS]11:" }, static token => token.Uri,
            static (token, uri) => token with { Uri = uri },
            "The PKCS#11 URI of the token (RFC 7512). module-path specifies the library, pin-source=file:/path the file with the PIN."),
        Member("pinFrom", Value.Part(SecretFormat.Instance), static token => token.PinFrom,
            static (token, pin) => token with { PinFrom = pin }),
        Member("maxSessions", Texts.Number("maxSessions", 1, 10_000, Defaults.MaxSessions), static token => token.MaxSessions,
            static (token, sessions) => token with { MaxSessions = sessions },
            "How many requests may be in the token at once. The default is 30."),
        Member("sessionWaitMilliseconds",
            Texts.Number("sessionWaitMilliseconds", 0, 60_000, (int)Defaults.SessionWait.TotalMilliseconds),
            static token => token.SessionWait,
            static (token, wait) => token with { SessionWait = wait },
            "How long a request waits for a session before it is answered with ThrottlingException. The default is 50."),
        Member("answerTimeMilliseconds",
            Texts.Number("answerTimeMilliseconds", 1, 60_000, (int)Defaults.AnswerTime.TotalMilliseconds),
            static token => token.AnswerTime,
            static (token, time) => token with { AnswerTime = time },
            "How long a request waits for the token, the wait for a session included, before it is answered with "
            + "DependencyTimeoutException. AWS KMS gives up after 250. The default is 200."),
        Member("hashAdditionalAuthenticatedData", Texts.Off, static token => token.HashAad,
            static (token, hash) => token with { HashAad = hash },
            "Whether the token authenticates the hash of additional data, for tokens that limit it. The default is false."),
        Member("hsmMakesIv", Texts.Off, static token => token.HsmMakesIv, static (token, makes) => token with { HsmMakesIv = makes },
            "Whether the token makes the IVs of AES-GCM and takes none, as AWS CloudHSM does. Where it is not said, it is found out. The "
            + "default is false."),
        Member("healthKey", Value.Part(HealthKeyFormat.Instance), static token => token.HealthKey,
            static (token, key) => token with { HealthKey = key }),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "oneOf": [
            { "anyOf": [{ "required": ["label"] }, { "required": ["serial"] }], "required": ["library", "pinFrom"] },
            { "required": ["uri"] }
          ]
        }
        """;

    /// <inheritdoc/>
    public override (string Reason, ErrorCause Cause)? WhyNot(string member) =>
        member.Equals("pin", StringComparison.OrdinalIgnoreCase) || member.Equals("userPin", StringComparison.OrdinalIgnoreCase)
            ? ("A PIN is not written into this file. Put it into a file that only its owner can read, and name that in 'pinFrom'.",
                ErrorCause.None)
            : null;

    /// <inheritdoc/>
    protected override TokenDraft Begin(SourcePosition position) => new(position);

    /// <inheritdoc/>
    protected override TokenDraft Check(YamlObject given, TokenDraft part)
    {
        if (!given.Has("uri"))
        {
            given.Require("library");
            given.Require("pinFrom");
            if (!given.Has("label") && !given.Has("serial"))
            {
                given.Error(given.Position, "This token needs its 'label', its 'serial' or its 'uri': which token of the library it is.");
            }
        }
        else if (given.Has("label") || given.Has("serial"))
        {
            given.Error(given.PositionOf("uri"), "Give either a uri, or a label or a serial number.");
        }

        return part;
    }
}
