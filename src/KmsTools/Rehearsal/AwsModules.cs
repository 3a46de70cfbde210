using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace KmsTools.Rehearsal;

/// <summary>The AWS modules whose cmdlets have the same names as those of this module, and whether a session has loaded one.</summary>
internal static class AwsModules
{
    /// <summary>The module with the cmdlets of AWS KMS.</summary>
    public const string KeyManagementService = "AWS.Tools.KeyManagementService";

    /// <summary>The module that the modules of all services require.</summary>
    public const string Common = "AWS.Tools.Common";

    /// <summary>The module with the cmdlets of all services.</summary>
    public const string All = "AWSPowerShell.NetCore";

    /// <summary>The same, for Windows PowerShell.</summary>
    public const string AllOfWindows = "AWSPowerShell";

    private static readonly ConditionalWeakTable<Runspace, object> Warned = [];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [KeyManagementService, Common, All, AllOfWindows];

    /// <summary>The AWS modules that the current runspace has loaded, without those that replace them in a rehearsal.</summary>
    public static IReadOnlyList<PSModuleInfo> FindLoaded() => [.. List().Where(static module => module.Guid != ShadowModules.Id)];

    /// <summary>Removes from the current runspace the modules that replace those of AWS.</summary>
    public static void RemoveShadows()
    {
        foreach (PSModuleInfo shadow in List().Where(static module => module.Guid == ShadowModules.Id))
        {
            using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            shell.AddCommand("Microsoft.PowerShell.Core\\Remove-Module")
                .AddParameter("ModuleInfo", shadow).AddParameter("Force").AddParameter("Confirm", false);
            shell.Invoke();
        }
    }

    /// <summary>Warns, once per runspace, that calls may reach AWS.</summary>
    /// <param name="cmdlet">The cmdlet that is about to make the first call.</param>
    public static void WarnOnce(PSCmdlet cmdlet)
    {
        if (Warned.TryAdd(Runspace.DefaultRunspace, Warned))
        {
            Warn(cmdlet);
        }
    }

    /// <summary>Warns that calls may reach AWS, if that is the case.</summary>
    /// <param name="cmdlet">The calling cmdlet.</param>
    public static void Warn(PSCmdlet cmdlet)
    {
        if (FindDangerous() is { } module)
        {
            cmdlet.WriteWarning(
                $"{module.Name} {module.Version} is loaded beside KmsTools: what is called New-KMSKey here may reach AWS. "
                + "Start a new PowerShell and run Enable-KmsRehearsal before anything loads it.");
        }
    }

    // A session may be restricted to commands that do not show its modules; then it cannot load any either.
    private static PSModuleInfo? FindDangerous()
    {
        try
        {
            return FindLoaded().FirstOrDefault(static module => !module.Name.Equals(Common, StringComparison.OrdinalIgnoreCase));
        }
        catch (RuntimeException)
        {
            return null;
        }
    }

    private static IEnumerable<PSModuleInfo> List()
    {
        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Core\\Get-Module").AddParameter("All");
        return [.. shell.Invoke<PSModuleInfo>().Where(static module => Names.Contains(module.Name, StringComparer.OrdinalIgnoreCase))];
    }
}
