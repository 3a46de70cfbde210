using KmsTools.Estates;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>What requests may take.</summary>
internal sealed class LimitsFormat()
    : PartFormat<LimitsDraft>("limits", "What requests may take, never less than AWS KMS may send.")
{
    // Before the instance, which is made of it.
    private static readonly LimitSettings Defaults = new();

    /// <summary>The one instance.</summary>
    public static readonly LimitsFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<LimitsDraft>> Members { get; } =
    [
        Member("plaintextBytes",
            Texts.Number(
                "plaintextBytes",
                LimitSettings.MinPlaintextBytes,
                LimitSettings.MaxPlaintextBytesAllowed,
                Defaults.MaxPlaintextBytes),
            static limits => limits.PlaintextBytes, static (limits, bytes) => limits with { PlaintextBytes = bytes },
            "The longest plaintext or ciphertext, in bytes. The default is 6144."),
        Member("additionalAuthenticatedDataBytes",
            Texts.Number(
                "additionalAuthenticatedDataBytes",
                LimitSettings.MinAadBytes,
                LimitSettings.MaxAadBytesAllowed,
                Defaults.MaxAadBytes),
            static limits => limits.AadBytes, static (limits, bytes) => limits with { AadBytes = bytes },
            "The longest additional authenticated data, in bytes. The default is 16384."),
        Member("connections", Texts.Number("connections", 1, 100_000, Defaults.MaxConnections), static limits => limits.Connections,
            static (limits, count) => limits with { Connections = count },
            "How many connections may be open; more are closed. The default is 5000."),
    ];

    /// <inheritdoc/>
    protected override LimitsDraft Begin(SourcePosition position) => new();
}
