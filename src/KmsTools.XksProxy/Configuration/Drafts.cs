using System.Collections.Immutable;
using KmsTools.Estates;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Configuration;

/// <summary>A configuration as its text says it, with positions; the rules between its parts are not checked yet.</summary>
internal sealed record ProxyDraft
{
    /// <summary>The IP address to listen on.</summary>
    public Located<string>? Address { get; init; }

    /// <summary>The port to listen on.</summary>
    public Located<int>? Port { get; init; }

    /// <summary>Whether plain HTTP may be served on any address.</summary>
    public Located<bool>? AllowPlainHttp { get; init; }

    /// <summary>HTTPS.</summary>
    public TlsDraft? Tls { get; init; }

    /// <summary>The address and the port of metrics.</summary>
    public Located<string>? Metrics { get; init; }

    /// <summary>The file of the log.</summary>
    public Located<string>? LogFile { get; init; }

    /// <summary>The number of proxies.</summary>
    public Located<int>? FleetSize { get; init; }

    /// <summary>Seconds before the listener closes.</summary>
    public Located<int>? StopDelay { get; init; }

    /// <summary>What requests may take.</summary>
    public LimitsDraft? Limits { get; init; }

    /// <summary>The tokens.</summary>
    public ImmutableArray<TokenDraft> Tokens { get; init; } = [];

    /// <summary>The key stores.</summary>
    public ImmutableArray<KeyStoreDraft> KeyStores { get; init; } = [];
}

/// <summary>HTTPS.</summary>
internal sealed record TlsDraft
{
    /// <summary>The file of the certificate.</summary>
    public Located<string>? Certificate { get; init; }

    /// <summary>The file of its private key.</summary>
    public Located<string>? Key { get; init; }

    /// <summary>The file of the authorities of clients.</summary>
    public Located<string>? ClientAuthorities { get; init; }

    /// <summary>The names of clients.</summary>
    public ImmutableArray<Located<string>> ClientNames { get; init; } = [];
}

/// <summary>What requests may take.</summary>
internal sealed record LimitsDraft
{
    /// <summary>Bytes of a plaintext or a ciphertext.</summary>
    public Located<int>? PlaintextBytes { get; init; }

    /// <summary>Bytes of additional authenticated data.</summary>
    public Located<int>? AadBytes { get; init; }

    /// <summary>Open connections.</summary>
    public Located<int>? Connections { get; init; }
}

/// <summary>Where a secret comes from: one of the members.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record SecretDraft(SourcePosition Position)
{
    /// <summary>A file.</summary>
    public Located<string>? File { get; init; }

    /// <summary>An environment variable.</summary>
    public Located<string>? Environment { get; init; }

    /// <summary>A credential of systemd.</summary>
    public Located<string>? Credential { get; init; }
}

/// <summary>The name of a key in a token.</summary>
internal interface IKeyNameDraft
{
    /// <summary>CKA_LABEL.</summary>
    Located<string>? Label { get; }

    /// <summary>CKA_ID in hexadecimal digits.</summary>
    Located<string>? CkaId { get; }

    /// <summary>A PKCS#11 URI.</summary>
    Located<string>? Uri { get; }
}

/// <summary>The key of health checks.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record HealthKeyDraft(SourcePosition Position) : IKeyNameDraft
{
    /// <inheritdoc/>
    public Located<string>? Label { get; init; }

    /// <inheritdoc/>
    public Located<string>? CkaId { get; init; }

    /// <inheritdoc/>
    public Located<string>? Uri { get; init; }
}

/// <summary>A token.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record TokenDraft(SourcePosition Position)
{
    /// <summary>Its name.</summary>
    public Located<string>? Name { get; init; }

    /// <summary>Its library.</summary>
    public Located<string>? Library { get; init; }

    /// <summary>Its label.</summary>
    public Located<string>? Label { get; init; }

    /// <summary>Its serial number.</summary>
    public Located<string>? Serial { get; init; }

    /// <summary>Its PKCS#11 URI.</summary>
    public Located<string>? Uri { get; init; }

    /// <summary>Where the PIN comes from.</summary>
    public SecretDraft? PinFrom { get; init; }

    /// <summary>How many sessions.</summary>
    public Located<int>? MaxSessions { get; init; }

    /// <summary>How long to wait for one.</summary>
    public Located<int>? SessionWait { get; init; }

    /// <summary>How long to wait for an answer.</summary>
    public Located<int>? AnswerTime { get; init; }

    /// <summary>Whether additional data is hashed.</summary>
    public Located<bool>? HashAad { get; init; }

    /// <summary>Whether the token makes IVs.</summary>
    public Located<bool>? HsmMakesIv { get; init; }

    /// <summary>The key of health checks.</summary>
    public HealthKeyDraft? HealthKey { get; init; }
}

