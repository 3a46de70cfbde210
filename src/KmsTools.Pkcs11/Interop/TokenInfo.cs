using System.Globalization;
using System.Text;
using KmsTools.KeyStores;

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
    /// <summary>The token as it is shown to users.</summary>
    public HsmStatus ToStatus(string library) => new(
        Label,
        SerialNumber,
        // An HSM without a crypto user is active all the same, as a CloudHSM cluster without kmsuser is: a connect reports USER_NOT_FOUND.
        Has(CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED) ? HsmState.ACTIVE : HsmState.UNINITIALIZED,
        Manufacturer,
        Model,
        FirmwareVersion,
        library,
        FreeSessions)
    {
        Uri = HsmUri.Of(library, new HsmToken(Label, SerialNumber, null, Manufacturer, Model)),
        MinPinLength = MaximumPinLength == 0 ? null : Number(MinimumPinLength),
        MaxPinLength = MaximumPinLength == 0 ? null : Number(MaximumPinLength),
    };

    // Some modules say "no limit" with a number that no HSM can have.
    private static int? Number(ulong number) => number > int.MaxValue ? null : (int)number;

    public bool Has(ulong flag) => (Flags & flag) != 0;

    /// <summary>
    /// Whether this may be an HSM of a cluster. One whose serial number says nothing is recognized by its other attributes.
    /// </summary>
    public bool Is(HsmToken token) =>
        Has(CKF_TOKEN_INITIALIZED)
            && string.Equals(Label, token.TokenLabel, StringComparison.Ordinal)
            && string.Equals(SerialNumber, token.SerialNumber, StringComparison.Ordinal)
            && (token.HasTellingSerial || HasMakerOf(token));

    /// <summary>Whether manufacturer and model are those of an HSM of a cluster, as far as they are known.</summary>
    public bool HasMakerOf(HsmToken token) =>
        (token.Manufacturer is null || string.Equals(Manufacturer, token.Manufacturer, StringComparison.Ordinal))
            && (token.Model is null || string.Equals(Model, token.Model, StringComparison.Ordinal));

    /// <summary>Whether the token, initialized or not, has the attributes that a selector specifies besides the label.</summary>
    public bool IsOf(TokenSelector wanted) =>
        (wanted.SerialNumber is null || wanted.SerialNumber == SerialNumber)
            && (wanted.Manufacturer is null || wanted.Manufacturer == Manufacturer)
            && (wanted.Model is null || wanted.Model == Model);

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
                abi.ReadULong(structure + layout.MaximumSessionCount),
                abi.ReadULong(structure + layout.SessionCount)));
    }

    // 0 is CK_EFFECTIVELY_INFINITE.
    private static int? Free(ulong maximum, ulong open) =>
        maximum == 0 || Number(maximum) is not { } limit || Number(open) is not { } used ? null : Math.Max(0, limit - used);

    // The standard pads with blanks; some modules pad with zeros.
    internal static unsafe string Text(byte* field, int length) =>
        Encoding.UTF8.GetString(new ReadOnlySpan<byte>(field, length)).TrimEnd(' ', '\0');
}

/// <summary>CK_SLOT_INFO without padding.</summary>
internal readonly record struct SlotInfo(string Description, string Manufacturer)
{
    public static unsafe SlotInfo Read(Abi abi, byte* structure) => new(
        TokenInfo.Text(structure + abi.SlotInfo.Description, 64), TokenInfo.Text(structure + abi.SlotInfo.Manufacturer, 32));
}

/// <summary>CK_INFO without padding.</summary>
internal readonly record struct LibraryInfo(string Manufacturer, string Description, (byte Major, byte Minor) Version)
{
    public static unsafe LibraryInfo Read(Abi abi, byte* structure) => new(
        TokenInfo.Text(structure + abi.LibraryInfo.Manufacturer, 32),
        TokenInfo.Text(structure + abi.LibraryInfo.Description, 32),
        (structure[abi.LibraryInfo.Version], structure[abi.LibraryInfo.Version + 1]));
}
