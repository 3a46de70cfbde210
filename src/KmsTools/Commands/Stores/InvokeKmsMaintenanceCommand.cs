using System.Management.Automation;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Does now what has fallen due: deletions, expiries, rotations, and the removal of key material that no key owns.</summary>
/// <remarks>Every call does the same before it looks at a key. This cmdlet is for schedulers, so that it happens without a call.</remarks>
/// <example>
/// <code>
/// Invoke-KmsMaintenance
/// </code>
/// <para>Does what is due and tells how much it was.</para>
/// </example>
/// <example>
/// <code>
/// (Invoke-KmsMaintenance).StrayMaterialLeft
/// </code>
/// <para>Does what is due and tells how much key material in HSMs still has no key.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Invoke, "KmsMaintenance", SupportsShouldProcess = true)]
[OutputType(typeof(KmsMaintenanceResult))]
public sealed class InvokeKmsMaintenanceCommand : KmsCmdlet
{
    private protected override void Process()
    {
        if (ShouldProcess(Connection.Path, "Do what has fallen due"))
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
