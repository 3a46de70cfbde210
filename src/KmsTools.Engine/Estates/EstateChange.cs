using KmsTools.Alarms;

namespace KmsTools.Estates;

/// <summary>What a change is about.</summary>
public enum EstateKind
{
    /// <summary>A cluster of HSMs.</summary>
    Cluster,

    /// <summary>A custom key store.</summary>
    KeyStore,

    /// <summary>A key itself: its creation, description, material, state.</summary>
    Key,

    /// <summary>A replica of a multi-Region key.</summary>
    Replica,

    /// <summary>An alias.</summary>
    Alias,

    /// <summary>A tag.</summary>
    Tag,

    /// <summary>The key policy.</summary>
    Policy,

    /// <summary>The automatic rotation.</summary>
    Rotation,

    /// <summary>A grant.</summary>
    Grant,

    /// <summary>An alarm.</summary>
    Alarm,
}

/// <summary>What was done.</summary>
public enum EstateAction
{
    /// <summary>It was made.</summary>
    Created,

    /// <summary>It was there and was changed.</summary>
    Updated,

    /// <summary>It is as described, with all that belongs to it.</summary>
    Unchanged,

    /// <summary>It cannot be done yet: the key has no key material, and the estate gives none. A later import does it.</summary>
    Waiting,
}

/// <summary>One change that an import makes.</summary>
public sealed record EstateChange
{
    /// <summary>What it is about.</summary>
    public required EstateKind Kind { get; init; }

    /// <summary>The name of what it is about: an alias, a tag key, an ID.</summary>
    public required string Name { get; init; }

    /// <summary>What will have been done.</summary>
    public required EstateAction Action { get; init; }

    /// <summary>The Region; null for clusters, and for alarms that watch all.</summary>
    public string? Region { get; init; }

    /// <summary>What the change is, in words, such as <c>Create the key</c>. Names no secret.</summary>
    public required string Description { get; init; }

    /// <summary>What the change is made to, as in a question to the user.</summary>
    public required string Target { get; init; }

    /// <summary>The member that asks for it.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>The cluster, key store, key, replica or alarm of the estate that it belongs to.</summary>
    internal object Owner { get; init; } = "";

    /// <summary>Makes the request, once the IDs of what it needs are known; null for nothing to do.</summary>
    internal Func<EstateIds, object>? Request { get; init; }

    /// <summary>A second request of the same change, once the first is answered; null for none.</summary>
    internal Func<EstateIds, object>? Then { get; init; }

    /// <summary>What must exist before: parts of the estate.</summary>
    internal IReadOnlyList<object> Needs { get; init; } = [];

    /// <summary>Where the member stands that an error is about; the position of the change when null.</summary>
    internal Func<KmsException, SourcePosition>? Blame { get; init; }
}

/// <summary>What came of one change.</summary>
public sealed record EstateResult
{
    /// <summary>What it is about.</summary>
    public required EstateKind Kind { get; init; }

    /// <summary>The name of what it is about.</summary>
    public required string Name { get; init; }

    /// <summary>What was done.</summary>
    public required EstateAction Action { get; init; }

    /// <summary>What was done, in words.</summary>
    public required string Description { get; init; }

    /// <summary>The Region; null for clusters, and for alarms that watch all.</summary>
    public string? Region { get; init; }

    /// <summary>The ID of the key, or of the key of an alias, a tag and so on; null for clusters, key stores and alarms.</summary>
    public string? KeyId { get; init; }

    /// <summary>The ARN of the key; null for clusters, key stores and alarms.</summary>
    public string? Arn { get; init; }

    /// <summary>The ID of the custom key store, where it is about one.</summary>
    public string? CustomKeyStoreId { get; init; }
}

/// <summary>The IDs that parts of an estate have in the store.</summary>
internal sealed class EstateIds
{
    private readonly Dictionary<object, string> _ids = new(ReferenceEqualityComparer.Instance);

    /// <summary>The ID of a part that exists.</summary>
    public string this[object part]
    {
        get => _ids[part];
        set => _ids[part] = value;
    }

    /// <summary>The ID of a part, or null while it does not exist.</summary>
    public string? Find(object part) => _ids.GetValueOrDefault(part);

    /// <summary>The IDs with a stand-in for all that do not exist yet, so that requests can be checked before anything is changed.</summary>
    public static EstateIds StandIns(EstateIds known, IEnumerable<object> parts)
    {
        var ids = new EstateIds();
        foreach (object part in parts)
        {
            ids[part] = known.Find(part) ?? (part is EstateKeyStore ? "cks-00000000000000000" : part is EstateCluster cluster ? cluster.Id.Value : Guid.Empty.ToString("D"));
        }

        return ids;
    }
}

/// <summary>Registers a cluster.</summary>
internal sealed record RegisterCluster(EstateCluster Cluster);

/// <summary>Changes what is said of a cluster; what is null stays.</summary>
internal sealed record ConfigureCluster(string ClusterId, bool? HighAvailability = null, bool? ManagePassword = null, int? CommandsFromElsewhere = null);

/// <summary>Makes a custom key store; the PIN is taken when it is needed.</summary>
internal sealed record MakeKeyStore(EstateKeyStore Store, EstateCluster Cluster);

/// <summary>Tells the store the PIN of the estate.</summary>
internal sealed record ChangePin(string CustomKeyStoreId, EstateCluster Cluster);

/// <summary>Connects a custom key store, and makes sure that it is.</summary>
internal sealed record ConnectKeyStore(string CustomKeyStoreId);

/// <summary>Makes an alarm, or has it watch something else.</summary>
internal sealed record SetAlarm(string Name, AlarmDefinition Definition);

/// <summary>Imports key material.</summary>
internal sealed record ImportMaterial(string KeyId, EstateMaterial Material, KeySpec Spec);
