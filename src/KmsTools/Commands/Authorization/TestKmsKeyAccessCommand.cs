using System.Collections;
using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Authorization;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;

namespace KmsTools.Commands;

/// <summary>Tells who may do what with a key, and why.</summary>
/// <remarks>
/// Not an operation of AWS KMS. It decides as calls are decided on, whatever the mode of the store, but calls nothing and records nothing.
/// With an operation and a principal it explains the decision: what allows or denies, which statement, what is missing, which
/// conditions failed, and the message that AWS KMS answers with. Without them it shows who may do what. With -Action it decides about policies that are
/// given, without a store or a key: its context is exactly what -Context and -At give.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsKeyAccess alias/orders Decrypt -Principal user/alice -EncryptionContext @{ order = '4711' }
/// </code>
/// <para>Tells whether alice may decrypt, and what is missing if not.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsKeyAccess alias/orders
/// </code>
/// <para>Shows what each principal may do with a key: those of the store, and those that the key policy and grants name.</para>
/// </example>
/// <example>
/// <code>
/// $context = @{ 'aws:SourceIp' = '203.0.113.7'; 'kms:ViaService' = 's3.us-east-1.amazonaws.com' }
/// Test-KmsKeyAccess alias/orders Encrypt role/deploy -Context $context
/// </code>
/// <para>Decides about a call that a service makes for a role, from an address.</para>
/// </example>
/// <example>
/// <code>
/// $policy = @{ Statement = @{ Effect = 'Allow'; Action = 'kms:Decrypt'; Resource = 'arn:aws:kms:*:111122223333:key/*' } }
/// $alice = 'arn:aws:iam::111122223333:user/alice'
/// $key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
/// Test-KmsKeyAccess -Action kms:Encrypt -Principal $alice -Resource $key -IdentityPolicy $policy
/// </code>
/// <para>Tells what an identity policy allows together with the default key policy.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsKeyAccess", DefaultParameterSetName = StoreSet, HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(AccessTestResult), typeof(KeyAccess))]
public sealed class TestKmsKeyAccessCommand : KmsCmdlet
{
    private const string StoreSet = "Store";
    private const string CustomSet = "Custom";

    /// <summary>
    /// The ID, the ARN or an alias of the key. An alias counts as the one by which a request names the key (kms:RequestAlias).
    /// </summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = StoreSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string KeyId { get; set; } = "";

