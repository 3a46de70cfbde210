namespace KmsTools;

/// <summary>What opens a slot of a seal.</summary>
public enum SealSlotKind
{
    /// <summary>A passphrase, which Argon2id makes expensive to guess.</summary>
    PASSPHRASE = 1,

    /// <summary>A recovery key: 256 random bits, written down by people.</summary>
    RECOVERY_KEY = 2,

    /// <summary>A key in an HSM, which cannot be read out of it.</summary>
    HSM = 3,
}
