using System.Collections.Immutable;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>A token that is to be an HSM of a cluster.</summary>
/// <param name="Selector">What selects it.</param>
/// <param name="Library">Its library; null for that of the cluster.</param>
/// <param name="IsUri">Whether a PKCS#11 URI named it.</param>
internal sealed record NamedToken(TokenSelector Selector, string? Library = null, bool IsUri = false);

/// <summary>The tokens that PKCS#11 URIs name, and what the URIs say about the PIN, which is the same in all of them.</summary>
/// <param name="Library">The library of the cluster: that of the first URI that names one.</param>
/// <param name="Tokens">The tokens.</param>
/// <param name="PinFile">Full path of the file with the PIN, or null.</param>
/// <param name="Pin">The PIN, or null.</param>
internal sealed record NamedTokens(string Library, ImmutableArray<NamedToken> Tokens, string? PinFile, Secret? Pin) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Pin?.Dispose();

    /// <summary>Reads URIs, one per token.</summary>
    /// <param name="provider">Reads them.</param>
    /// <param name="uris">The URIs.</param>
    /// <param name="library">The library of the cluster; null uses the first that a URI names.</param>
    /// <param name="mayHavePin">Whether a PIN in a URI is accepted, which only temporary stores do.</param>
    /// <exception cref="ArgumentException">A URI is invalid, no library is named, or the PINs differ.</exception>
    public static NamedTokens Read(IHsmProvider provider, IReadOnlyList<string> uris, string? library, bool mayHavePin)
    {
        List<HsmUri> read = [];
        try
        {
            foreach (string uri in uris)
            {
                read.Add(provider.ParseUri(uri));
                RequireTemporary(read[^1], mayHavePin);
            }

            string? ofCluster = library ?? read.Select(static uri => uri.Library).FirstOrDefault(static named => named is not null);
            if (ofCluster is null)
            {
                throw new ArgumentException(
                    "The URI names no PKCS#11 library. Add its full path: '?module-path=/path/to/library.so'.",
                    nameof(uris));
            }

            string[] files = [.. read.Select(static uri => uri.PinFile).OfType<string>().Distinct(StringComparer.Ordinal)];
            Secret[] pins = [.. read.Select(static uri => uri.Pin).OfType<Secret>()];
            if (files.Length > 1 || (files.Length == 1 && pins.Length > 0) || pins.Any(pin => !pin.ContentEquals(pins[0])))
            {
                throw new ArgumentException(
                    "The URIs have different PINs or PIN files. The crypto user has the same PIN on all HSMs of a cluster.",
                    nameof(uris));
            }

            return new NamedTokens(
                ofCluster,
                [.. read.Select(uri => new NamedToken(uri.Token, uri.Library == ofCluster ? null : uri.Library, IsUri: true))],
                files.FirstOrDefault(),
                pins.FirstOrDefault()?.Use(Secret.CopyOf));
        }
        finally
        {
            read.ForEach(static uri => uri.Dispose());
        }
    }

    /// <summary>Rejects a PIN in a URI where the store is permanent.</summary>
    /// <exception cref="ArgumentException">The URI has a PIN, and the store is not temporary.</exception>
    public static void RequireTemporary(HsmUri uri, bool isTemporary)
    {
        if (uri.Pin is not null && !isTemporary)
        {
            throw new ArgumentException(
                "A PIN in a URI (pin-value) is taken in temporary stores only. Write it into a file that only you can read, and name the "
                    + "file: 'pin-source=file:/path'.", nameof(uri));
        }
    }
}
