using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>Where a secret comes from.</summary>
internal sealed class SecretFormat()
    : PartFormat<SecretDraft>("secret", "Where a PIN or a secret access key comes from, which is never in this file: one of the members.")
{
    /// <summary>The one instance.</summary>
    public static readonly SecretFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<SecretDraft>> Members { get; } =
    [
        Member("file", Value.String, static secret => secret.File, static (secret, file) => secret with { File = file },
            "A file that contains only the secret, and that only its owner can read. A relative path is relative to this file."),
        Member("environment", Value.String, static secret => secret.Environment,
            static (secret, name) => secret with { Environment = name },
            "The name of an environment variable."),
        Member("credential", Value.Like("[^/]+"), static secret => secret.Credential,
            static (secret, name) => secret with { Credential = name },
            "The name of a credential that systemd gives to the service (LoadCredential, LoadCredentialEncrypted)."),
    ];

    /// <inheritdoc/>
    protected override string OneOnly => "Name one source of the secret: file, environment or credential.";

    /// <inheritdoc/>
    protected override SecretDraft Begin(SourcePosition position) => new(position);
}
