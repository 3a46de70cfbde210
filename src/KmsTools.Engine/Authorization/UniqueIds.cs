using System.Security.Cryptography;

namespace KmsTools.Authorization;

/// <summary>The IDs of principals and access keys. Source: "IAM unique identifiers", IAM User Guide.</summary>
internal static class UniqueIds
{
    /// <summary>The prefix of the ID of an access key.</summary>
    public const string AccessKeyPrefix = "AKIA";

    private const string TemporaryAccessKeyPrefix = "ASIA";
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int PrincipalLength = 17;
    private const int AccessKeyLength = 16;

    /// <summary>A new ID of a user, a role or a group: AIDA, AROA or AGPA and 17 letters and digits.</summary>
    public static string NewPrincipal(PrincipalType type) => Prefix(type) + RandomNumberGenerator.GetString(Alphabet, PrincipalLength);

    /// <summary>The ID of a user or a role that its digest determines.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="digest">At least 17 bytes.</param>
    public static string PrincipalOf(PrincipalType type, ReadOnlySpan<byte> digest)
    {
        Span<char> text = stackalloc char[PrincipalLength];
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = Alphabet[digest[i] % Alphabet.Length];
        }

        return string.Concat(Prefix(type), text);
    }

    /// <summary>A new ID of an access key.</summary>
    public static string NewAccessKey() => AccessKeyPrefix + RandomNumberGenerator.GetString(Alphabet, AccessKeyLength);

    /// <summary>A new ID of the access key of temporary credentials.</summary>
    public static string NewTemporaryAccessKey() => TemporaryAccessKeyPrefix + RandomNumberGenerator.GetString(Alphabet, AccessKeyLength);

    private static string Prefix(PrincipalType type) => type switch
    {
        PrincipalType.User => "AIDA",
        PrincipalType.Role => "AROA",
        _ => "AGPA",
    };
}
