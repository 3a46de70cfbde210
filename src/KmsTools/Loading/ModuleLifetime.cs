using System.Management.Automation;

namespace KmsTools.Loading;

/// <summary>
/// Registers the names of AWS types when the module is imported. The connections of a process stay open when the module is removed:
/// Import-Module -Force, which test suites use, removes it too.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer
{
    /// <inheritdoc/>
    public void OnImport() => AwsTypeNames.Register();
}
