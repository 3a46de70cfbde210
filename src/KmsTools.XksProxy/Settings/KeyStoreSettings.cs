using System.Collections.Immutable;
using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Settings;

/// <summary>A logical key store: what an external key store of AWS KMS sees as its proxy.</summary>
public sealed record KeyStoreSettings
{
    /// <summary>What log and metrics call it: 1 to 64 characters of <c>[a-zA-Z0-9-_.]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The path before <c>/kms/xks/v1</c>, with its first slash and without a last one, such as <c>/example/one</c>; empty for none.
    /// Characters of <c>[a-zA-Z0-9/-_]</c>.
    /// </summary>
    public string Prefix { get; init; } = "";

    /// <summary>The Regions of the KMS that may call, at least one.</summary>
    public required ImmutableArray<string> Regions { get; init; }

    /// <summary>The credentials of which a request must have one. During a change two are valid at once.</summary>
    public required ImmutableArray<CredentialSettings> Credentials { get; init; }

    /// <summary>The keys, by the IDs that KMS knows them by.</summary>
    public ImmutableArray<KeySettings> Keys { get; init; } = [];

    /// <summary>Whether it serves; one that does not answers InvalidStateException for each of its keys.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>The requests per second, health checks excepted, after which ThrottlingException follows; null for no limit.</summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>
    /// Who may do what beyond what the policies in KMS allow already. The first rule that matches decides; where none does, the request is
    /// allowed.
    /// </summary>
    public ImmutableArray<AuthorizationRule> Rules { get; init; } = [];
}

/// <summary>A credential of Signature Version 4.</summary>
public sealed record CredentialSettings
{
    /// <summary>The access key ID: 20 to 30 characters of <c>[A-Z2-7]</c>.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>Where the raw secret access key comes from: 43 to 64 characters of <c>[a-zA-Z0-9/+=]</c>.</summary>
    public required SecretSource Secret { get; init; }

    /// <summary>From when it is valid; null for always.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Until when it is valid, itself excepted; null for ever.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}

/// <summary>What a key may be used for, beside what its attributes in the token say.</summary>
public enum XksKeyUsage
{
    /// <summary>Encryption and decryption.</summary>
    Both,

    /// <summary>Encryption only, without the check value that needs a decryption.</summary>
    Encrypt,

    /// <summary>Decryption only, as for a key that is to be retired.</summary>
    Decrypt,
}

/// <summary>An external key: an ID that KMS knows, and the keys in tokens that are behind it.</summary>
public sealed record KeySettings
{
    /// <summary>The external key ID: 1 to 128 characters of <c>[a-zA-Z0-9-_.]</c>, but neither <c>.</c> nor <c>..</c>.</summary>
    public required string ExternalKeyId { get; init; }

    /// <summary>The key that encrypts, and that decrypts what it has encrypted.</summary>
    public required KeyVersionSettings Current { get; init; }

    /// <summary>Keys that only decrypt what they have encrypted before another one took their place.</summary>
    public ImmutableArray<KeyVersionSettings> Former { get; init; } = [];

    /// <summary>Whether it can be used; one that cannot answers InvalidStateException.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>What it may be used for.</summary>
    public XksKeyUsage AllowedUsage { get; init; }
}

/// <summary>One key in a token.</summary>
public sealed record KeyVersionSettings
{
    /// <summary>
    /// Its number among the keys behind the same ID. It is in the metadata of each ciphertext, so it never names another key later.
    /// </summary>
    public byte Version { get; init; } = 1;

    /// <summary>The name of its token in the settings.</summary>
    public required string Token { get; init; }

    /// <summary>How it is found in the token.</summary>
    public required KeyName Name { get; init; }
}
