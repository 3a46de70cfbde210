using System.Collections.Immutable;

namespace KmsTools.WebConsole.Keys;

/// <summary>What keys can be created: key specs with each usage that they have, so that no page offers what does not go together.</summary>
internal static class KeyTypes
{
    /// <summary>The key specs that keys can have: SM2 is offered in China Regions of AWS only.</summary>
    public static ImmutableArray<KeySpec> Offered { get; } = [.. Enum.GetValues<KeySpec>().Where(static spec => spec != KeySpec.SM2)];

    /// <summary>The key specs of each key usage.</summary>
    public static ImmutableArray<(KeyUsageType Usage, string Name, ImmutableArray<KeySpec> Specs)> ByUsage { get; } =
    [
        .. Enum.GetValues<KeyUsageType>()
            .Select(static usage => (usage, NameOf(usage), Offered.RemoveAll(spec => !KeyMetadata.UsagesOf(spec).Contains(usage)))),
    ];

    /// <summary>A key spec and a key usage as the value of one field.</summary>
    public static string ValueOf(KeySpec spec, KeyUsageType usage) => $"{spec}/{usage}";

    /// <summary>What becomes due, for people.</summary>
    public static string NameOf(DueKind kind) => kind switch
    {
        DueKind.MaterialExpiry => "Key material expires",
        DueKind.Rotation => "Rotation",
        _ => "Deletion",
    };

    /// <summary>The key usage as the console of AWS names it.</summary>
    public static string NameOf(KeyUsageType usage) => usage switch
    {
        KeyUsageType.ENCRYPT_DECRYPT => "Encrypt and decrypt",
        KeyUsageType.SIGN_VERIFY => "Sign and verify",
        KeyUsageType.GENERATE_VERIFY_MAC => "Generate and verify MAC",
        _ => "Key agreement",
    };
}
