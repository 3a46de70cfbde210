using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Gets the running XKS proxies that this PowerShell process started.</summary>
/// <example>
/// <code>
/// Get-KmsXksProxy
/// </code>
/// <para>Gets all proxies.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsXksProxy).Messages
/// </code>
/// <para>Shows what they warn of.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsXksProxy", HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType(typeof(KmsXksProxy))]
public sealed class GetKmsXksProxyCommand : KmsCmdlet
{
    private protected override void Process() => WriteObject(KmsXksProxies.Running, enumerateCollection: true);
}
