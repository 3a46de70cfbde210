using System.Management.Automation;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Processes what is due now: deletions, expirations, rotations, and the removal of key material that no key uses.</summary>
/// <remarks>
/// Every call does the same for the key that it uses. This cmdlet is for schedulers, so that it also happens without a call.
/// </remarks>
/// <example>
/// <code>
/// Invoke-KmsMaintenance
/// </code>
/// <para>Processes what is due and returns the counts.</para>
/// </example>
/// <example>
/// <code>
/// (Invoke-KmsMaintenance).StrayMaterialLeft
/// </code>
/// <para>Processes what is due and returns how much key material in HSMs still has no key.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsMaintenance", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsMaintenanceResult))]
public sealed class InvokeKmsMaintenanceCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (ConfirmAction("Do what has fallen due in this store"))
        {
            int strayBefore = CountStrays();
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            int done = new CallProgress(this, "Doing what has fallen due").Run(() => engine.InvokeMaintenance(caller));
            int strayAfter = CountStrays();
            WriteObject(new KmsMaintenanceResult(done, Math.Max(0, strayBefore - strayAfter), strayAfter));
        }
    }

    private static int CountStrays()
    {
        using IStateReader state = Engine.OpenReader();
        return state.ListStrayKeyMaterial(null).Length;
    }
}
