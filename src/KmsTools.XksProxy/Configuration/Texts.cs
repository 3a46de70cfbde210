using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The types of values in a configuration.</summary>
internal static class Texts
{
    private const int MaxShown = 64;

    /// <summary>The name of a token or a key store.</summary>
    public static readonly TextFormat Name = Of(
        "[a-zA-Z0-9_.-]{1,64}", static text => $"'{Shown(text)}' is not a name: 1 to 64 letters, digits, '-', '_' and '.'.");

    /// <summary>An external key ID. Source: XKS proxy API 1.0.3.</summary>
    public static readonly TextFormat ExternalKeyId = Of(
        "[a-zA-Z0-9_.-]{1,128}",
        static text => $"'{Shown(text)}' is not an external key ID: 1 to 128 letters, digits, '-', '_' and '.'.");

    /// <summary>An access key ID. Source: XKS proxy API 1.0.3.</summary>
    public static readonly TextFormat AccessKeyId = Of(
        "[A-Z2-7]{20,30}",
        static text => $"An access key ID has 20 to 30 characters, of A to Z and 2 to 7; this one has {text.Length}. "
            + "The command new-credential makes one.");

    /// <summary>The path before /kms/xks/v1. Source: XksProxyUriPath in the API of AWS KMS.</summary>
    public static readonly TextFormat Prefix = Of(
        "(/[a-zA-Z0-9_-]+)*",
        static text => $"'{Shown(text)}' is not a prefix: parts of letters, digits, '-' and '_', each after a '/', such as /example/one; "
            + "or \"\" for none.");

    /// <summary>True or false.</summary>
    public static readonly FlagFormat Off = new() { Default = false };

    /// <summary>True or false.</summary>
    public static readonly FlagFormat On = new() { Default = true };

    /// <summary>A number within limits.</summary>
    /// <param name="name">The name of its member.</param>
    /// <param name="minimum">The minimum.</param>
    /// <param name="maximum">The maximum.</param>
    /// <param name="absent">The default value; null if there is none.</param>
    public static NumberFormat Number(string name, int minimum, int maximum, int? absent = null) => new(minimum, maximum)
    {
        Default = absent,
        Refusal = number => $"'{name}' is {number}. It must be from {minimum} to {maximum}.",
    };

    /// <summary>Text from the file for a message, which has no use for the whole of a long one.</summary>
    public static string Shown(string text) => text.Length > MaxShown ? text[..MaxShown] + "..." : text;

    private static TextFormat Of(string pattern, Func<string, string> refusal) =>
        new(TextFormat.Any) { Pattern = pattern, Refusal = refusal };
}
