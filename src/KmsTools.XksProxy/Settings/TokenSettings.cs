using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Settings;

/// <summary>A token behind a PKCS#11 library.</summary>
public sealed record TokenSettings
{
    /// <summary>What keys and health answers call it: 1 to 64 characters of <c>[a-zA-Z0-9-_.]</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The library: a full path, or <c>path|parameters</c> for a library that takes parameters (NSS).</summary>
    public required string Library { get; init; }

    /// <summary>Which token of the library it is.</summary>
    public required TokenSelector Token { get; init; }

    /// <summary>Where the PIN of its user comes from.</summary>
    public required SecretSource Pin { get; init; }

    /// <summary>How many calls of the proxy may be in the token at once, each in a separate session.</summary>
    public int MaxSessions { get; init; } = 30;

    /// <summary>How long a request waits for one of these sessions before it is answered with ThrottlingException.</summary>
    public TimeSpan SessionWait { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// How long a request waits for the token before it is answered with DependencyTimeoutException, the wait for a session included.
    /// AWS KMS gives up after 250 ms.
    /// </summary>
    public TimeSpan AnswerTime { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Whether the token authenticates the SHA-256 hash of additional data instead of the data, which some tokens limit. What was encrypted
    /// the other way is decrypted all the same.
    /// </summary>
    public bool HashesAad { get; init; }

    /// <summary>
    /// The key that health checks encrypt and decrypt with, and that no key store has; null checks only whether the token answers.
    /// </summary>
    public KeyName? HealthKey { get; init; }

    /// <summary>
    /// Whether the token makes the IVs of AES-GCM and takes none, as CloudHSM does. Where it is not said, it is found out with the first
    /// message.
    /// </summary>
    public bool HsmMakesIv { get; init; }
}
