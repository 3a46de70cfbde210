using System.Security;
using KmsTools.Cryptography;

namespace KmsTools.Sessions;

/// <summary>The PIN of a token, on its way to the program of the XKS proxy: through a pipe, which no other user sees.</summary>
internal static class XksPin
{
    private static readonly string[] FromInput = ["--pin-from-input"];

    /// <summary>The PIN that was given, or is in a file; null if neither.</summary>
    /// <param name="given">The PIN; null if it was not given.</param>
    /// <param name="file">The file, as the user has written its path; null if none was given.</param>
    /// <param name="resolvePath">Makes full paths.</param>
    /// <returns>The PIN as UTF-8; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">Both were given, or it is empty, or the file cannot be used.</exception>
    public static Secret? Read(SecureString? given, string? file, Func<string, string> resolvePath) =>
        SealSecrets.Read(given, file, "PIN", resolvePath);

    /// <summary>The option that makes the program read the PIN, if there is one.</summary>
    public static IEnumerable<string> Option(Secret? pin) => pin is null ? [] : FromInput;

    /// <summary>A URI that other users may see.</summary>
    /// <exception cref="ArgumentException">It contains the PIN.</exception>
    public static string RequireNone(string uri) => uri.Contains("pin-value=", StringComparison.OrdinalIgnoreCase)
        ? throw new ArgumentException("The URI contains the PIN. Give -Pin, or name a file in the URI: pin-source=file:/path.")
        : uri;
}
