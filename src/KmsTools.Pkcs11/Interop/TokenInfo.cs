using System.Globalization;
using System.Text;

namespace KmsTools.Pkcs11.Interop;

/// <summary>CK_TOKEN_INFO without padding.</summary>
internal readonly record struct TokenInfo(
    string Label,
    string SerialNumber,
    string Manufacturer,
    string Model,
    string FirmwareVersion,
    ulong Flags,
    ulong MinimumPinLength,
    ulong MaximumPinLength)
{
    public bool Has(ulong flag) => (Flags & flag) != 0;

    public bool Is(HsmToken token)
        => Has(Cryptoki.CKF_TOKEN_INITIALIZED)
            && string.Equals(Label, token.TokenLabel, StringComparison.Ordinal)
            && string.Equals(SerialNumber, token.SerialNumber, StringComparison.Ordinal);

    public static unsafe TokenInfo Read(Abi abi, byte* structure)
    {
        TokenInfoLayout layout = abi.TokenInfo;
        byte* firmware = structure + layout.FirmwareVersion;
        return new(
            Text(structure + layout.Label, 32),
            Text(structure + layout.SerialNumber, 16),
            Text(structure + layout.Manufacturer, 32),
            Text(structure + layout.Model, 16),
            string.Create(CultureInfo.InvariantCulture, $"{firmware[0]}.{firmware[1]}"),
            abi.ReadULong(structure + layout.Flags),
            abi.ReadULong(structure + layout.MinimumPinLength),
            abi.ReadULong(structure + layout.MaximumPinLength));
    }

    // The standard pads with blanks; some modules pad with zeros.
    private static unsafe string Text(byte* field, int length)
        => Encoding.UTF8.GetString(new ReadOnlySpan<byte>(field, length)).TrimEnd(' ', '\0');
}
