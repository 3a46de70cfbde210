namespace KmsTools.Pkcs11.Libraries;

/// <summary>How long an HSM may take before it counts as frozen.</summary>
internal sealed record HsmTimeLimits
{
    public static readonly HsmTimeLimits Default = new();

    /// <summary>One encryption, decryption or random number. New calls avoid an HSM where one takes longer.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The longest that a caller waits for one such call, on an HSM whose calls are made on other threads. Longer than those calls should
    /// ever take, because the caller is told that the HSM is lost.
    /// </summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Generating or destroying one key; each step of listing them.</summary>
    public TimeSpan Objects { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Generating an RSA key pair, or creating a token.</summary>
    public TimeSpan LongWork { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Initializing a module and finding its token, and then logging in; also inspecting.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>After this time an attempt to reconnect is abandoned, and another one begins.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Waiting for other processes and threads that work with the same token.</summary>
    public TimeSpan Lock { get; init; } = TimeSpan.FromSeconds(30);
}
