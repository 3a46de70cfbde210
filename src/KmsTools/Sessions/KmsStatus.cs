using System.Collections.Immutable;
using KmsTools.Alarms;
using KmsTools.KeyStores;
using KmsTools.Sessions;

namespace KmsTools;

/// <summary>The state of a store at a glance.</summary>
public sealed record KmsStatus
{
    /// <summary>The store and who uses it.</summary>
    public required KmsConnection Connection { get; init; }

    /// <summary>The clock of the store; null while the store is sealed.</summary>
    public required KmsClock? Clock { get; init; }

    /// <summary>What the store does with calls that are not allowed; null while the store is sealed.</summary>
    public required AuthorizationMode? AuthorizationMode { get; init; }

    /// <summary>The number of keys of all Regions, by the name of their state.</summary>
    public required ImmutableSortedDictionary<string, int> Keys { get; init; }

    /// <summary>The custom key stores of all Regions.</summary>
    public required ImmutableArray<KmsKeyStoreStatus> KeyStores { get; init; }

    /// <summary>The clusters, as their HSMs answer now.</summary>
    public required ImmutableArray<HsmClusterDescription> Clusters { get; init; }

    /// <summary>The alarms that are going off.</summary>
    public required ImmutableArray<AlarmDescription> Alarms { get; init; }

    /// <summary>How many key materials without a key the store knows of in HSMs.</summary>
    public required int OrphanCount { get; init; }

    /// <summary>
    /// How many keys have material that no HSM holds, as far as this process has compared the HSMs with the store: at the last connect of
    /// their key store, or with Get-KmsOrphanedKeyMaterial. They cannot be used.
    /// </summary>
    public int LostKeyCount { get; init; }

    /// <summary>What becomes due next; null if nothing does.</summary>
    public DueChange? NextDue { get; init; }

    /// <summary>The endpoints of this process.</summary>
    public required ImmutableArray<KmsEndpoint> Endpoints { get; init; }

    /// <summary>The commands to type next, the most urgent first.</summary>
    public required ImmutableArray<string> NextCommands { get; init; }

    // By text, because ConvertTo-Json refuses other keys.
    internal static ImmutableSortedDictionary<string, int> CountKeys(IEnumerable<KeyState> states) => states.CountBy(static state => state)
        .ToImmutableSortedDictionary(static pair => $"{pair.Key}", static pair => pair.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>The state of a store that is sealed and was not unlocked: nothing of it is known.</summary>
    internal static KmsStatus OfSealed(KmsConnection connection) => new()
    {
        Connection = connection,
        Clock = null,
        AuthorizationMode = null,
        Keys = CountKeys([]),
        KeyStores = [],
        Clusters = [],
        Alarms = [],
        OrphanCount = 0,
        Endpoints = [.. KmsEndpoints.Running],
        NextCommands = ["Unlock-KmsStore"],
    };
}

/// <summary>The state of a custom key store.</summary>
/// <param name="CustomKeyStoreId">The ID.</param>
/// <param name="CustomKeyStoreName">The name.</param>
/// <param name="Region">The Region.</param>
/// <param name="ConnectionState">The state of its connection.</param>
/// <param name="ConnectionErrorCode">Why it failed to connect; null if it did not.</param>
/// <param name="KeyCount">The number of its keys.</param>
public sealed record KmsKeyStoreStatus(
    string CustomKeyStoreId,
    string CustomKeyStoreName,
    string Region,
    ConnectionStateType ConnectionState,
    ConnectionErrorCodeType? ConnectionErrorCode,
    long KeyCount);
