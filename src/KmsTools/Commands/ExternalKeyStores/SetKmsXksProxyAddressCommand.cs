using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Files;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// Sets how this store reaches external key store proxies at a host: their address and port, the authorities that it trusts, and the time
/// that they have.
/// </summary>
/// <remarks>
/// <para>
/// AWS KMS reaches a proxy at port 443 of the host in XksProxyUriEndpoint, trusts public authorities, and waits for 250 milliseconds. A host
/// without an address is reached in the same way. Requests always name the host of the endpoint, and its certificate must be for that name.
/// </para>
/// <para>
/// What is not given stays as it is, or has its default if the host has no address yet. Takes effect with the next request.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port 8443 -TrustAnchor ./root.pem
/// </code>
/// <para>Reaches a proxy on this machine, whose certificate is of an authority of one's own.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsXksProxyAddress | Set-KmsXksProxyAddress -TimeoutInMilliseconds 2000
/// </code>
/// <para>Gives all proxies more time, such as on a slow machine.</para>
/// </example>
[Cmdlet(VerbsCommon.Set, "KmsXksProxyAddress", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType(typeof(XksProxyAddress))]
public sealed class SetKmsXksProxyAddressCommand : KmsCmdlet
{
    /// <summary>The host name of the proxies, as in XksProxyUriEndpoint; the whole endpoint is accepted too.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("UriEndpoint", "XksProxyUriEndpoint")]
    [ProxyHostArgument]
    [ArgumentCompleter(typeof(XksProxyHostCompleter))]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = "";

    /// <summary>Where connections go in place of the host: an IP address or another host name. $null for the host itself.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? Address { get; set; }

    /// <summary>The TCP port. The default is 443.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? Port { get; set; }

    /// <summary>
    /// The only root certificates that are trusted: files with certificates in PEM, or the text of certificates. $null for those of the
    /// operating system, which is the default.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("TrustAnchors")]
    [PathArgument]
    [AllowNull]
    [AllowEmptyCollection]
    public string[]? TrustAnchor { get; set; }

    /// <summary>
    /// A file with a certificate and its private key in PEM, for proxies that demand one. It is read when connections are made, and only its
    /// owner may be able to read it. $null for none, which is the default.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PathArgument("ClientCertificatePath")]
    [AllowNull]
    [AllowEmptyString]
    public string? ClientCertificatePath { get; set; }

    /// <summary>How long a proxy has to answer, 50 to 30000 milliseconds. The default is 250, as at AWS.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? TimeoutInMilliseconds { get; set; }

    private protected override object? Subject => HostName;

    private protected override void Process()
    {
        XksProxyAddress present = Engine.ExternalKeyStores.ListAddresses()
            .FirstOrDefault(address => address.HostName.Equals(HostName, StringComparison.OrdinalIgnoreCase))
            ?? new XksProxyAddress { HostName = HostName };
        XksProxyAddress address = present with
        {
            Address = IsBound(nameof(Address)) ? NullIfEmpty(Address) : present.Address,
            Port = Port ?? present.Port,
            TrustAnchors = IsBound(nameof(TrustAnchor)) ? ReadAnchors() : present.TrustAnchors,
            ClientCertificatePath = !IsBound(nameof(ClientCertificatePath)) ? present.ClientCertificatePath
                : NullIfEmpty(ClientCertificatePath) is { } path ? ResolvePath(path) : null,
            TimeoutInMilliseconds = TimeoutInMilliseconds ?? present.TimeoutInMilliseconds,
        };
        ExternalKeyStoreRegistry.Require(address);
        string trust = address.TrustAnchors.IsEmpty
            ? "the roots of the system" : $"{address.TrustAnchors.Length} root certificate{(address.TrustAnchors.Length == 1 ? "" : "s")}";
        if (ConfirmAction(
            $"Reach proxies at {address.HostName} by {address.Address ?? address.HostName}, port {address.Port}, within "
                + $"{address.TimeoutInMilliseconds} milliseconds, and trust {trust}"))
        {
            WriteObject(Engine.ExternalKeyStores.SetAddress(address, LocalCaller));
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private ImmutableArray<string> ReadAnchors()
    {
        ImmutableArray<string>.Builder anchors = ImmutableArray.CreateBuilder<string>();
        foreach (string given in TrustAnchor ?? [])
        {
            if (PemCertificates.IsPem(given))
            {
                anchors.AddRange(PemCertificates.Split(given));
                continue;
            }

            string path = ResolvePath(given);
            try
            {
                anchors.AddRange(PemCertificates.Split(File.ReadAllText(path)) is { IsEmpty: false } found
                    ? found : throw new ArgumentException($"'{path}' has no certificate in PEM."));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Refuse(KmsErrorRecord.OfFile(exception, path));
            }
        }

        return anchors.ToImmutable();
    }
}
