using System.Management.Automation;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Verifies a whole store, and names what is damaged or was changed outside of KmsTools.</summary>
/// <remarks>
/// Verified are the databases of a folder (SQLite's own check), triggers and tables that another program added, changed or removed, the MAC
/// of each record, the numbers of records, that key material, passwords, PINs and secret access keys can be unwrapped, root.key, the event
/// log (as Test-KmsEventLog does) and its index, that the state has the newest change whose event is in the log, and the HSMs of clusters
/// that a custom key store is connected to. Clusters that could not be compared are findings of the kind NOT_COMPARED, which are not
/// damage. A record that was deleted, or replaced by an older one of the same key, is found only where numbers of records or other records
/// disagree. Other processes may go on working. An older copy of the whole store is whole in itself: it is found only with -Head, heads of
/// the event log that were exported before and are kept elsewhere.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsStore
/// </code>
/// <para>Gets what is damaged, as soon as it is found, and at the end how much was verified.</para>
/// </example>
/// <example>
/// <code>
/// if (-not (Test-KmsStore -Quiet)) { throw 'The store is damaged.' }
/// </code>
/// <para>Stops a script if anything is damaged.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsStore -Head (Import-Csv heads.csv) | Where-Object IsDamage | Format-List
/// </code>
/// <para>
/// Compares the event log also with the heads that `(Get-KmsEventLog).Segments | Export-Csv heads.csv` has exported, and shows all that is
/// known of each damage.
/// </para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsStore", HelpUri = HelpPages.Guide + "data-protection.html")]
[OutputType(typeof(StoreFinding), typeof(StoreVerification), typeof(bool))]
public sealed class TestKmsStoreCommand : KmsCmdlet
{
    /// <summary>
    /// Exported heads: the Segments of Get-KmsEventLog, or objects with their Number, Events and Head, as from a CSV or JSON file.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public PSObject[] Head { get; set; } = [];

    /// <summary>Get only whether nothing is damaged.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        EventSegment[] heads = [.. Head.Select(EventHead.Read)];
        StoreVerification result = new CallProgress(this, "Verifying the store")
            .Run<StoreFinding, StoreVerification>(found => engine.Verifier.Run(found, heads), Write);
        WriteObject(Quiet ? result.IsWhole : result);

        void Write(StoreFinding finding)
        {
            if (!Quiet)
            {
                WriteObject(finding);
            }
        }
    }
}
