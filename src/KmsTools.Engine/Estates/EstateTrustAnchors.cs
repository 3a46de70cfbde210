using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace KmsTools.Estates;

/// <summary>Reads the trust anchors of an estate before it is compared with a store.</summary>
internal static class EstateTrustAnchors
{
    private const int MaxSize = 1024 * 1024;

    /// <summary>The estate with the certificates themselves in place of the files that have them, as a store keeps them.</summary>
    /// <exception cref="EstateException">A file cannot be read or has no certificate.</exception>
    public static Estate Read(Estate estate)
    {
        List<EstateError> errors = [];
        Estate read = estate with
        {
            ProxyAddresses = [.. estate.ProxyAddresses.Select(address =>
                address with { TrustAnchors = [.. address.TrustAnchors.SelectMany(anchor => Read(anchor, errors))] })],
        };
        return errors.Count == 0 ? read : throw new EstateException(errors);
    }

    private static IEnumerable<Located<string>> Read(Located<string> anchor, List<EstateError> errors)
    {
        string name = EstateProxyAddress.IsPem(anchor.Value) ? "This trust anchor" : $"The file {anchor.Value}";
        try
        {
            X509Certificate2Collection certificates = [];
            try
            {
                certificates.ImportFromPem(EstateProxyAddress.IsPem(anchor.Value) ? anchor.Value : ReadFile(anchor.Value));
                if (certificates.Count == 0)
                {
                    errors.Add(new EstateError(anchor.Position, $"{name} has no certificate in PEM."));
                }

                return [.. certificates.Select(certificate => anchor with { Value = certificate.ExportCertificatePem() + '\n' })];
            }
            finally
            {
                foreach (X509Certificate2 certificate in certificates)
                {
                    certificate.Dispose();
                }
            }
        }
        catch (CryptographicException exception)
        {
            errors.Add(new EstateError(anchor.Position, $"{name} has a certificate that cannot be read: {exception.Message}"));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            errors.Add(new EstateError(anchor.Position, $"{name} does not exist."));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.Add(new EstateError(anchor.Position, $"{name} cannot be read: {exception.Message}"));
        }

        return [];
    }

    private static string ReadFile(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        byte[] bytes = new byte[MaxSize + 1];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return length <= MaxSize
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw new IOException($"it has more than {MaxSize} bytes.");
    }
}
