using System.Collections.Immutable;
using System.Security.Cryptography;

namespace KmsTools.Files;

/// <summary>Certificates in PEM, one after the other in a text.</summary>
internal static class PemCertificates
{
    private const string Begin = "-----BEGIN ";
    private const string Label = "CERTIFICATE";

    /// <summary>Whether a text is PEM, and not the path of a file.</summary>
    public static bool IsPem(string text) => text.Contains(Begin, StringComparison.Ordinal);

    /// <summary>The certificates of a text, each in PEM. What stands between them, and other contents such as keys, is left out.</summary>
    public static ImmutableArray<string> Split(string text)
    {
        ImmutableArray<string>.Builder certificates = ImmutableArray.CreateBuilder<string>();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            if (rest[fields.Label] is Label)
            {
                certificates.Add(rest[fields.Location].ToString());
            }

            rest = rest[fields.Location.End..];
        }

        return certificates.ToImmutable();
    }
}
