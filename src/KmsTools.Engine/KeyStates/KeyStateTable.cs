using System.Collections.Frozen;

namespace KmsTools.KeyStates;

/// <summary>
/// What each operation does with a key in each state. Transcribed once from "Key states of AWS KMS keys" (AWS KMS Developer Guide, file
/// key-state.md in its last public edition, of April 2023), whose note numbers the checks name, and, for newer operations and where the two
/// differ, from measured responses: GetPublicKey works with a disabled key. A cell lists checks that are made in order; an empty cell
/// allows all.
/// </summary>
internal static class KeyStateTable
{
    /// <summary>One check of a cell. Each throws its error or lets the call pass.</summary>
    private enum Check
    {
        /// <summary>Note 1. Refuse: the key is disabled.</summary>
        D,

        /// <summary>Notes 2, 3 and 8. Refuse: the key is pending deletion.</summary>
        PD,

        /// <summary>Note 4. Refuse: the key is not pending deletion.</summary>
        NPD,

        /// <summary>Note 5. Refuse: the key is pending import.</summary>
        PI,

        /// <summary>Note 11. Refuse: the key is unavailable.</summary>
        UA,

        /// <summary>Note 14. Refuse: the key is creating.</summary>
        CR,

        /// <summary>Note 15. Refuse: the key is updating.</summary>
        UP,

        /// <summary>Note 6. Refuse keys whose origin is EXTERNAL.</summary>
        U6,

        /// <summary>Note 7. Refuse keys with imported material and keys in custom key stores.</summary>
        R7,

        /// <summary>Note 9. Refuse keys whose origin is not EXTERNAL.</summary>
        I9,

        /// <summary>Not on the page, which is older. Refuse keys in custom key stores.</summary>
        CKS,
    }

    // Columns:             Enabled   Disabled  PendingDeletion  PendingImport  Unavailable  Creating  Updating
    // PendingReplicaDeletion is treated as PendingDeletion.
    private const string Rows = """
        CancelKeyDeletion                   | NPD | NPD   |       | NPD | NPD | NPD   | NPD
        ConnectCustomKeyStore               |     |       |       |     |     |       |
        CreateAlias                         |     |       | PD    |     |     |       |
        CreateGrant                         |     | D     | PD    | PI  |     | CR    |
        Decrypt                             |     | D     | PD    | PI  | UA  | CR    |
        DeleteAlias                         |     |       |       |     |     |       |
        DeleteImportedKeyMaterial           | I9  | I9    | I9    | I9  | I9  | CR    | UP
        DeriveSharedSecret                  |     | D     | PD    | PI  | UA  | CR    |
        DescribeKey                         |     |       |       |     |     |       |
        DisableKey                          |     |       | PD    | PI  |     | CR    | UP
        DisableKeyRotation                  | R7  | D     | PD    | U6  | R7  | CR    | R7
        EnableKey                           |     |       | PD    | PI  |     | CR    | UP
        EnableKeyRotation                   | R7  | D     | PD    | U6  | R7  | CR    | R7
        Encrypt                             |     | D     | PD    | PI  | UA  | CR    |
        GenerateDataKey                     |     | D     | PD    | PI  | UA  | CR    |
        GenerateDataKeyPair                 |     | D     | PD    | PI  | UA  | CR    |
        GenerateDataKeyPairWithoutPlaintext |     | D     | PD    | PI  | UA  | CR    |
        GenerateDataKeyWithoutPlaintext     |     | D     | PD    | PI  | UA  | CR    |
        GenerateMac                         |     | D     | PD    | PI  | UA  | CR    |
        GetKeyLastUsage                     |     |       |       |     |     |       |
        GetKeyPolicy                        |     |       |       |     |     |       |
        GetKeyRotationStatus                | CKS | CKS   | CKS   |     | CKS |       |
        GetParametersForImport              | I9  | I9    | I9 PD | I9  | I9  | CR    | UP
        GetPublicKey                        |     |       | PD    | PI  | UA  | CR    |
        ImportKeyMaterial                   | I9  | I9    | I9 PD | I9  | I9  | CR    | I9
        ListAliases                         |     |       |       |     |     |       |
        ListGrants                          |     |       |       |     |     |       |
        ListKeyPolicies                     |     |       |       |     |     |       |
        ListKeyRotations                    | CKS | CKS   | CKS   |     | CKS |       |
        ListResourceTags                    |     |       |       |     |     |       |
        PutKeyPolicy                        |     |       |       |     |     |       |
        ReEncrypt                           |     | D     | PD    | PI  | UA  | CR    |
        ReplicateKey                        |     | D     | PD    | PI  | UA  | CR    | UP
        RetireGrant                         |     |       |       |     |     |       |
        RevokeGrant                         |     |       |       |     |     |       |
        RotateKeyOnDemand                   | CKS | D     | PD    | PI  | CKS | CR    |
        ScheduleKeyDeletion                 |     |       | PD    |     |     |       | UP
        Sign                                |     | D     | PD    | PI  | UA  | CR    |
        TagResource                         |     |       | PD    |     |     |       |
        UntagResource                       |     |       | PD    |     |     |       |
        UpdateAlias                         |     |       | PD    |     |     |       |
        UpdateKeyDescription                |     |       | PD    |     |     |       |
        UpdatePrimaryRegion                 |     | D     | PD    | PI  | UA  | CR    |
        Verify                              |     | D     | PD    | PI  | UA  | CR    |
        VerifyMac                           |     | D     | PD    | PI  | UA  | CR    |
        """;

