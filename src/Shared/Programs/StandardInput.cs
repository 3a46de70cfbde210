using KmsTools.Cryptography;

namespace KmsTools.Programs;

/// <summary>The standard input of a program that a cmdlet has started: it ends with the process of the cmdlet.</summary>
internal static class StandardInput
{
    /// <summary>Reads a secret (UTF-8) that is all that it contains, except a final line ending.</summary>
    /// <param name="what">What it is, as in "PIN".</param>
    /// <returns>The caller disposes of it.</returns>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public static Secret ReadSecret(string what)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(SecretFile.MaxSize + 1, pinned: true);
        try
        {
            using Stream input = Console.OpenStandardInput();
            int length = input.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            ReadOnlySpan<byte> secret = bytes.AsSpan(0, length).TrimEnd("\r\n"u8);
            return length > SecretFile.MaxSize ? throw new ArgumentException($"Standard input contains more than a {what}.")
                : secret.IsEmpty ? throw new ArgumentException($"Standard input does not contain a {what}.")
                : Secret.CopyOf(secret);
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

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
