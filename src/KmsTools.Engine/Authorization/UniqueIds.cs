using System.Security.Cryptography;

namespace KmsTools.Authorization;

/// <summary>The IDs of principals and access keys. Source: "IAM unique identifiers", IAM User Guide.</summary>
internal static class UniqueIds
{
    /// <summary>The prefix of the ID of an access key.</summary>
    public const string AccessKeyPrefix = "AKIA";

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int PrincipalLength = 17;
    private const int AccessKeyLength = 16;

    /// <summary>A new ID of a user, a role or a group: AIDA, AROA or AGPA and 17 letters and digits.</summary>
    public static string NewPrincipal(PrincipalType type) => Prefix(type) + RandomNumberGenerator.GetString(Alphabet, PrincipalLength);

    /// <summary>A new ID of an access key.</summary>
    public static string NewAccessKey() => AccessKeyPrefix + RandomNumberGenerator.GetString(Alphabet, AccessKeyLength);

    private static string Prefix(PrincipalType type) => type switch
    {
        PrincipalType.User => "AIDA",
        PrincipalType.Role => "AROA",
        _ => "AGPA",
    };
}
