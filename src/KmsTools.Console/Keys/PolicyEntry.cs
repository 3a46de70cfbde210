namespace KmsTools.WebConsole.Keys;

/// <summary>A policy as it comes from a text area.</summary>
internal static class PolicyEntry
{
    /// <summary>The policy, or null for nothing. Browsers send line ends that the user did not write.</summary>
    public static string? Read(string? entered) =>
        string.IsNullOrWhiteSpace(entered) ? null : entered.Replace("\r\n", "\n", StringComparison.Ordinal);
}
