using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Revokes a grant. The owner of a key does so to withdraw permissions.</summary>
/// <example>
/// <code>
/// Revoke-KmsGrant 1234abcd-12ab-34cd-56ef-1234567890ab -GrantId $grant.GrantId
/// </code>
/// <para>Revokes a grant.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsGrantList 1234abcd-12ab-34cd-56ef-1234567890ab | Revoke-KmsGrant -WhatIf
/// </code>
/// <para>Shows what every grantee of a key would lose.</para>
/// </example>
[Cmdlet(VerbsSecurity.Revoke, "KmsGrant", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "RevokeGrant.html")]
[OutputType("None")]
public sealed class RevokeKmsGrantCommand : GrantEndCmdlet<RevokeGrantRequest>
{
    /// <summary>The ID of the grant.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(GrantCompleter))]
    public string? GrantId { get; set; }

    /// <summary>The key: its ID or ARN.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    private protected override object? Subject => KeyId;

    private protected override string? EndedGrantId => GrantId;

    private protected override string Describe(string target) => $"Revoke {target}";

    private protected override RevokeGrantRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        GrantId = GrantId,
        DryRun = DryRun,
    };
}
