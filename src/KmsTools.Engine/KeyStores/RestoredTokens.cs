using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.KeyStores;

/// <summary>The names of tokens that are created from copies.</summary>
internal static class RestoredTokens
{
    private const int MaxLabelLength = 32;
    private const int SuffixLength = 5;
    private const int SerialBytes = 8;

    /// <summary>The tokens to create from a copy, one for each HSM in it.</summary>
    /// <param name="backup">The copy.</param>
    /// <param name="labels">Their labels; empty derives them from those of the HSMs.</param>
    /// <exception cref="ArgumentException">Too many or too few labels are given, or one is empty, too long, or given twice.</exception>
    public static ImmutableArray<HsmToken> Of(HsmClusterBackup backup, IReadOnlyList<string> labels)
    {
        if (labels.Count > 0 && labels.Count != backup.Hsms.Length)
        {
            throw new ArgumentException(
                $"Backup {backup.BackupId} has {backup.Hsms.Length} HSMs: give as many token labels, or none.", nameof(labels));
        }

        if (labels.FirstOrDefault(static label => Encoding.UTF8.GetByteCount(label) is 0 or > MaxLabelLength) is not null)
        {
            throw new ArgumentException($"A token label has 1 to {MaxLabelLength} bytes.", nameof(labels));
        }

        if (labels.Distinct(StringComparer.Ordinal).Count() != labels.Count)
        {
            throw new ArgumentException("The token labels of a cluster differ from each other: give each HSM another one.", nameof(labels));
        }

        // HSMs with the same label get different labels.
        string ending = "-" + HsmIds.Ending(SuffixLength);
        string Suffix(int i)
        {
            int before = backup.Hsms.Take(i).Count(hsm => hsm.TokenLabel == backup.Hsms[i].TokenLabel);
            return before > 0 ? $"{ending}-{before + 1}" : ending;
        }

        return
        [
            .. backup.Hsms.Select((hsm, i) => new HsmToken(
                labels.Count > 0 ? labels[i] : Shortened(hsm.TokenLabel, MaxLabelLength - Suffix(i).Length) + Suffix(i),
                NewSerialNumber(),
                hsm.Library)),
        ];
    }

    /// <summary>A serial number that no other token has.</summary>
    public static string NewSerialNumber() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SerialBytes));

    private static string Shortened(string label, int bytes)
    {
        while (Encoding.UTF8.GetByteCount(label) > bytes)
        {
            label = label[..^(char.IsLowSurrogate(label[^1]) ? 2 : 1)];
        }

        return label;
    }
}
