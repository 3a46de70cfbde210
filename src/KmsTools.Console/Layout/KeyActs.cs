namespace KmsTools.WebConsole.Layout;

/// <summary>Acts on several keys: a call for each, as in the console of AWS.</summary>
internal static class KeyActs
{
    /// <summary>Makes a call for each key; one that is refused does not keep the others from theirs.</summary>
    /// <param name="keyIds">The keys.</param>
    /// <param name="done">What the keys are afterwards, such as <c>enabled</c>.</param>
    /// <param name="call">Makes the call.</param>
    /// <param name="url">Where to go; null to stay.</param>
    /// <exception cref="KmsException">All calls were refused: the error of the first one.</exception>
    public static Done Each(string[] keyIds, string done, Action<string> call, string? url)
    {
        List<(string KeyId, KmsException Error)> refused = [];
        foreach (string keyId in keyIds)
        {
            try
            {
                call(keyId);
            }
            catch (KmsException exception)
            {
                refused.Add((keyId, exception));
            }
        }

        if (refused.Count == keyIds.Length)
        {
            throw refused[0].Error;
        }

        string message = Say(keyIds.Length - refused.Count, done);
        return refused.Count == 0 ? new Done(message, url) : new Done(
            $"{message} {Say(refused.Count, "not")} "
                + string.Join(' ', refused.Select(static each => $"{each.KeyId}: {each.Error.ErrorCode}: {each.Error.Message}")),
            url);
    }

    private static string Say(int count, string what) => count == 1 ? $"1 key is {what}." : $"{count} keys are {what}.";
}
