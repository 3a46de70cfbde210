namespace KmsTools.Programs;

/// <summary>The standard input of a program that a cmdlet has started: it ends with the process of the cmdlet.</summary>
internal static class StandardInput
{
    /// <summary>Waits for its end. What it contains has no meaning.</summary>
    public static async Task WaitForEndAsync()
    {
        using Stream input = Console.OpenStandardInput();
        byte[] buffer = new byte[256];
        while (await input.ReadAsync(buffer).ConfigureAwait(false) > 0)
        {
            // Only the end matters.
        }
    }
}
