using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>HTTPS.</summary>
internal sealed class TlsFormat()
    : PartFormat<TlsDraft>("tls", "HTTPS: TLS 1.2 or 1.3. Without it, plain HTTP is served. Relative paths are relative to this file.")
{
    /// <summary>The one instance.</summary>
    public static readonly TlsFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<TlsDraft>> Members { get; } =
    [
        Member("certificate", Value.String, static tls => tls.Certificate, static (tls, file) => tls with { Certificate = file },
            "The file of the certificate with those of its issuers: PEM, or PKCS #12. It is read again when it changes.", isRequired: true),
        Member("key", Value.String, static tls => tls.Key, static (tls, file) => tls with { Key = file },
            "The file of the private key (PEM), if it is not in the file of the certificate."),
        Member("clientAuthorities", Value.String, static tls => tls.ClientAuthorities,
            static (tls, file) => tls with { ClientAuthorities = file },
            "A file with certificates of authorities (PEM): clients need a certificate of one of them, in addition to the signature of each "
            + "request."),
        Member("clientNames", Value.List(Value.String), static tls => tls.ClientNames,
            static (tls, names) => tls with { ClientNames = [.. names] },
            "The names of which the certificate of a client needs one, such as cks.kms.us-east-1.amazonaws.com. The default is any."),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        { "dependentRequired": { "clientNames": ["clientAuthorities"] } }
        """;

    /// <inheritdoc/>
    protected override TlsDraft Begin(SourcePosition position) => new();

    /// <inheritdoc/>
    protected override TlsDraft Check(YamlObject given, TlsDraft part)
    {
        if (given.Has("clientNames") && !given.Has("clientAuthorities"))
        {
            given.Error(
                given.PositionOf("clientNames"),
                "'clientNames' needs 'clientAuthorities': the authorities that vouch for the names.");
        }

        return part;
    }
}
