using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Gets the current state of the HSMs of clusters: state, firmware, free sessions and keys.</summary>
/// <remarks>
/// Keys are counted only if a custom key store of the cluster is connected; otherwise nothing logs in to the HSMs. All AES keys count:
/// those of KMS keys, those that open seals, and those of other software. Free sessions are shown for HSMs that report a limit. Reason says
/// why an HSM that is not active cannot be used. The property Uri, which Format-List shows, is the PKCS#11 URI of the HSM for other
/// software.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsHsm
/// </code>
/// <para>Gets the HSMs of all clusters.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsm cluster-abcdefghijk | Where-Object State -NE ACTIVE
/// </code>
/// <para>Gets the HSMs of a cluster that are not active.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsm cluster-abcdefghijk | Select-Object Library, Uri
/// </code>
/// <para>Shows what other software needs to use the HSMs, such as p11tool --provider and --list-all.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsHsm", HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType(typeof(HsmDescription))]
public sealed class GetKmsHsmCommand : KmsCmdlet
{
    /// <summary>Gets only the HSMs of this cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? ClusterId { get; set; }

    /// <summary>Gets only the HSMs with this token label. Wildcards are allowed.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    public string? TokenLabel { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        WildcardPattern pattern = new(TokenLabel ?? "*", WildcardOptions.IgnoreCase);
        KmsEngine engine = Engine;
        ImmutableArray<HsmDescription> members =
            [.. new CallProgress(this, "Asking the HSMs").Run(() => engine.HsmMembers.Find(ClusterId))];
        ImmutableArray<HsmDescription> found =
            [.. members.Where(hsm => pattern.IsMatch(hsm.TokenLabel) || hsm.TokenLabel == TokenLabel)];
        if (found.IsEmpty && TokenLabel is not null && !WildcardPattern.ContainsWildcardCharacters(TokenLabel))
        {
            Refuse(KmsErrorRecord.NoHsm(members, ClusterId, TokenLabel));
        }

        WriteObject(found, enumerateCollection: true);
        using IStateReader state = engine.OpenReader();
        string? fault = found.Where(static hsm => hsm.State != HsmState.ACTIVE).Select(static hsm => hsm.ClusterId).OfType<string>()
            .Distinct().Select(clusterId => HsmLibraryAdvice.FindFault(state.FindCluster(clusterId))).OfType<string>().FirstOrDefault();
        if (fault is not null)
        {
            WriteWarning(fault);
        }
    }
}
