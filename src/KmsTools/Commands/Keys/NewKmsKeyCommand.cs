using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Creates a KMS key.</summary>
/// <remarks>
/// The key is made in the account of the store, and in its Region unless -Region names another one. It has no name at first:
/// New-KmsAlias gives it one.
/// <para>
/// Keys of every type are offered on every platform, but for two: ECC_SECG_P256K1 keys are offered on Linux and Windows, and SM2 keys,
/// which AWS offers in China, never. What is not offered is refused with UnsupportedOperationException.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// New-KmsKey -Description 'Order data'
/// </code>
/// <para>Creates a symmetric encryption key whose material KMS makes.</para>
/// </example>
/// <example>
/// <code>
/// $key = New-KmsKey -Origin EXTERNAL -Description 'Key material of our own'
/// Get-KmsParametersForImport $key.KeyId -WrappingAlgorithm RSAES_OAEP_SHA_256 -WrappingKeySpec RSA_4096 |
///     Protect-KmsKeyMaterial -KeyMaterial $bytes |
///     Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE
/// </code>
/// <para>Creates a key without material and imports 32 bytes into it.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsKey -KeySpec ECC_NIST_P256 -KeyUsage SIGN_VERIFY -Description 'Releases'
/// </code>
/// <para>Creates a key pair for signatures.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsKey -Origin AWS_CLOUDHSM -CustomKeyStoreId cks-1234567890abcdef0 -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }
/// </code>
/// <para>Creates a key inside the HSMs of a custom key store, with a tag.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsKey", SupportsShouldProcess = true)]
[OutputType(typeof(KeyMetadata))]
public sealed class NewKmsKeyCommand : KmsChangeCmdlet<CreateKeyRequest, CreateKeyResponse>
{
    /// <summary>With $true, a policy is accepted that locks its owner out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? BypassPolicyLockoutSafetyCheck { get; set; }

    /// <summary>The custom key store to create the key in, together with -Origin AWS_CLOUDHSM.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>What the key is for, in your own words.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Description { get; set; }

    /// <summary>The type of key. The default is SYMMETRIC_DEFAULT. The description of the cmdlet lists which platform offers which.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(KeySpec))]
    [ArgumentCompleter(typeof(EnumCompleter<KeySpec>))]
    public string? KeySpec { get; set; }

    /// <summary>What the key can be used for. Needed for all but symmetric encryption keys.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(KeyUsageType))]
    [ArgumentCompleter(typeof(EnumCompleter<KeyUsageType>))]
    public string? KeyUsage { get; set; }

    /// <summary>With $true, a multi-Region primary key is created.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? MultiRegion { get; set; }

    /// <summary>Where the key material comes from: AWS_KMS (the default), EXTERNAL for import, AWS_CLOUDHSM for a custom key store.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(OriginType))]
    [ArgumentCompleter(typeof(EnumCompleter<OriginType>))]
    public string? Origin { get; set; }

    /// <summary>The key policy (JSON). The default lets the account decide.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? Policy { get; set; }

    /// <summary>Tags, such as @{ TagKey = 'Team'; TagValue = 'Orders' }.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Tags")]
    public Tag[]? Tag { get; set; }

    /// <summary>The external key, for keys in an external key store.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksKeyId { get; set; }

    /// <summary>The old name of -KeySpec.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(KeySpec))]
    [ArgumentCompleter(typeof(EnumCompleter<KeySpec>))]
    public string? CustomerMasterKeySpec { get; set; }

    private protected override string? DefaultSelect => nameof(CreateKeyResponse.KeyMetadata);

    private protected override string Describe(string target) => CustomKeyStoreId is null ? "Create a KMS key" : $"Create a KMS key in custom key store {CustomKeyStoreId}";

    private protected override CreateKeyRequest CreateRequest() => new()
    {
        BypassPolicyLockoutSafetyCheck = BypassPolicyLockoutSafetyCheck,
        CustomKeyStoreId = CustomKeyStoreId,
        Description = Description,
        KeySpec = KeySpec,
        KeyUsage = KeyUsage,
        MultiRegion = MultiRegion,
        Origin = Origin,
        Policy = Policy,
        Tags = Tag,
        XksKeyId = XksKeyId,
        CustomerMasterKeySpec = CustomerMasterKeySpec,
    };
}
