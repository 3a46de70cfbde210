namespace KmsTools;

/// <summary>What each key spec can do. Operations ask; they never switch on a spec themselves.</summary>
internal static class KeySpecs
{
    private static readonly EncryptionAlgorithmSpec[] Symmetric = [EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT];

    extension(KeySpec spec)
    {
        /// <summary>Whether the key is a symmetric encryption key.</summary>
        public bool IsSymmetricEncryption => spec == KeySpec.SYMMETRIC_DEFAULT;

        /// <summary>The encryption algorithms, for keys whose usage is ENCRYPT_DECRYPT.</summary>
        public IReadOnlyList<EncryptionAlgorithmSpec> EncryptionAlgorithms => spec.IsSymmetricEncryption ? Symmetric : [];
    }

    extension(Key key)
    {
        /// <summary>The encryption algorithm of a call: the one that is asked for, or the default.</summary>
        /// <exception cref="KmsException">InvalidKeyUsageException: the key does not have this algorithm.</exception>
        public EncryptionAlgorithmSpec RequireEncryptionAlgorithm(string? algorithm)
        {
            EncryptionAlgorithmSpec spec = algorithm is null ? EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT : Enum.Parse<EncryptionAlgorithmSpec>(algorithm);
            return key.KeySpec.EncryptionAlgorithms.Contains(spec) ? spec : throw KmsErrors.AlgorithmIncompatible(spec.ToString(), key.KeySpec);
        }
    }
}
