namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// The algorithms of a message: AES-256-GCM under a key derived with HKDF-SHA-512, a commitment to the data key, and a signature or
/// none. Source: Algorithm Suites in the AWS Encryption SDK specification. The older suites do not commit to the key and are not supported.
/// </summary>
public sealed record AlgorithmSuite
{
    /// <summary>Length of the data key, of the key derived from it and of the commitment, in bytes.</summary>
    public const int KeyLength = 32;

    /// <summary>Length of the ID of a message, in bytes.</summary>
    public const int MessageIdLength = 32;

    private AlgorithmSuite(ushort id, string name, bool isSigned) => (Id, Name, IsSigned) = (id, name, isSigned);

    /// <summary>Without a signature (0x0478).</summary>
    public static AlgorithmSuite Unsigned { get; } = new(0x0478, "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", isSigned: false);

    /// <summary>With an ECDSA P-384 signature (0x0578), the default of the AWS Encryption SDKs.</summary>
    public static AlgorithmSuite Signed { get; } = new(0x0578, "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384", isSigned: true);

    /// <summary>The number in messages.</summary>
    public ushort Id { get; }

    /// <summary>The name in the specification.</summary>
    public string Name { get; }

    /// <summary>Whether messages end with a signature.</summary>
    public bool IsSigned { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    /// <summary>The suite with a number, or null.</summary>
    internal static AlgorithmSuite? Find(ushort id) => id == Signed.Id ? Signed : id == Unsigned.Id ? Unsigned : null;
}
