using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets the quotas of the store and the defaults of AWS KMS.</summary>
/// <remarks>Resource quotas are always enforced. Request quotas are enforced only after Enable-KmsRequestQuota.</remarks>
/// <example>
/// <code>
/// Get-KmsQuota *PerKey
/// </code>
/// <para>Gets the numbers of aliases, grants, tags and rotations that a key can have.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsQuota | Where-Object { $_.Value -ne $_.DefaultValue }
/// </code>
/// <para>Gets the quotas that were changed.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsQuota", HelpUri = HelpPages.Guide + "limits.html")]
[OutputType(typeof(Quota))]
public sealed class GetKmsQuotaCommand : KmsCmdlet
{
    /// <summary>The name of the quota. Wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [QuotaArgument]
    [ArgumentCompleter(typeof(QuotaCompleter))]
    public string? Name { get; set; }

    /// <summary>The Region whose quotas to get. The default is the Region of the store.</summary>
    [Parameter]
    [Alias("RegionToCall")]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Region { get; set; }

    private protected override object? Subject => Name;

    private protected override void Process()
    {
        WildcardPattern pattern = new(Name ?? "*", WildcardOptions.IgnoreCase);
        Quota[] quotas = [.. Engine.Quotas.List(ReadRegion(Region)).Where(quota => pattern.IsMatch(quota.Name))];
        if (quotas.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(Name))
        {
            Refuse(KmsErrorRecord.NoQuota(Engine, Name!));
        }

        WriteObject(quotas, enumerateCollection: true);
    }
}
