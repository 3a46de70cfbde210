using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// What the platform throws for the encoding of a key that it cannot use. It is not one type: a curve that it does not know, for instance,
/// is not supported, and a length may be out of range. All of it is the fault of whoever gave the encoding.
/// </summary>
internal static class UnusableKey
{
    /// <summary>Whether an exception says that an encoding cannot be used.</summary>
    public static bool IsCauseOf(Exception exception) =>
        exception is CryptographicException or NotSupportedException or ArgumentException or OverflowException;
}
