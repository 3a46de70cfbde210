using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Loading;

/// <summary>Closes the connection of a runspace when the module is removed from it.</summary>
public sealed class ModuleLifetime : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => KmsSession.Disconnect();
}
