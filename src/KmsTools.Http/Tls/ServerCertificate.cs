using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KmsTools.Http;

/// <summary>The TLS certificate of a server, or of a client, with its private key and the intermediate certificates.</summary>
public sealed class ServerCertificate : IDisposable
{
    /// <summary>The environment variable with the password of the private key file: other users can see command lines.</summary>
    public const string PasswordVariable = "KMSTOOLS_CERTIFICATE_PASSWORD";

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string PemBegin = "-----BEGIN ";
    private const string PemCertificate = "CERTIFICATE";
    private const string PemPrivateKey = "PRIVATE KEY-----";
    private const string PemEncryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        Leaf = leaf;
        Chain = chain;
    }

    /// <summary>The certificate with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>All certificates of the file.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>Reads a certificate, and checks that a server can use it now.</summary>
    /// <param name="file">PEM, DER or PKCS #12.</param>
    /// <param name="keyFile">The private key in PEM; null when it is in <paramref name="file"/>.</param>
    /// <param name="password">The password of the private key, if it has one.</param>
    /// <exception cref="CryptographicException">
    /// It is not a certificate, has no private key or one that does not match, or is not valid for a server now.
    /// </exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a file is denied, or every user can read the private key.</exception>
    public static ServerCertificate Load(string file, string? keyFile = null, string? password = null) =>
        ReadUsable(file, keyFile, password, forClient: false);

    /// <summary>Reads a certificate, and checks that a client can show it to servers now.</summary>
    /// <param name="file">PEM or PKCS #12, with the private key.</param>
    /// <param name="password">The password of the private key, if it has one.</param>
    /// <exception cref="CryptographicException">
    /// It is not a certificate, has no private key or one that does not match, or is not valid for a client now.
    /// </exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied, or every user can read the private key.</exception>
    public static ServerCertificate LoadForClient(string file, string? password = null) =>
        ReadUsable(file, null, password, forClient: true);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (X509Certificate2 certificate in Chain)
        {
            certificate.Dispose();
        }

        Leaf.Dispose();
    }

    private static ServerCertificate ReadUsable(string file, string? keyFile, string? password, bool forClient)
    {
        RequireNotPublic(keyFile ?? file);
        ServerCertificate certificate = Read(file, keyFile, password);
        if (Refusal(certificate.Leaf, DateTime.Now, forClient) is { } refusal)
        {
            certificate.Dispose();
            throw new CryptographicException($"The certificate in '{file}' {refusal}");
        }

        return certificate;
    }

    private static ServerCertificate Read(string file, string? keyFile, string? password)
    {
        byte[] content = File.ReadAllBytes(file);
        try
        {
            string text = Encoding.UTF8.GetString(content);
            return text.Contains(PemBegin, StringComparison.Ordinal) ? ReadPem(file, text, keyFile, password)
                : KindOf(content) switch
                {
                    X509ContentType.Cert => ReadPem(file, PemEncoding.WriteString(PemCertificate, content), keyFile, password),
                    X509ContentType.Pkcs12 => ReadPkcs12(file, content, password),
                    _ => throw new CryptographicException(
                        $"'{file}' is not a certificate: give one in PEM, or in PKCS #12 with its private key."),
                };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private static X509ContentType KindOf(byte[] content)
    {
        try
        {
            return X509Certificate2.GetCertContentType(content);
        }
        catch (CryptographicException)
        {
            return X509ContentType.Unknown;
        }
    }

    private static ServerCertificate ReadPem(string file, string text, string? keyFile, string? password)
    {
        string key = keyFile is null ? text : File.ReadAllText(keyFile);
        if (!key.Contains(PemPrivateKey, StringComparison.Ordinal))
        {
            throw keyFile is null
                ? new PrivateKeyMissingException(file)
                : new CryptographicException($"'{keyFile}' has no private key in PEM.");
        }

        bool isEncrypted = key.Contains(PemEncryptedKey, StringComparison.Ordinal);
        if (isEncrypted && password is null)
        {
            throw NeedsPassword(keyFile ?? file);
        }

        X509Certificate2Collection chain = new();
        try
        {
            chain.ImportFromPem(text);
            return new ServerCertificate(Usable(
                isEncrypted ? X509Certificate2.CreateFromEncryptedPem(text, key, password)
                    : X509Certificate2.CreateFromPem(text, key)), chain);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CryptographicException(
                chain.Count == 0 ? $"'{file}' is not a certificate in PEM."
                    : $"The private key in '{keyFile ?? file}' cannot be read"
                        + $"{(isEncrypted ? " with the password in " + PasswordVariable : "")}, or does not match the certificate in "
                        + $"'{file}'.",
                exception);
        }
    }

    private static ServerCertificate ReadPkcs12(string file, byte[] content, string? password)
    {
        X509Certificate2Collection chain;
        try
        {
            chain = X509CertificateLoader.LoadPkcs12Collection(content, password);
        }
        catch (CryptographicException exception)
        {
            throw password is null
                ? NeedsPassword(file)
                : new CryptographicException($"'{file}' cannot be read with the password in {PasswordVariable}.", exception);
        }

        return chain.FirstOrDefault(static certificate => certificate.HasPrivateKey) is { } leaf
            ? new ServerCertificate(leaf, chain)
            : throw new CryptographicException($"'{file}' has no certificate with a private key.");
    }

    // Windows cannot serve with a key that is only in memory.
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
        }
    }

    private static string? Refusal(X509Certificate2 certificate, DateTime now, bool forClient) =>
        certificate.NotAfter < now ? $"expired on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC."
            : certificate.NotBefore > now ? $"is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm:ss} UTC."
            : certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } uses
                && uses.EnhancedKeyUsages[forClient ? ClientAuthentication : ServerAuthentication] is null
                ? forClient ? "is not for a client: its extended key usage lacks clientAuth."
                    : "is not for a server: its extended key usage lacks serverAuth."
            : null;

    private static CryptographicException NeedsPassword(string file) => new($"'{file}' needs a password: set {PasswordVariable}.");

    private static void RequireNotPublic(string file)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
        {
            throw new UnauthorizedAccessException(
                $"'{file}' contains a private key, and every user of this machine can read or change it. Run: chmod 600 '{file}'");
        }
    }
}
