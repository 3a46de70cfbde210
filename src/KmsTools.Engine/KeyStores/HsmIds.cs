using System.Security.Cryptography;
using KmsTools.Identifiers;

namespace KmsTools.KeyStores;

/// <summary>Random IDs in the alphabet of AWS CloudHSM.</summary>
internal static class HsmIds
{
    private const int Length = 11;

    /// <summary>The ID of a new backup.</summary>
    public static string OfBackup() => "backup-" + Ending(Length);

    /// <summary>A random part that distinguishes a new name from others.</summary>
    /// <param name="length">The number of characters, of 5 bits each.</param>
    public static string Ending(int length) => RandomNumberGenerator.GetString(ClusterId.RandomAlphabet, length);
}
