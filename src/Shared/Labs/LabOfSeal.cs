using KmsTools.Sealing;

namespace KmsTools.Labs;

/// <summary>
/// The lab with the HSM that opens a seal: the one that was named, or one that has the token and is where labs are kept. Of a copy of a lab,
/// the token is copied once more, to a private folder: SoftHSM writes to a token at each login, and the configuration of a copy names
/// the folder of the original. Disposing of it deletes that.
/// </summary>
internal sealed class LabOfSeal : IDisposable
{
    private readonly string? _named;
    private readonly string[] _places;
    private string? _private;

    private LabOfSeal(string? named, string[] places) => (_named, _places) = (named, places);

    /// <summary>The configuration that SoftHSM reads; null where that of the environment counts.</summary>
    public string? Configuration { get; private set; }

    /// <summary>That of a backup.</summary>
    /// <param name="named">
    /// The folder of a lab or a copy of it, or the folder of a store with one: no other lab is used then. Null for none.
    /// </param>
    /// <param name="backup">The file of the backup: a copy of a lab may be beside it.</param>
    /// <param name="store">The folder where the store is to be; null for none.</param>
    /// <exception cref="ArgumentException">The folder that was named has no lab.</exception>
    public static LabOfSeal OfBackup(string? named, string backup, string? store)
    {
        if (named is null)
        {
            string?[] places = [store, SoftHsmLab.FindStore(), Path.GetDirectoryName(backup)];
            return In(places.OfType<string>());
        }

        return Array.Find([named, SoftHsmLab.LabOf(named)], static lab => Directory.Exists(SoftHsmLab.TokensIn(lab))) is { } lab
            ? new LabOfSeal(lab, [])
            : throw new ArgumentException(
                $"'{named}' has no lab of SoftHSM: name the folder softhsm of a store, or a copy of it, with its folder tokens.");
    }

    /// <summary>That of a store which is not opened by this process, and stays as it is.</summary>
    /// <param name="store">The folder of the store.</param>
    public static LabOfSeal OfStore(string store) => In([store]);

    /// <summary>Chooses the lab with the HSM of a seal.</summary>
    /// <param name="seal">The seal.</param>
    /// <exception cref="IOException">The token of a copy cannot be copied.</exception>
    /// <exception cref="UnauthorizedAccessException">The token of a copy cannot be copied.</exception>
    public void Choose(Seal seal)
    {
        string[] serials = [.. seal.Slots.Where(static slot => SoftHsmLab.IsLibrary(slot.HsmUri)).Select(SerialOf).OfType<string>()];
        if (serials.Length == 0)
        {
            return;
        }

        string? lab = _named ?? Array.Find(_places, place => TokensIn(place, serials).Length > 0);
        Configuration = lab is null ? null : SoftHsmLab.ConfigurationIn(lab) ?? Copy(TokensIn(lab, serials));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_private is not null)
        {
            Directory.Delete(_private, recursive: true);
            _private = null;
        }
    }

    private static LabOfSeal In(IEnumerable<string> folders) =>
        new(null, SoftHsmLab.IsOtherChosen ? [] : [.. folders.Select(SoftHsmLab.LabOf)]);

    private static string[] TokensIn(string lab, string[] serials) => Directory.Exists(SoftHsmLab.TokensIn(lab))
        ?
        [
            .. Directory.EnumerateDirectories(SoftHsmLab.TokensIn(lab))
                .Where(token => serials.Any(serial => SoftHsmLab.IsOfToken(token, serial))),
        ]
        : [];

    private static string? SerialOf(SealSlot slot) => slot.HsmUri!.Split('?')[0].Split(':', 2)[^1].Split(';')
        .Select(static attribute => attribute.Split('=', 2))
        .FirstOrDefault(static parts => parts is ["serial", _]) is [_, { } serial] ? Uri.UnescapeDataString(serial) : null;

    private string Copy(string[] tokens)
    {
        // Only its owner may read it.
        _private ??= Directory.CreateTempSubdirectory("kmstools-lab-").FullName;
        string folder = Directory.CreateDirectory(SoftHsmLab.TokensIn(_private)).FullName;
        foreach (string token in tokens)
        {
            string copy = Directory.CreateDirectory(Path.Combine(folder, Path.GetFileName(token))).FullName;
            foreach (string file in Directory.EnumerateFiles(token))
            {
                string copied = Path.Combine(copy, Path.GetFileName(file));
                using FileStream source = File.OpenRead(file);
                using FileStream target = new(copied, FileMode.Create);
                source.CopyTo(target);
            }
        }

        return SoftHsmLab.Configure(_private);
    }
}
