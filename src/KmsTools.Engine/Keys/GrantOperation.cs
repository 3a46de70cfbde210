namespace KmsTools;

/// <summary>What a grant can permit.</summary>
public enum GrantOperation
{
    /// <summary>Decrypt.</summary>
    Decrypt,

    /// <summary>Encrypt.</summary>
    Encrypt,

    /// <summary>GenerateDataKey.</summary>
    GenerateDataKey,

    /// <summary>GenerateDataKeyWithoutPlaintext.</summary>
    GenerateDataKeyWithoutPlaintext,

    /// <summary>ReEncrypt, as the key of the old ciphertext.</summary>
    ReEncryptFrom,

    /// <summary>ReEncrypt, as the key of the new ciphertext.</summary>
    ReEncryptTo,

    /// <summary>Sign.</summary>
    Sign,

    /// <summary>Verify.</summary>
    Verify,

    /// <summary>GetPublicKey.</summary>
    GetPublicKey,

    /// <summary>CreateGrant, for no more than the grant itself permits.</summary>
    CreateGrant,

    /// <summary>RetireGrant, of the grant itself.</summary>
    RetireGrant,

    /// <summary>DescribeKey.</summary>
    DescribeKey,

    /// <summary>GenerateDataKeyPair.</summary>
    GenerateDataKeyPair,

    /// <summary>GenerateDataKeyPairWithoutPlaintext.</summary>
    GenerateDataKeyPairWithoutPlaintext,

    /// <summary>GenerateMac.</summary>
    GenerateMac,

    /// <summary>VerifyMac.</summary>
    VerifyMac,

    /// <summary>DeriveSharedSecret.</summary>
    DeriveSharedSecret,
}
