using System.Management.Automation;
using KmsTools.Auditing;

namespace KmsTools.Commands;

/// <summary>Verifies that every event of the log is what was written, and says where it is not.</summary>
/// <remarks>
/// Each event has a hash that depends on all events before it in its file, and the catalogue of the log has the hash of each complete file
/// (of a store in a database: in its chain, of which each machine has its own): whoever changes, removes or inserts an event breaks a
/// chain. Someone who can write the whole store could make all hashes again; heads that were exported before and are kept elsewhere show
/// that too. See about_KmsTools_Events.
/// </remarks>
/// <example>
/// <code>
/// Test-KmsEventLog | Where-Object Status -notin OK, DROPPED
/// </code>
/// <para>Gets the files of the log that are not what was written. Number 0 is the catalogue.</para>
/// </example>
/// <example>
/// <code>
/// Test-KmsEventLog -Head (Import-Csv heads.csv)
/// </code>
/// <para>Compares the log also with the heads that `(Get-KmsEventLog).Segments | Export-Csv heads.csv` has exported.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "KmsEventLog", HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(EventSegmentVerification))]
public sealed class TestKmsEventLogCommand : KmsCmdlet
{
    /// <summary>
    /// Exported heads: the Segments of Get-KmsEventLog, or objects with their Number, Events and Head, as from a CSV or JSON file.
    /// </summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public PSObject[] Head { get; set; } = [];

    private protected override void Process()
    {
        foreach (EventSegmentVerification result in Engine.EventLog.Verify([.. Head.Select(EventHead.Read)]))
        {
            WriteObject(result);
        }
    }
}
