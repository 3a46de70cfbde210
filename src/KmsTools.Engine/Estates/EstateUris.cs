using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>Reads the PKCS#11 URIs of an estate before it is compared with a store.</summary>
internal sealed class EstateUris : IDisposable
{
    private readonly List<Secret> _pins = [];
    private readonly List<EstateError> _errors = [];
    private readonly Lazy<IHsmProvider> _provider;
    private readonly bool _isTemporary;

    private EstateUris(Estate estate, Lazy<IHsmProvider> provider, bool isTemporary)
    {
        Estate = estate;
        _provider = provider;
        _isTemporary = isTemporary;
    }

    /// <summary>The estate with the content of its URIs: the tokens, the libraries, and where the PINs come from.</summary>
    public Estate Estate { get; private set; }

    /// <summary>Reads the URIs.</summary>
    /// <param name="estate">The estate.</param>
    /// <param name="provider">Reads a URI; not asked for where there is none.</param>
    /// <param name="isTemporary">Whether the store is temporary: only such a store accepts a PIN from a URI.</param>
    /// <exception cref="EstateException">URIs are invalid.</exception>
    public static EstateUris Read(Estate estate, Lazy<IHsmProvider> provider, bool isTemporary)
    {
        EstateUris uris = new(estate, provider, isTemporary);
        uris.Estate = estate with { Clusters = [.. estate.Clusters
            .Select(cluster => cluster.Tokens.Any(static token => token.IsUri) ? uris.Read(cluster) : cluster)] };
        if (uris._errors.Count > 0)
        {
            uris.Dispose();
            throw new EstateException([.. uris._errors]);
        }

        return uris;
    }

    /// <inheritdoc/>
    public void Dispose() => _pins.ForEach(static pin => pin.Dispose());

    private EstateCluster Read(EstateCluster cluster)
    {
        ImmutableArray<EstateToken>.Builder tokens = ImmutableArray.CreateBuilder<EstateToken>();
        EstateSecret? pin = null;
        foreach (EstateToken token in cluster.Tokens)
        {
            if (!token.IsUri)
            {
                tokens.Add(token);
                continue;
            }

            try
            {
                using HsmUri uri = _provider.Value.ParseUri(token.Label.Value);
                NamedTokens.RequireTemporary(uri, _isTemporary);
                tokens.Add(
                    token with { Selector = uri.Token, Library = uri.Library is null ? null : new(uri.Library, token.Label.Position) });
                pin = Pin(pin, Pin(uri, token.Label.Position));
            }
            catch (ArgumentException exception)
            {
                _errors.Add(EstatePlanBuilder.Of(exception, token.Label.Position));
            }
        }

        Located<string>? library = cluster.Library.Value.Length > 0
            ? cluster.Library
            : tokens.Select(static token => token.Library).FirstOrDefault(static named => named is not null);
        if (library is null && _errors.Count == 0)
        {
            _errors.Add(new EstateError(cluster.Position, "This cluster needs the member 'library', or a URI with a module-path."));
        }

        if (pin is not null && cluster.Pin is { } other)
        {
            _errors.Add(new EstateError(other.Position, "A URI of this cluster has the PIN, or names its file. Give it once."));
        }

        return cluster with { Library = library ?? cluster.Library, Tokens = tokens.ToImmutable(), Pin = pin
            ?? cluster.Pin, HasPinOfUri = pin is not null };
    }

    private EstateSecret? Pin(HsmUri uri, SourcePosition position)
    {
        if (uri.Pin is null)
        {
            return uri.PinFile is null ? null : new EstateSecret(position, EstateSecretSource.File, uri.PinFile);
        }

        Secret pin = uri.Pin.Use(Secret.CopyOf);
        _pins.Add(pin);
        return new EstateSecret(position, EstateSecretSource.Plaintext, Plaintext: pin);
    }

    private static EstateSecret? Pin(EstateSecret? before, EstateSecret? next)
    {
        if (before is null || next is null)
        {
            return before ?? next;
        }

        bool isSame = before.Plaintext is null
            ? next.Plaintext is null
            : next.Plaintext is { } plaintext && before.Plaintext.ContentEquals(plaintext);
        return isSame && before.Name == next.Name
            ? before
            : throw new ArgumentException(
                "The URIs of a cluster have different PINs or PIN files. The crypto user has the same PIN on all its HSMs.");
    }
}
