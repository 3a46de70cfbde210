using System.Text;
using System.Text.RegularExpressions;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>A token as a PKCS#11 URI names it. Source: RFC 7512.</summary>
/// <param name="Token">What the path says about the token.</param>
/// <param name="Library">
/// The PKCS#11 library (<c>module-path</c>, <c>module-name</c>), as a full path or <c>path|parameters</c>; null when the URI names none.
/// </param>
/// <param name="PinFile">
/// Full path of the file that holds the PIN of the crypto user (<c>pin-source</c>); null when the URI names none.
/// </param>
/// <param name="Pin">The PIN itself (<c>pin-value</c>), which only temporary stores accept; null when the URI has none.</param>
public sealed partial record HsmUri(TokenSelector Token, string? Library, string? PinFile = null, Secret? Pin = null) : IDisposable
{
    /// <summary>The query attribute with the parameters that a library such as NSS requires. Other software ignores it.</summary>
    public const string ParametersAttribute = "x-kmstools-parameters";

    private const string Scheme = "pkcs11:";

    /// <inheritdoc/>
    public void Dispose() => Pin?.Dispose();

    /// <summary>The URI of an HSM of a cluster, ready for other software. Never contains a PIN.</summary>
    /// <param name="library">Its library, a full path or <c>path|parameters</c>.</param>
    /// <param name="token">The HSM.</param>
    public static string Of(string library, HsmToken token) => Of(
        library,
        new TokenSelector
        {
            Label = token.TokenLabel,
            SerialNumber = token.SerialNumber,
            Manufacturer = token.Manufacturer,
            Model = token.Model,
        });

    /// <summary>The URI of a token. Values that are null or empty are omitted.</summary>
    /// <param name="library">Its library, a full path or <c>path|parameters</c>.</param>
    /// <param name="token">The token: label, serial number, manufacturer, model and slot ID.</param>
    public static string Of(string library, TokenSelector token)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(token);
        IEnumerable<(string Name, string? Value)> path =
        [
            ("model", token.Model), ("manufacturer", token.Manufacturer), ("serial", token.SerialNumber), ("token", token.Label),
            ("slot-id", token.SlotId is { } slot ? $"{slot}" : null),
        ];
        int bar = library.IndexOf('|', StringComparison.Ordinal);
        IEnumerable<(string Name, string? Value)> query =
        [
            ("module-path", bar < 0 ? library : library[..bar]), (ParametersAttribute, bar < 0 ? null : library[(bar + 1)..]),
        ];
        return $"{Scheme}{Join(path, ';', '-')}?{Join(query, '&', '/')}";
    }

    /// <summary>The URI of the token of a key: a URI without the attributes of an object.</summary>
    public static string WithoutKey(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        int mark = uri.IndexOf('?', StringComparison.Ordinal);
        string path = mark < 0 ? uri : uri[..mark];
        if (!path.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return uri;
        }

        IEnumerable<string> attributes = path[Scheme.Length..].Split(';')
            .Where(static attribute => attribute.Split('=', 2)[0] is not ("object" or "id" or "type"));
        return path[..Scheme.Length] + string.Join(';', attributes) + (mark < 0 ? "" : uri[mark..]);
    }

    /// <summary>A text that should be a URI, valid or not, without the PIN that it may contain.</summary>
    public static string WithoutPin(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        string without = PinValue().Replace(
            uri,
            static found => found.Value[0] == '?' && found.Value[^1] == '&' ? "?" : found.Value[^1] == '&' ? "&" : "");

        // Encoding the name of the attribute leaves its value readable.
        return Uri.UnescapeDataString(without).Contains("pin-value", StringComparison.OrdinalIgnoreCase) ? Scheme : without;
    }

    // All but unreserved characters are encoded, so that no shell and no parser misreads them; except for the colon, and the slash
    // where the RFC allows it, after the question mark.
    private static string Join(IEnumerable<(string Name, string? Value)> attributes, char separator, char kept) => string.Join(
        separator,
        attributes.Where(static attribute => !string.IsNullOrEmpty(attribute.Value))
            .Select(attribute => $"{attribute.Name}={Encode(attribute.Value!, kept)}"));

    private static string Encode(string value, char kept)
    {
        StringBuilder text = new(value.Length);
        foreach (byte octet in Encoding.UTF8.GetBytes(value))
        {
            char character = (char)octet;
            if (char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' or '~' or ':' || character == kept)
            {
                text.Append(character);
            }
            else
            {
                text.Append('%').Append(octet.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    [GeneratedRegex("[?&;:]?pin-value=[^&]*&?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PinValue();
}
