namespace KmsTools.Http;

/// <summary>
/// The blanks of HTTP: space and tab (RFC 9110, section 5.6.3). Whatever else Unicode counts as white space is part of a value, and is neither
/// signed nor compared as if it were not there.
/// </summary>
public static class HttpBlanks
{
    private const string All = " \t";

    /// <summary>The text without blanks at its start and end.</summary>
    /// <param name="text">The value of a header, or a part of it.</param>
    public static ReadOnlySpan<char> TrimBlanks(this ReadOnlySpan<char> text) => text.Trim(All);
}
