using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets how this store reaches external key store proxies. Hosts that have no address are reached as AWS KMS reaches them.</summary>
/// <example>
/// <code>
/// Get-KmsXksProxyAddress
/// </code>
/// <para>Gets all addresses.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsXksProxyAddress xks.example.com | Format-List
/// </code>
/// <para>Gets the address of a host, with the certificates that it trusts.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsXksProxyAddress", HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType(typeof(XksProxyAddress))]
public sealed class GetKmsXksProxyAddressCommand : KmsCmdlet
{
    /// <summary>Gets only the address of this host.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("UriEndpoint", "XksProxyUriEndpoint")]
    [ProxyHostArgument]
    [ArgumentCompleter(typeof(XksProxyHostCompleter))]
    public string? HostName { get; set; }

    private protected override object? Subject => HostName;

    private protected override void Process()
    {
        ImmutableArray<XksProxyAddress> addresses = [.. Engine.ExternalKeyStores.ListAddresses()
            .Where(address => HostName is null || address.HostName.Equals(HostName, StringComparison.OrdinalIgnoreCase))];
        if (addresses.IsEmpty && HostName is not null)
        {
            Refuse(KmsErrorRecord.NoProxyAddress(Engine, HostName));
        }

        WriteObject(addresses, enumerateCollection: true);
    }
}
