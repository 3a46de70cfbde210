namespace KmsTools.KeyStates;

/// <summary>Which keys rotate, and how often. Source: "Rotate AWS KMS keys", AWS KMS Developer Guide.</summary>
internal static class RotationRules
{
    /// <summary>Most on-demand rotations of one key. Not adjustable in AWS.</summary>
    public const int MaxOnDemand = 25;

    /// <summary>No on-demand rotation this shortly before an automatic one.</summary>
    public static readonly TimeSpan Guard = TimeSpan.FromMinutes(20);

    /// <summary>Refuses keys that are not symmetric encryption keys.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException, without a message as AWS gives it.</exception>
    public static void RequireSymmetric(Key key)
    {
        if (!key.KeySpec.IsSymmetricEncryption)
        {
            throw KmsErrors.Unsupported(keyArn: key.Arn);
        }
    }
}
