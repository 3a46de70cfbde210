using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Retires a grant. The grantee or the retiring principal does so when the grant is no longer needed.</summary>
/// <example>
/// <code>
/// Disable-KmsGrant -GrantToken $grant.GrantToken
/// </code>
/// <para>Retires the grant that a grant token belongs to.</para>
/// </example>
/// <example>
/// <code>
/// $key = Get-KmsKey alias/orders
/// $grant = New-KmsGrant $key arn:aws:iam::111122223333:role/deploy -Operation Decrypt
/// Disable-KmsGrant $grant
/// </code>
/// <para>Retires a grant that this session has created.</para>
/// </example>
/// <example>
/// <code>
/// Disable-KmsGrant -KeyId 1234abcd-12ab-34cd-56ef-1234567890ab -GrantId $grant.GrantId -WhatIf
/// </code>
/// <para>Shows which permissions would be lost.</para>
/// </example>
[Cmdlet(
    VerbsLifecycle.Disable, "KmsGrant", SupportsShouldProcess = true, DefaultParameterSetName = ByIdSet,
    HelpUri = HelpPages.Api + "RetireGrant.html")]
[OutputType("None")]
public sealed class DisableKmsGrantCommand : GrantEndCmdlet<RetireGrantRequest>
{
    /// <summary>The ID of the grant, together with -KeyId.</summary>
    [Parameter(ParameterSetName = ByIdSet, ValueFromPipelineByPropertyName = true)]
    [GrantArgument]
    [ArgumentCompleter(typeof(GrantCompleter))]
    public string? GrantId { get; set; }

    /// <summary>The token that New-KmsGrant returned. Either this, or -KeyId and -GrantId.</summary>
    [Parameter(ParameterSetName = ByIdSet, ValueFromPipelineByPropertyName = true)]
    [GrantTokenArgument]
    public string? GrantToken { get; set; }

    /// <summary>The key: its ID or ARN, together with -GrantId.</summary>
    [Parameter(ParameterSetName = ByIdSet, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>The grant: what New-KmsGrant returned, or an object that names its key and its ID, as Get-KmsRetirableGrant returns it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByObjectSet)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? EndedGrantId => GrantId;

    private protected override string Describe(string target) => $"Retire {target}";

    private protected override void Process()
    {
        if (InputObject is not null)
        {
            // The key and the ID, or the token: the service takes one of both.
            (KeyId, string? id, string? token) = GrantReference.Of(InputObject);
            GrantId = KeyId is null ? null : id;
            GrantToken = KeyId is null ? token : null;
        }

        base.Process();
    }

    private protected override RetireGrantRequest CreateRequest() => new()
    {
        GrantToken = GrantToken,
        KeyId = KeyId,
        GrantId = GrantId,
        DryRun = DryRun,
    };
}
