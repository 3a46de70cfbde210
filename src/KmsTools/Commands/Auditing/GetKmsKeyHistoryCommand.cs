using System.Management.Automation;
using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>
/// Gets the life of a key from its events, oldest first: its creation, changes, states, rotations and uses, up to its deletion.
/// </summary>
/// <remarks>Equal uses in a row are one entry, with their number. Nothing is recorded.</remarks>
/// <example>
/// <code>
/// Get-KmsKeyHistory alias/orders
/// </code>
/// <para>Gets the history of a key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKeyHistory 1234abcd-12ab-34cd-56ef-1234567890ab | Where-Object ErrorCode
/// </code>
/// <para>Gets the calls that were refused. A deleted key is named by its ID.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsKeyHistory", HelpUri = HelpPages.Guide + "logging-using-cloudtrail.html")]
[OutputType(typeof(KmsKeyHistoryEntry))]
public sealed class GetKmsKeyHistoryCommand : EventCmdlet
{
    /// <summary>Includes calls that only read, such as DescribeKey and GetKeyPolicy.</summary>
    [Parameter]
    public SwitchParameter IncludeReads { get; set; }

    private protected override void Process()
    {
        if (string.IsNullOrEmpty(KeyId))
        {
            throw new ArgumentException("Name a key: its ID, its ARN or an alias. Get-KmsEvent shows the events of all keys.");
        }

        EventQuery query = CreateQuery() with { Region = CallRegion?.ToString() };
        bool any = false;
        foreach (KmsKeyHistoryEntry entry in KeyHistory.Of(query.KeyId!, Engine.FindEvents(query), IncludeReads))
        {
            any = true;
            if (Stopping)
            {
                return;
            }

            WriteObject(entry);
        }

        if (!any)
        {
            WarnOfNoEvents(query);
        }
    }
}
