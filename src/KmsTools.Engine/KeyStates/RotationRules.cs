namespace KmsTools.KeyStates;

/// <summary>Which keys rotate, and how often. Source: "Rotate AWS KMS keys", AWS KMS Developer Guide.</summary>
internal static class RotationRules
{
    /// <summary>The time before an automatic rotation in which no on-demand rotation is allowed.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromMinutes(20);

    /// <summary>Refuses keys that are not symmetric encryption keys.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException, without a message, as in AWS.</exception>
    public static void RequireSymmetric(Key key)
    {
        if (!key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.DoesNotRotate(key);
        }
    }

    /// <summary>Refuses multi-Region replicas: they rotate with their primary.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException.</exception>
    public static void RequireNoReplica(Key key)
    {
        if (key.MultiRegionKeyType == MultiRegionKeyType.REPLICA)
        {
            throw KmsErrors.NotPrimary(key);
        }
    }
}
