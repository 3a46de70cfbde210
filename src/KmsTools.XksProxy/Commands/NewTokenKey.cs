using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Commands;

/// <summary>A key that was generated in a token.</summary>
/// <param name="Label">Its label.</param>
/// <param name="CkaId">Its CKA_ID in hexadecimal digits.</param>
/// <param name="TokenLabel">The label of the token.</param>
/// <param name="SerialNumber">The serial number of the token.</param>
/// <param name="Uri">Its PKCS#11 URI, with that of the token.</param>
/// <param name="Library">The library of the token.</param>
internal sealed record NewTokenKey(string Label, string CkaId, string TokenLabel, string SerialNumber, string Uri, string Library)
{
    private const int IdSize = 16;
    private const int MaxLabel = 128;

    /// <summary>Makes an AES-256 key that encrypts and decrypts, and never leaves the token.</summary>
    /// <param name="library">The library of the token.</param>
    /// <param name="selector">Which token of the library.</param>
    /// <param name="pin">The PIN of its user.</param>
    /// <param name="label">The label, which no key of the token has yet.</param>
    /// <param name="ckaId">The CKA_ID in hexadecimal digits, which no key of the token has yet; null for a random one.</param>
    /// <exception cref="HsmException">The token cannot be used, or refused the key.</exception>
    /// <exception cref="ArgumentException">The label or the CKA_ID is not valid, or a key has it already.</exception>
    public static NewTokenKey Create(string library, TokenSelector selector, Secret pin, string label, string? ckaId)
    {
        if (label.Length is 0 or > MaxLabel || label.Any(char.IsControl))
        {
            throw new ArgumentException($"A label of a key has 1 to {MaxLabel} characters, and no control characters.");
        }

        byte[] id = ckaId is null ? RandomNumberGenerator.GetBytes(IdSize) : Convert.FromHexString(KeyName.OfId(ckaId).Id!);
        using TokenClient client = pin.Use(bytes => TokenClient.Connect(library, selector, bytes, maxCalls: 1));
        RequireFree(client, KeyName.OfLabel(label));
        RequireFree(client, KeyName.OfId(Convert.ToHexString(id)));
        HsmStatus status = client.Status;
        using Pkcs11HsmProvider provider = new();
        HsmCluster alone = new()
        {
            ClusterId = "",
            Library = library,
            Tokens = [status.ToToken()],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UtcNow,
        };
        using IHsmConnection connection = pin.Use(bytes => provider.Connect(alone, bytes));
        connection.GenerateKey(label, id);
        string uri = UriOf(status.Uri ?? "pkcs11:", label, id);
        return new NewTokenKey(label, Convert.ToHexStringLower(id), status.TokenLabel, status.SerialNumber, uri, library);
    }

    // What two keys are called cannot name one of them.
    private static void RequireFree(TokenClient client, KeyName name)
    {
        try
        {
            client.Describe(name);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.KeyNotFound)
        {
            return;
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Ambiguous)
        {
            // Several have it.
        }

        throw new ArgumentException($"The token '{client.Status.TokenLabel}' has a key with the {name} already. Nothing was made.");
    }

    // RFC 7512: object, id and type stand before the question mark.
    private static string UriOf(string token, string label, byte[] id)
    {
        int mark = token.IndexOf('?', StringComparison.Ordinal);
        string path = mark < 0 ? token : token[..mark];
        string separator = path.EndsWith(':') ? "" : ";";
        string octets = string.Concat(id.Select(static octet => $"%{octet:x2}"));
        return $"{path}{separator}object={System.Uri.EscapeDataString(label)};id={octets};type=secret-key{(mark < 0 ? "" : token[mark..])}";
    }
}