    /// <summary>
    /// The operations, such as Encrypt; ReEncryptFrom and ReEncryptTo ask about one side of ReEncrypt. Without them: all that make sense
    /// for the key.
    /// </summary>
    [Parameter(Position = 1, ParameterSetName = StoreSet)]
    [Alias("Operations")]
    [TextTransformation("Value")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(OperationCompleter))]
    public string[]? Operation { get; set; }

    /// <summary>
    /// The principals: ARNs of users, roles, sessions or accounts (for the root user), user/NAME, role/NAME, or names of services. Without
    /// them: all that the store, the key policy or a grant names.
    /// </summary>
    [Parameter(Position = 2, ParameterSetName = StoreSet)]
    [Parameter(Mandatory = true, ParameterSetName = CustomSet)]
    [Alias("PrincipalArn")]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string[]? Principal { get; set; }

    /// <summary>The encryption context of the call; with CreateGrant that of the constraint of the new grant.</summary>
    [Parameter(ParameterSetName = StoreSet)]
    [ValidateNotNull]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>The grant tokens of the call; with RetireGrant the token of the grant.</summary>
    [Parameter(ParameterSetName = StoreSet)]
    [Alias("GrantTokens")]
    [ValidateNotNull]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>The Region of the key. The default is that of the session, which Get-KmsConnection shows.</summary>
    [Parameter(ParameterSetName = StoreSet)]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>The action, such as kms:Encrypt.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CustomSet)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string[]? Action { get; set; }

    /// <summary>The ARN of the key or alias. The default is * for actions that are on none.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string Resource { get; set; } = "*";

    /// <summary>The account of the resource. The default is that in its ARN, or that of the principal.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string? ResourceAccount { get; set; }

    /// <summary>The key policy: JSON text, a file, a hashtable or an object. The default is the default key policy of AWS KMS.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? KeyPolicy { get; set; }

    /// <summary>The identity policies of the principal, those of its groups included.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [PolicyLevelsTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[][]? IdentityPolicy { get; set; }

    /// <summary>The permissions boundary of the principal.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? PermissionsBoundary { get; set; }

    /// <summary>The policy of the session.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? SessionPolicy { get; set; }

    /// <summary>
    /// The service control policies of the account of the principal: policies of one level, or a list of levels of which each must allow.
    /// </summary>
    [Parameter(ParameterSetName = CustomSet)]
    [Alias("ServiceControlPolicies")]
    [PolicyLevelsTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[][]? ServiceControlPolicy { get; set; }

    /// <summary>The resource control policies of the account of the resource.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [Alias("ResourceControlPolicies")]
    [PolicyLevelsTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[][]? ResourceControlPolicy { get; set; }

    /// <summary>The time of the call, for conditions on aws:CurrentTime and aws:EpochTime.</summary>
    [Parameter(ParameterSetName = CustomSet)]
    [IsoDateTransformation]
    [ArgumentCompleter(typeof(MomentCompleter))]
    public DateTime? At { get; set; }

    /// <summary>
    /// Values of condition keys, such as @{ 'aws:SourceIp' = '203.0.113.7' }; several for a key that has many, $null for one that the call
    /// does not have.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [PairsArgument]
    public Hashtable? Context { get; set; }

    private protected override object? Subject => ParameterSetName == StoreSet ? KeyId : Resource;

    private protected override RegionName? CallRegion => ReadRegion(Region) ?? SessionRegion.Parse();

    private protected override void Process()
    {
        IReadOnlyDictionary<string, ImmutableArray<string>> context = ConditionContext.From(Context);
        if (ParameterSetName == CustomSet)
        {
            WriteObject(Principal!.SelectMany(principal => Action!.Select(action => Custom(principal, action, context))), true);
            return;
        }

        AccessQuestion question = new()
        {
            KeyId = KeyId,
            Operation = "",
            Principal = "",
            EncryptionContext = StringPairs.From(EncryptionContext, nameof(EncryptionContext)),
            GrantTokens = GrantToken is null ? [] : [.. GrantToken],
            Context = context,
            Region = CallRegion,
        };
        if (Operation is null || Principal is null)
        {
            WriteObject(Engine.AccessSimulator.List(question, [.. Principal ?? []], [.. Operation ?? []]), enumerateCollection: true);
            return;
        }

        foreach (string principal in Principal)
        {
            foreach (string operation in Operation)
            {
                WriteObject(
                    Engine.AccessSimulator.Test(question with { Principal = principal, Operation = operation }), enumerateCollection: true);
            }
        }
    }

    // A question that needs no store must not open one for its advice.
    private protected override string? Hint(KmsException error) => ParameterSetName == CustomSet ? null : base.Hint(error);

    private AccessTestResult Custom(string principal, string action, IReadOnlyDictionary<string, ImmutableArray<string>> context) =>
        AccessSimulator.Test(new CustomAccessQuestion
        {
            Principal = principal,
            Action = action,
            Resource = Resource,
            ResourceAccount = ResourceAccount is null ? null : AccountId.Parse(ResourceAccount),
            KeyPolicy = KeyPolicy,
            IdentityPolicies = Flat(IdentityPolicy),
            PermissionsBoundary = PermissionsBoundary,
            SessionPolicy = SessionPolicy,
            ServiceControlPolicies = [.. (ServiceControlPolicy ?? []).Select(static level => level.ToImmutableArray())],
            ResourceControlPolicies = Flat(ResourceControlPolicy),
            Context = context,
            Time = At is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null,
        });

    private static ImmutableArray<string> Flat(string[][]? policies) => [.. (policies ?? []).SelectMany(static level => level)];
}
