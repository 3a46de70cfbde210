using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Writes a configuration of an XKS proxy for one token and one key store, with a new credential.</summary>
/// <remarks>
/// Only the owner can read the files that are written: the configuration, the secret access key beside it (.secret), and the PIN (.pin) if
/// it is given. More tokens, key stores and settings are added in an editor: the configuration names its JSON Schema.
/// </remarks>
/// <example>
/// <code>
/// New-KmsXksProxyConfiguration ./proxy.yaml $library -TokenLabel lab -PinFile ./lab.pin -Key orders -Port 8443
/// </code>
/// <para>Writes a configuration with a key that the token has.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsXksProxyConfiguration ./lab.yaml $library -TokenLabel lab -PinFile ./lab.pin -Key orders -Port 0 -HostName xks.example.com
/// </code>
/// <para>Writes a configuration for HTTPS, with a certificate for a lab.</para>
/// </example>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// $made = New-KmsXksKey orders $library -TokenLabel lab -Pin $pin | New-KmsXksProxyConfiguration ./orders.yaml -Prefix /orders -Pin $pin
/// $made.UriPath
/// </code>
/// <para>Creates a key and writes a configuration with it. The PIN is in a file beside it.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsXksProxyConfiguration", SupportsShouldProcess = true, DefaultParameterSetName = ByLabel,
    HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType(typeof(KmsXksProxyConfiguration))]
public sealed class NewKmsXksProxyConfigurationCommand : XksTokenCmdlet
{
    /// <summary>The new file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Configuration")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The labels of keys in the token, which are their external key IDs (XksKeyId) too.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Label")]
    [TextTransformation("Label")]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <summary>The Regions of the KMS that may call. The default is that of this session.</summary>
    [Parameter]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Region { get; set; }

    /// <summary>The name of the key store. The default is the name of the file.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? KeyStore { get; set; }

    /// <summary>The path before /kms/xks/v1, such as /example. The default is none.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Prefix { get; set; }

    /// <summary>The IP address to listen on. An address other than loopback requires -Certificate or -HostName. The default is 127.0.0.1.</summary>
    [Parameter]
    [ValidateNotNull]
    public IPAddress? Listen { get; set; }

    /// <summary>The port; 0 selects a free one. The default is 443: AWS KMS calls no other.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int? Port { get; set; }

    /// <summary>A file with a certificate (PEM or PKCS #12): the proxy serves HTTPS with it, TLS 1.2 or 1.3.</summary>
    [Parameter]
    [PathArgument("Certificate")]
    [ValidateNotNullOrEmpty]
    public string? Certificate { get; set; }

    /// <summary>The file with the private key of the certificate (PEM), if it is a separate file.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? CertificateKey { get; set; }

    /// <summary>
    /// Makes a certificate for this host name beside the configuration (.crt, .key), instead of -Certificate: for a lab, because AWS KMS
    /// takes those of public authorities only. Clients trust it if they are told to.
    /// </summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>The label of the key in the token that health checks use, and no key of KMS. The default is none.</summary>
    [Parameter]
    [TextTransformation("Label")]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? HealthKey { get; set; }

    /// <summary>An IP address with a port, such as 127.0.0.1:9464, at which metrics are served for Prometheus.</summary>
    [Parameter]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Metrics { get; set; }

    /// <summary>The PIN of the crypto user, which is written into a file beside the configuration.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? Pin { get; set; }

    /// <summary>A file with the PIN, which only its owner can read. The configuration names it.</summary>
    [Parameter]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? PinFile { get; set; }

    private protected override object? Subject => Path;

    private protected override void Process()
    {
        string file = ResolvePath(Path);
        if (Pin is not null && PinFile is not null)
        {
            throw new ArgumentException("The PIN was given both directly and as a file. Give one of them.");
        }

        if (ParameterSetName == ByLabel && Pin is null && PinFile is null)
        {
            throw new ArgumentException("-Pin or -PinFile is needed: the PIN of the crypto user of the token.");
        }

        if (HostName is not null && Certificate is not null)
        {
            throw new ArgumentException("-HostName makes a certificate. Leave -Certificate or -HostName out.");
        }

        if (CertificateKey is not null && Certificate is null)
        {
            throw new ArgumentException("-CertificateKey needs -Certificate.");
        }

        if (Region is null && KmsSession.Find() is null)
        {
            throw new ArgumentException("-Region is needed, the Regions of the KMS that may call: no session is connected that has one.");
        }

        if (!ConfirmAction($"Write the configuration of an XKS proxy and a new credential into {file}"))
        {
            return;
        }

        using Secret? pin = XksPin.Read(Pin, null, ResolvePath);
        List<string> arguments = ["new-configuration", "--configuration", file, .. TokenOptions, .. XksPin.Option(pin)];
        Add("--pin-file", PinFile is null ? null : ResolvePath(PinFile));
        Add("--key-store", KeyStore);
        Add("--prefix", Prefix);
        Add("--listen", Listen?.ToString());
        Add("--port", Port?.ToString(CultureInfo.InvariantCulture));
        Add("--certificate", Certificate is null ? null : ResolvePath(Certificate));
        Add("--certificate-key", CertificateKey is null ? null : ResolvePath(CertificateKey));
        Add("--host-name", HostName);
        Add("--health-key", HealthKey);
        Add("--metrics", Metrics);
        foreach (string region in Region ?? [SessionRegion.Name])
        {
            Add("--region", region);
        }

        foreach (string key in Key)
        {
            Add("--key", key);
        }

        IReadOnlyDictionary<string, string> made = XksProxyProgram.Run(arguments, pin, "The configuration was not written.", Stopped);
        WriteObject(new KmsXksProxyConfiguration(
            file,
            made["keyStore"],
            made["uriPath"],
            made["accessKeyId"],
            made["secretFile"],
            made.GetValueOrDefault("hostName"),
            made.GetValueOrDefault("certificate")));

        void Add(string option, string? value)
        {
            if (value is not null)
            {
                arguments.AddRange([option, value]);
            }
        }
    }
}
