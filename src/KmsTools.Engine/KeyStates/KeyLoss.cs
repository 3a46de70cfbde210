using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What it means to be without a key or its material, in the words that all front ends show before it happens.</summary>
public static class KeyLoss
{
    /// <summary>What a key does, as in <c>it cannot encrypt or decrypt</c>.</summary>
    /// <param name="usage">The key usage.</param>
    public static string Work(KeyUsageType usage) => usage switch
    {
        KeyUsageType.SIGN_VERIFY => "sign or verify",
        KeyUsageType.GENERATE_VERIFY_MAC => "generate or verify MACs",
        KeyUsageType.KEY_AGREEMENT => "derive shared secrets",
        _ => "encrypt or decrypt",
    };

    /// <summary>What is lost with a key that is deleted.</summary>
    /// <param name="key">The key, as it was read from the store.</param>
    public static string OfKey(Key key) => key switch
    {
        { Materials.IsEmpty: true } => "it never had key material",
        { MultiRegionKeyType: MultiRegionKeyType.REPLICA } => $"only its related keys in {Related(key)} can {Work(key.KeyUsage)} then",
        { KeyUsage: KeyUsageType.SIGN_VERIFY } => "it can never sign again, and only its public key can verify what it signed",
        { KeyUsage: KeyUsageType.GENERATE_VERIFY_MAC } => "none of its MACs can ever be verified again",
        { KeyUsage: KeyUsageType.KEY_AGREEMENT } => "none of its shared secrets can ever be derived again",
        { KeySpec: not KeySpec.SYMMETRIC_DEFAULT } => "everything that its public key encrypted becomes unreadable for good",
        _ => "everything it encrypted becomes unreadable for good",
    };

    /// <summary>What is lost with imported key material that is deleted.</summary>
    /// <param name="key">The key, as it was read from the store.</param>
    /// <param name="material">The material; null if it was never imported.</param>
    /// <param name="losers">The Regions of the related keys that lose it too.</param>
    public static string OfMaterial(Key key, KeyMaterial? material, ImmutableArray<string> losers)
    {
        if (material is not { ImportState: ImportState.IMPORTED })
        {
            return "the key has no bytes of it";
        }

        if (!material.IsPermanent)
        {
            return "it has encrypted nothing yet, and the key stays usable"
                + (losers.IsEmpty ? "" : $"; its replicas in {string.Join(", ", losers)} lose it too");
        }

        const string again = "until the same bytes are imported again";
        return key switch
        {
            { RelatedKeys.IsEmpty: false } =>
                $"the key cannot {Work(key.KeyUsage)} {again}; its related keys in {Related(key)} keep theirs",
            { KeySpec: KeySpec.SYMMETRIC_DEFAULT } => $"nothing it encrypted can be read, and the key cannot be used, {again}",
            _ => $"the key cannot {Work(key.KeyUsage)} {again}",
        };
    }

    private static string Related(Key key) => string.Join(", ", key.RelatedKeys.Select(static related => related.Region));
}
