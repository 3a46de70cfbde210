namespace KmsTools.Persistence;

/// <summary>What a <see cref="StateItem"/> names.</summary>
public enum StateItemKind
{
    /// <summary>A key with all that is attached to it; its name is the key ID.</summary>
    Key,

    /// <summary>An alias.</summary>
    Alias,

    /// <summary>The grants of a key; their name is the key ID.</summary>
    Grants,

    /// <summary>An access key; its name is its ID.</summary>
    AccessKey,

    /// <summary>The bytes of a key material, which are destroyed; the name is the ID of the material.</summary>
    Material,

    /// <summary>
    /// A custom key store, whose state its keys show; the name is its ID. Reported beside <see cref="Everything"/>, which is then no more
    /// than this store and its keys.
    /// </summary>
    CustomKeyStore,

    /// <summary>All alarms.</summary>
    Alarms,

    /// <summary>Clock, quotas, consistency delay, authorization and principals.</summary>
    Settings,

    /// <summary>Any of the items, or all of them.</summary>
    Everything,
}

/// <summary>Something in a store that caches hold, and that a change of state therefore reports.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Region">Its Region; empty where there is none.</param>
/// <param name="Name">Its name, without spaces; empty where there is only one.</param>
public readonly record struct StateItem(StateItemKind Kind, string Region = "", string Name = "")
{
    /// <summary>All alarms.</summary>
    public static StateItem Alarms { get; } = new(StateItemKind.Alarms);

    /// <summary>Clock, quotas, consistency delay, authorization and principals.</summary>
    public static StateItem Settings { get; } = new(StateItemKind.Settings);

    /// <summary>All items.</summary>
    public static StateItem Everything { get; } = new(StateItemKind.Everything);

    /// <summary>A key with all that is attached to it.</summary>
    public static StateItem Key(string region, string keyId) => new(StateItemKind.Key, region, keyId);

    /// <summary>An alias.</summary>
    public static StateItem Alias(string region, string aliasName) => new(StateItemKind.Alias, region, aliasName);

    /// <summary>The grants of a key.</summary>
    public static StateItem Grants(string region, string keyId) => new(StateItemKind.Grants, region, keyId);

    /// <summary>A custom key store.</summary>
    public static StateItem CustomKeyStore(string region, string customKeyStoreId) =>
        new(StateItemKind.CustomKeyStore, region, customKeyStoreId);

    /// <summary>An access key.</summary>
    public static StateItem AccessKey(string accessKeyId) => new(StateItemKind.AccessKey, "", accessKeyId);

    /// <summary>The bytes of a key material.</summary>
    public static StateItem Material(string keyMaterialId) => new(StateItemKind.Material, "", keyMaterialId);
}
