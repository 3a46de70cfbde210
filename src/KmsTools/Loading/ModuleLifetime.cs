using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Loading;

/// <summary>
/// Registers the names of AWS types when the module is imported, and closes the connection of a runspace when the module is removed from
/// it.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport() => AwsTypeNames.Register();

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => KmsSession.Disconnect();
}
