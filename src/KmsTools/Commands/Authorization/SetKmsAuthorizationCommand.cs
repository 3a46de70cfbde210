using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;

namespace KmsTools.Commands;

/// <summary>Changes how the store authorizes calls.</summary>
/// <remarks>
/// A new store enforces permissions. A store of an earlier version, which did not, opens in the mode Record: calls that are not allowed are
/// noted in their events, and pass with a warning. What is not given stays as it is. Policies are JSON text, files (Get-Item), hashtables
/// or objects.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsAuthorization -Mode Enforce
/// </code>
/// <para>Refuses calls that are not allowed, from now on.</para>
/// </example>
/// <example>
/// <code>
/// $everything = @{ Statement = @{ Effect = 'Allow'; Action = '*'; Resource = '*' } }
/// $noDeletion = @{ Statement = @{ Effect = 'Deny'; Action = 'kms:ScheduleKeyDeletion'; Resource = '*' } }
/// Set-KmsAuthorization -ServiceControlPolicy $everything, $noDeletion
/// </code>
/// <para>Lets nobody in the account schedule the deletion of keys.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsAuthorization -ServiceControlPolicy @() -ResourceControlPolicy @()
/// </code>
/// <para>Removes all guardrails.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Set, "KmsAuthorization", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(AuthorizationSettings))]
public sealed class SetKmsAuthorizationCommand : KmsCmdlet
{
    /// <summary>
    /// Enforce refuses calls that are not allowed; Record notes them in their events, warns, and lets them pass; Off decides nothing.
    /// </summary>
    [Parameter(Position = 0)]
    public AuthorizationMode? Mode { get; set; }

    /// <summary>
    /// With $true, callers may use AWS managed keys directly. In AWS only the services can, and here is no service that could.
    /// </summary>
    [Parameter]
    public bool? AllowDirectUseOfAwsManagedKeys { get; set; }

    /// <summary>
    /// The service control policies, which limit all principals of the account: policies of one level, or a list of levels of which each
    /// must allow a call. @() removes them.
    /// </summary>
    [Parameter]
    [Alias("ServiceControlPolicies")]
    [PolicyLevelsTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[][]? ServiceControlPolicy { get; set; }

    /// <summary>The resource control policies, which only deny: to everybody, on the keys of the account. @() removes them.</summary>
    [Parameter]
    [Alias("ResourceControlPolicies")]
    [PolicyLevelsTransformation]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[][]? ResourceControlPolicy { get; set; }

    private protected override void Process()
    {
        string[] changes =
        [
            .. Mode is { } mode ? [$"mode {mode}"] : Array.Empty<string>(),
            .. new[] { nameof(AllowDirectUseOfAwsManagedKeys), nameof(ServiceControlPolicy), nameof(ResourceControlPolicy) }.Where(IsBound),
        ];
        if (ConfirmAction($"Change the authorization of the store: {string.Join(", ", changes)}"))
        {
            WriteObject(Engine.Authorization.Set(
                Mode,
                AllowDirectUseOfAwsManagedKeys,
                ServiceControlPolicy is null ? null : [.. ServiceControlPolicy.Select(static level => level.ToImmutableArray())],
                ResourceControlPolicy is null ? null : [.. ResourceControlPolicy.SelectMany(static level => level)],
                LocalCaller));
        }
    }
}
