using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Revokes a grant. The owner of a key does so to withdraw permissions.</summary>
/// <example>
/// <code>
/// Revoke-KmsGrant 1234abcd-12ab-34cd-56ef-1234567890ab $grant.GrantId
/// </code>
/// <para>Revokes a grant.</para>
/// </example>
/// <example>
/// <code>
/// $grant = Get-KmsGrantList 1234abcd-12ab-34cd-56ef-1234567890ab | Select-Object -First 1
/// Revoke-KmsGrant $grant
/// </code>
/// <para>Revokes a grant that was listed.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsGrantList 1234abcd-12ab-34cd-56ef-1234567890ab | Revoke-KmsGrant -WhatIf
/// </code>
/// <para>Shows what every grantee of a key would lose.</para>
/// </example>
[Cmdlet(
    VerbsSecurity.Revoke, "KmsGrant", SupportsShouldProcess = true, DefaultParameterSetName = ByIdSet,
    HelpUri = HelpPages.Api + "RevokeGrant.html")]
[OutputType("None")]
public sealed class RevokeKmsGrantCommand : GrantEndCmdlet<RevokeGrantRequest>
{
    /// <summary>The ID of the grant.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByIdSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [GrantArgument]
    [ArgumentCompleter(typeof(GrantCompleter))]
    public string? GrantId { get; set; }

    /// <summary>The key: its ID or ARN.</summary>
    [Parameter(
        Mandatory = true, Position = 0, ParameterSetName = ByIdSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument(Except = nameof(GrantId))]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>The grant: an object that names its key and its ID, as Get-KmsGrantList returns it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByObjectSet)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? EndedGrantId => GrantId;

    private protected override string Describe(string target) => $"Revoke {target}";

    private protected override void Process()
    {
        if (InputObject is not null)
        {
            (KeyId, GrantId, _) = GrantReference.Of(InputObject);
            if (KeyId is null)
            {
                throw new ArgumentException(
                    "The answer of New-KmsGrant does not name the key of the grant. Give the key, and this as -GrantId.");
            }
        }

        base.Process();
    }

    private protected override RevokeGrantRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        GrantId = GrantId,
        DryRun = DryRun,
    };
}
