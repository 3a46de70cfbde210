using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>A credential of a key store.</summary>
internal sealed class CredentialFormat()
    : PartFormat<CredentialDraft>(
        "credential",
        "What KMS signs its requests with. During a rotation two are valid at once: add the new one, give it to KMS, and remove the old one.")
{
    /// <summary>The one instance.</summary>
    public static readonly CredentialFormat Instance = new();

    private static readonly string[] Secrets = ["secret", "secretAccessKey", "rawSecretAccessKey"];

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<CredentialDraft>> Members { get; } =
    [
        Member("accessKeyId", Texts.AccessKeyId, static one => one.AccessKeyId, static (one, id) => one with { AccessKeyId = id },
            "The access key ID.", isRequired: true),
        Member("secretFrom", Value.Part(SecretFormat.Instance), static one => one.SecretFrom,
            static (one, source) => one with { SecretFrom = source },
            "Where the raw secret access key comes from.", isRequired: true),
        Member("notBefore", new MomentFormat(), static one => one.NotBefore, static (one, moment) => one with { NotBefore = moment },
            "From when it is valid. The default is always."),
        Member("notAfter", new MomentFormat(), static one => one.NotAfter, static (one, moment) => one with { NotAfter = moment },
            "Until when it is valid. The default is for ever."),
    ];

    /// <inheritdoc/>
    public override (string Reason, ErrorCause Cause)? WhyNot(string member) =>
        Secrets.Contains(member, StringComparer.OrdinalIgnoreCase)
            ? ("A secret access key is not written into this file. Put it into a file that only its owner can read, and name that in "
                + "'secretFrom'.", ErrorCause.None)
            : null;

    /// <inheritdoc/>
    protected override CredentialDraft Begin(SourcePosition position) => new(position);

    /// <inheritdoc/>
    protected override CredentialDraft Check(YamlObject given, CredentialDraft part)
    {
        if (part is { NotBefore: { } from, NotAfter: { } until } && from.Value >= until.Value)
        {
            given.Error(until.Position, "'notAfter' is not later than 'notBefore': the credential would never be valid.");
        }

        return part;
    }
}
