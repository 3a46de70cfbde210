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
    ulong MaximumPinLength,
    int? FreeSessions)
{
    /// <summary>The token as people see it.</summary>
    public HsmStatus ToStatus(string library) => new(
        Label,
        SerialNumber,
        // An HSM without a crypto user is active all the same, as a CloudHSM cluster without kmsuser is: a connect tells USER_NOT_FOUND.
        Has(CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED) ? HsmState.ACTIVE : HsmState.UNINITIALIZED,
        Manufacturer,
        Model,
        FirmwareVersion,
        library,
        FreeSessions);

    public bool Has(ulong flag) => (Flags & flag) != 0;

    public bool Is(HsmToken token)
        => Has(CKF_TOKEN_INITIALIZED)
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
            abi.ReadULong(structure + layout.MaximumPinLength),
            Free(
                abi,
                abi.ReadULong(structure + layout.MaximumSessionCount),
                abi.ReadULong(structure + layout.SessionCount)));
    }

    // 0 is CK_EFFECTIVELY_INFINITE.
    private static int? Free(Abi abi, ulong maximum, ulong open)
        => maximum == 0 || maximum == abi.Unavailable || open == abi.Unavailable
            ? null
            : (int)Math.Min(int.MaxValue, maximum - Math.Min(open, maximum));

    // The standard pads with blanks; some modules pad with zeros.
    private static unsafe string Text(byte* field, int length)
        => Encoding.UTF8.GetString(new ReadOnlySpan<byte>(field, length)).TrimEnd(' ', '\0');
}
