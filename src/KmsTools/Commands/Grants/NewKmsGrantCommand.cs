using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Creates a grant, which permits a principal to use a KMS key.</summary>
/// <remarks>
/// The grantee may then call the operations of the grant without any statement of a policy, unless a policy denies it. A grant does not
/// expire: Disable-KmsGrant retires it, and Revoke-KmsGrant revokes it.
/// </remarks>
/// <example>
/// <code>
/// New-KmsGrant -KeyId 1234abcd-12ab-34cd-56ef-1234567890ab -GranteePrincipal arn:aws:iam::111122223333:role/deploy `
///     -Operation Decrypt, DescribeKey
/// </code>
/// <para>Permits a role to decrypt.</para>
/// </example>
/// <example>
/// <code>
/// $grant = New-KmsGrant -KeyId 1234abcd-12ab-34cd-56ef-1234567890ab -GranteePrincipal $role -Operation GenerateDataKey `
///     -Constraints_EncryptionContextSubset @{ Team = 'Orders' }
/// New-KmsDataKey 1234abcd-12ab-34cd-56ef-1234567890ab -KeySpec AES_256 -EncryptionContext @{ Team = 'Orders' } `
///     -GrantToken $grant.GrantToken
/// </code>
/// <para>Creates a grant for one encryption context, and uses it at once with its grant token.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsGrant", SupportsShouldProcess = true, DefaultParameterSetName = PrincipalSet,
    HelpUri = HelpPages.Api + "CreateGrant.html")]
[OutputType(typeof(CreateGrantResponse))]
public sealed class NewKmsGrantCommand : KmsChangeCmdlet<CreateGrantRequest, CreateGrantResponse>
{
    private const string PrincipalSet = "Principal";
    private const string ServiceSet = "ServicePrincipal";

    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>The encryption context that calls must have: all of these pairs and no others.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Constraints_EncryptionContextEquals")]
    [PairsArgument]
    public Hashtable? Constraints_EncryptionContextEqual { get; set; }

    /// <summary>Pairs that the encryption context of calls must have among others.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? Constraints_EncryptionContextSubset { get; set; }

    /// <summary>The ARN of the resource for which a service must call.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Constraints_SourceArn { get; set; }

    /// <summary>
    /// The constraints in one object, as Get-KmsGrantList shows them: a grant that is piped keeps its own. The parameters with the names of
    /// single constraints may be given too, where they say the same.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Constraints")]
    [GrantConstraintsArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public GrantConstraints? Constraint { get; set; }

    /// <summary>The principal who gets the permissions: the ARN of an account, user, role, federated user or role session.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PrincipalSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? GranteePrincipal { get; set; }

    /// <summary>
    /// The service that gets the permissions, in place of -GranteePrincipal. Needs -Constraints_SourceArn and who may retire the grant.
    /// </summary>
    [Parameter(ParameterSetName = ServiceSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? GranteeServicePrincipal { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>The key: its ID or ARN.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>A friendly name. Repeating the same request with the same name does not create a second grant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Name { get; set; }

    /// <summary>The operations that are permitted. The type of the key must support them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [Alias("Operations")]
    [TextTransformation("Value")]
    [ArgumentCompleter(typeof(EnumCompleter<GrantOperation>))]
    public string[]? Operation { get; set; }

    /// <summary>The principal who may retire the grant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? RetiringPrincipal { get; set; }

    /// <summary>The service that may retire the grant, in place of -RetiringPrincipal.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? RetiringServicePrincipal { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string Describe(string target) =>
        $"Permit {GranteePrincipal ?? GranteeServicePrincipal} {string.Join(", ", Operation ?? [])} with {target}";

    private protected override CreateGrantRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        GranteePrincipal = GranteePrincipal,
        GranteeServicePrincipal = GranteeServicePrincipal,
        RetiringPrincipal = RetiringPrincipal,
        RetiringServicePrincipal = RetiringServicePrincipal,
        Operations = Operation,
        Constraints = ReadConstraints(),
        GrantTokens = GrantToken,
        Name = Name,
        DryRun = DryRun,
    };

    private GrantConstraints? ReadConstraints()
    {
        GrantConstraints? single =
            Constraints_EncryptionContextEqual is null && Constraints_EncryptionContextSubset is null && Constraints_SourceArn is null
                ? null
                : new()
                {
                    EncryptionContextEquals =
                        StringPairs.From(Constraints_EncryptionContextEqual, nameof(Constraints_EncryptionContextEqual)),
                    EncryptionContextSubset =
                        StringPairs.From(Constraints_EncryptionContextSubset, nameof(Constraints_EncryptionContextSubset)),
                    SourceArn = Constraints_SourceArn,
                };
        if (Constraint is null || single is null)
        {
            return Constraint ?? single;
        }

        RequireSame(
            Constraints_EncryptionContextEqual is null || AreSame(single.EncryptionContextEquals, Constraint.EncryptionContextEquals),
            nameof(Constraints_EncryptionContextEqual));
        RequireSame(
            Constraints_EncryptionContextSubset is null || AreSame(single.EncryptionContextSubset, Constraint.EncryptionContextSubset),
            nameof(Constraints_EncryptionContextSubset));
        RequireSame(Constraints_SourceArn is null || Constraints_SourceArn == Constraint.SourceArn, nameof(Constraints_SourceArn));
        return Constraint;
    }

    private static void RequireSame(bool isSame, string parameter)
    {
        if (!isSame)
        {
            throw new ArgumentException(
                $"-{parameter} contradicts -{nameof(Constraint)}, which also takes the constraints of a grant in the pipeline. "
                    + $"To replace these, give -{nameof(Constraint)} alone.");
        }
    }

    private static bool AreSame(IReadOnlyDictionary<string, string>? one, IReadOnlyDictionary<string, string>? other) =>
        (one?.Count ?? 0) == (other?.Count ?? 0)
        && (one is null || one.All(pair => other!.TryGetValue(pair.Key, out string? value) && value == pair.Value));
}