    private static readonly FrozenDictionary<string, Check[][]> Table = Rows
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(static row => row.Split('|', StringSplitOptions.TrimEntries))
        .ToFrozenDictionary(
            static cells => cells[0],
            static cells => cells[1..].Select(static cell => cell
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Check>).ToArray()).ToArray());

    /// <summary>Refuses a call that the state of its key does not allow.</summary>
    /// <param name="operation">The API operation.</param>
    /// <param name="key">The key.</param>
    /// <exception cref="KmsException">The error that AWS returns for this operation in this state.</exception>
    public static void Require(string operation, Key key)
    {
        foreach (Check check in Table[operation][Column(key.State)])
        {
            if (Refusal(check, key) is { } refusal)
            {
                throw refusal;
            }
        }
    }

    private static int Column(KeyState state) => state switch
    {
        KeyState.Enabled => 0,
        KeyState.Disabled => 1,
        KeyState.PendingDeletion or KeyState.PendingReplicaDeletion => 2,
        KeyState.PendingImport => 3,
        KeyState.Unavailable => 4,
        KeyState.Creating => 5,
        KeyState.Updating => 6,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    private static KmsException? Refusal(Check check, Key key) => check switch
    {
        Check.D => KmsErrors.Disabled(key),
        Check.PD => key.State == KeyState.PendingReplicaDeletion ? KmsErrors.PendingReplicaDeletion(key) : KmsErrors.PendingDeletion(key),
        Check.NPD => KmsErrors.NotPendingDeletion(key),
        Check.PI => KmsErrors.PendingImport(key),
        Check.UA => KmsErrors.Unavailable(key),
        Check.CR => KmsErrors.Creating(key),
        Check.UP => KmsErrors.Updating(key),
        Check.U6 when key.Origin == OriginType.EXTERNAL => KmsErrors.OriginNotValid(key),
        Check.R7 when key.Origin == OriginType.EXTERNAL || key.CustomKeyStoreId is not null => KmsErrors.OriginNotValid(key),
        Check.I9 when key.Origin != OriginType.EXTERNAL => KmsErrors.OriginNotValid(key),
        Check.CKS when key.CustomKeyStoreId is not null => KmsErrors.OriginNotValid(key),
        _ => null,
    };
}
