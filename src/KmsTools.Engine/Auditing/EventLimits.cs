using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Auditing;

/// <summary>
/// How much of what a caller sends an event may hold ("CloudTrail record contents", AWS CloudTrail User Guide), so that refused calls
/// cannot fill a disk faster than they are sent.
/// </summary>
internal static class EventLimits
{
    /// <summary>The characters of an error message; the rest is cut off.</summary>
    public const int MaxErrorMessage = 1024;

    /// <summary>The characters of all parameters of a request; more are omitted.</summary>
    public const int MaxParameters = 100 * 1024;

    /// <summary>The characters of each parameter of a request that is not valid. What is longer may be anything.</summary>
    public const int MaxInvalidText = 1024;

    /// <summary>The beginning of a text, without half of a surrogate pair. Null, which a refused request may contain, stays null.</summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Cut(string? text, int max) =>
        text is null || text.Length <= max ? text : text[..(char.IsHighSurrogate(text[max - 1]) ? max - 1 : max)];
}