/// <summary>A key store.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record KeyStoreDraft(SourcePosition Position)
{
    /// <summary>Its name.</summary>
    public Located<string>? Name { get; init; }

    /// <summary>The path before /kms/xks/v1.</summary>
    public Located<string>? Prefix { get; init; }

    /// <summary>The Regions.</summary>
    public ImmutableArray<Located<string>> Regions { get; init; } = [];

    /// <summary>The credentials.</summary>
    public ImmutableArray<CredentialDraft> Credentials { get; init; } = [];

    /// <summary>The keys.</summary>
    public ImmutableArray<KeyDraft> Keys { get; init; } = [];

    /// <summary>Whether it serves.</summary>
    public Located<bool>? Enabled { get; init; }

    /// <summary>Its quota.</summary>
    public Located<int>? RequestsPerSecond { get; init; }

    /// <summary>Its rules.</summary>
    public ImmutableArray<RuleDraft> Rules { get; init; } = [];
}

/// <summary>A credential.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record CredentialDraft(SourcePosition Position)
{
    /// <summary>The access key ID.</summary>
    public Located<string>? AccessKeyId { get; init; }

    /// <summary>Where the secret access key comes from.</summary>
    public SecretDraft? SecretFrom { get; init; }

    /// <summary>From when it is valid.</summary>
    public Located<DateTimeOffset>? NotBefore { get; init; }

    /// <summary>Until when it is valid.</summary>
    public Located<DateTimeOffset>? NotAfter { get; init; }
}

/// <summary>A key in a token, with its version among the keys behind one ID.</summary>
internal interface IKeyVersionDraft : IKeyNameDraft
{
    /// <summary>Where it begins.</summary>
    SourcePosition Position { get; }

    /// <summary>The name of the token.</summary>
    Located<string>? Token { get; }

    /// <summary>The version.</summary>
    Located<int>? Version { get; }
}

/// <summary>A key behind an ID that was there before.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record FormerKeyDraft(SourcePosition Position) : IKeyVersionDraft
{
    /// <inheritdoc/>
    public Located<string>? Token { get; init; }

    /// <inheritdoc/>
    public Located<int>? Version { get; init; }

    /// <inheritdoc/>
    public Located<string>? Label { get; init; }

    /// <inheritdoc/>
    public Located<string>? CkaId { get; init; }

    /// <inheritdoc/>
    public Located<string>? Uri { get; init; }
}

/// <summary>An external key.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record KeyDraft(SourcePosition Position) : IKeyVersionDraft
{
    /// <summary>The external key ID.</summary>
    public Located<string>? Id { get; init; }

    /// <inheritdoc/>
    public Located<string>? Token { get; init; }

    /// <inheritdoc/>
    public Located<int>? Version { get; init; }

    /// <inheritdoc/>
    public Located<string>? Label { get; init; }

    /// <inheritdoc/>
    public Located<string>? CkaId { get; init; }

    /// <inheritdoc/>
    public Located<string>? Uri { get; init; }

    /// <summary>The keys that were there before.</summary>
    public ImmutableArray<FormerKeyDraft> Former { get; init; } = [];

    /// <summary>Whether it can be used.</summary>
    public Located<bool>? Enabled { get; init; }

    /// <summary>What it may be used for.</summary>
    public Located<XksKeyUsage>? Usage { get; init; }
}

/// <summary>What a rule does.</summary>
internal enum RuleEffect
{
    /// <summary>It allows.</summary>
    Allow,

    /// <summary>It denies.</summary>
    Deny,
}

/// <summary>A rule of a key store.</summary>
/// <param name="Position">Where it begins.</param>
internal sealed record RuleDraft(SourcePosition Position)
{
    /// <summary>Its name.</summary>
    public Located<string>? Name { get; init; }

    /// <summary>What it does.</summary>
    public Located<RuleEffect>? Effect { get; init; }

    /// <summary>The patterns, by the names of the members.</summary>
    public ImmutableDictionary<string, ImmutableArray<Located<string>>> Patterns { get; init; } =
        ImmutableDictionary<string, ImmutableArray<Located<string>>>.Empty;
}
