namespace KmsTools.Estates;

/// <summary>The IDs that parts of an estate have in the store.</summary>
internal sealed class EstateIds
{
    // Two parts with the same content are still two parts.
    private readonly Dictionary<EstatePart, string> _ids = new(ReferenceEqualityComparer.Instance);

    /// <summary>The ID of a part that exists.</summary>
    public string this[EstatePart part]
    {
        get => _ids[part];
        set => _ids[part] = value;
    }

    /// <summary>The ID of a part, or null while it does not exist.</summary>
    public string? Find(EstatePart part) => _ids.GetValueOrDefault(part);

    /// <summary>
    /// The IDs with a stand-in for every part that does not exist yet, so that requests can be checked before anything is changed.
    /// </summary>
    public static EstateIds StandIns(EstateIds known, IEnumerable<EstatePart> parts)
    {
        EstateIds ids = new();
        foreach (EstatePart part in parts)
        {
            ids[part] = known.Find(part) ?? part switch
            {
                EstateKeyStore => "cks-00000000000000000",
                EstateCluster cluster => cluster.Id.Value,
                _ => Guid.Empty.ToString("D"),
            };
        }

        return ids;
    }
}
