using System.Management.Automation;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Sets after how many days the store rotates its root key by itself.</summary>
/// <remarks>
/// Counted from the creation of the generation in use, by the clock of the store. The first call after that time begins the rotation, and
/// calls go on in the meantime. A new store rotates its root key only when Update-KmsRootKey asks for it. See about_KmsTools_Security.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsRootKey -RotationPeriodInDays 90
/// </code>
/// <para>Gives the store a new generation of its root key every 90 days.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsRootKey -RotationPeriodInDays 0
/// </code>
/// <para>Rotates the root key no more, except by Update-KmsRootKey.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsRootKey", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsRootKey))]
public sealed class SetKmsRootKeyCommand : KmsCmdlet
{
    /// <summary>The age of a generation in days at which the store makes the next, 1-3650. With 0, never.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, RootKeyState.MaxRotationPeriodInDays)]
    public int RotationPeriodInDays { get; set; }

    /// <summary>Returns the root key, as Get-KmsRootKey does.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        int? before = Engine.RootKey.Read().RotationPeriodInDays;
        if (ConfirmAction($"Rotate the root key of the store {Describe(RotationPeriodInDays)}, not {Describe(before ?? 0)}"))
        {
            Engine.RootKey.SetRotationPeriod(RotationPeriodInDays, LocalCaller);
        }

        if (PassThru)
        {
            WriteObject(KmsRootKey.Of(Engine.RootKey.Read(), Engine.RootKey.ReadSeal()));
        }
    }

    private static string Describe(int days) => days switch
    {
        0 => "only on demand",
        1 => "every day",
        _ => $"every {days} days",
    };
}
