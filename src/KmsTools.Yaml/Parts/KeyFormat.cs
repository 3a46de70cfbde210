using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A key.</summary>
internal sealed class KeyFormat() : KeySettings("key", "A key, identified by its ID if that is given, otherwise by its first alias.")
{
    /// <summary>The one instance.</summary>
    public static readonly KeyFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateKey>> Members { get; } =
    [
        Member("id", Value.Like("([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"), static key => key.Id,
            static (key, id) => key with { Id = id },
            "The key ID. A new key gets it only in stores with a simulated clock."),
        Region("The Region. The default is that of the store.", isRequired: false),
        Aliases("The aliases. Without an id, the first one identifies the key."),
        Description,
        Member("spec", Value.Name<KeySpec>(), static key => key.Spec, static (key, spec) => key with { Spec = spec },
            "The type of key. Cannot be changed. The default is SYMMETRIC_DEFAULT."),
        Member("usage", Value.Name<KeyUsageType>(), static key => key.Usage, static (key, usage) => key with { Usage = usage },
            "The key usage. Cannot be changed. Required for all except symmetric encryption keys."),
        Member("origin", Value.Name<OriginType>(), static key => key.Origin, static (key, origin) => key with { Origin = origin },
            "The origin of its key material. Cannot be changed."),
        SecretMember("material", Value.Part(KeyMaterialFormat.Instance), static (key, material) => key with { Material = material }, null),
        Member("multiRegion", Value.Flag, static key => key.MultiRegion,
            static (key, multiRegion) => key with { MultiRegion = multiRegion },
            "Whether it is a multi-Region primary key. Cannot be changed."),
        Member("keyStore", Value.Text, static key => key.KeyStore, static (key, store) => key with { KeyStore = store },
            "The name of the custom key store that holds it. Cannot be changed."),
        Member("xksKeyId", Value.Like("[a-zA-Z0-9-_.]{1,128}"), static key => key.XksKeyId, static (key, id) => key with { XksKeyId = id },
            "The ID of the external key, in an external key store. Cannot be changed."),
        Enabled,
        Member(
            "rotation",
            Value.Part(RotationFormat.Instance),
            static key => key.Rotation,
            static (key, rotation) => key with { Rotation = rotation }),
        Policy,
        BypassPolicyLockoutSafetyCheck,
        Tags,
        Grants,
        Member("replicas", Value.Parts(ReplicaFormat.Instance), static key => key.Replicas,
            static (key, replicas) => key with { Replicas = [.. replicas] },
            "The replicas of a multi-Region key in other Regions."),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "anyOf": [
            { "required": ["id"] },
            { "required": ["aliases"], "properties": { "aliases": { "minItems": 1 } } }
          ]
        }
        """;
}
