using System.Globalization;

namespace KmsTools.KeyStores;

/// <summary>
/// Selects a token by what its module reports about it. A member that is null matches anything. Texts are compared exactly except for
/// trailing blanks, with which PKCS#11 pads them. Source: the path attributes of RFC 7512.
/// </summary>
public sealed record TokenSelector
{
    /// <summary>CK_TOKEN_INFO.label: the attribute <c>token</c>.</summary>
    public string? Label { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_TOKEN_INFO.serialNumber: the attribute <c>serial</c>.</summary>
    public string? SerialNumber { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_TOKEN_INFO.manufacturerID.</summary>
    public string? Manufacturer { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_TOKEN_INFO.model.</summary>
    public string? Model { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_SLOT_ID. Modules number their slots again when tokens come and go, so it is for a single search only.</summary>
    public ulong? SlotId { get; init; }

    /// <summary>CK_SLOT_INFO.slotDescription.</summary>
    public string? SlotDescription { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_SLOT_INFO.manufacturerID.</summary>
    public string? SlotManufacturer { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_INFO.manufacturerID.</summary>
    public string? LibraryManufacturer { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_INFO.libraryDescription.</summary>
    public string? LibraryDescription { get; init => field = value?.TrimEnd(' '); }

    /// <summary>CK_INFO.libraryVersion; the minor version is 0 where only the major one was given.</summary>
    public (byte Major, byte Minor)? LibraryVersion { get; init; }

    /// <summary>Whether C_GetSlotInfo has to be called.</summary>
    public bool NeedsSlotInfo => SlotDescription is not null || SlotManufacturer is not null;

    /// <summary>Whether C_GetInfo has to be called.</summary>
    public bool NeedsLibraryInfo => LibraryManufacturer is not null || LibraryDescription is not null || LibraryVersion is not null;

    /// <summary>The token with a label.</summary>
    public static TokenSelector OfLabel(string label) => new() { Label = label };

    /// <summary>Whether an HSM of a cluster may be the one that is selected. What only inspecting the HSM can show is left out.</summary>
    public bool Allows(HsmToken token) =>
        (Label is null || Label == token.TokenLabel)
        && (SerialNumber is null || SerialNumber == token.SerialNumber)
        && (Manufacturer is null || token.Manufacturer is null || Manufacturer == token.Manufacturer)
        && (Model is null || token.Model is null || Model == token.Model);

    /// <summary>A description of what is selected: <c>label 'lab', serial number '0001'</c>.</summary>
    public override string ToString()
    {
        IEnumerable<(string Name, string? Value)> parts =
        [
            ("label", Label), ("serial number", SerialNumber), ("manufacturer", Manufacturer), ("model", Model),
            ("slot ID", SlotId?.ToString(
                CultureInfo.InvariantCulture)), ("slot description", SlotDescription), ("slot manufacturer", SlotManufacturer),
            ("library manufacturer", LibraryManufacturer), ("library description", LibraryDescription),
            ("library version", LibraryVersion is { } version ? $"{version.Major}.{version.Minor}" : null),
        ];
        return string.Join(", ", parts.Where(static part => part.Value is not null).Select(static part => $"{part.Name} '{part.Value}'"));
    }
}
