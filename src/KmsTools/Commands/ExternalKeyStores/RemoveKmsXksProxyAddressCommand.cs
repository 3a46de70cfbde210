using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>
/// Removes the address of a host: its external key store proxies are reached as AWS KMS reaches them, at port 443 and with the public
/// authorities that the operating system trusts.
/// </summary>
/// <example>
/// <code>
/// Remove-KmsXksProxyAddress xks.example.com
/// </code>
/// <para>Removes an address.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsXksProxyAddress | Remove-KmsXksProxyAddress -WhatIf
/// </code>
/// <para>Shows which addresses would be removed.</para>
/// </example>
[Cmdlet(VerbsCommon.Remove, "KmsXksProxyAddress", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType("None")]
public sealed class RemoveKmsXksProxyAddressCommand : KmsCmdlet
{
    /// <summary>The host name of the proxies.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("UriEndpoint", "XksProxyUriEndpoint")]
    [ProxyHostArgument]
    [ArgumentCompleter(typeof(XksProxyHostCompleter))]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = "";

    private protected override object? Subject => HostName;

    private protected override void Process()
    {
        if (!Engine.ExternalKeyStores.ListAddresses()
            .Any(address => address.HostName.Equals(HostName, StringComparison.OrdinalIgnoreCase)))
        {
            Refuse(KmsErrorRecord.NoProxyAddress(Engine, HostName));
        }

        if (ConfirmAction($"Reach proxies at {HostName} at port 443 of that host, and trust the roots of the system"))
        {
            _ = Engine.ExternalKeyStores.RemoveAddress(HostName, LocalCaller);
        }
    }
}
