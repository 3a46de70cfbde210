using System.Text.RegularExpressions;

namespace KmsTools.Commands;

/// <summary>Finds the member of a request that a message of AWS is about.</summary>
internal static partial class MemberNames
{
    /// <summary>The name of the first member in a message, as AWS spells it; null if it names none.</summary>
    public static string? Find(string message) => Member().Match(message) is { Success: true } found ? found.Groups["name"].Value : null;

    [GeneratedRegex("at '(?<name>[A-Za-z]+)[.'\\[]", RegexOptions.ExplicitCapture)]
    private static partial Regex Member();
}
