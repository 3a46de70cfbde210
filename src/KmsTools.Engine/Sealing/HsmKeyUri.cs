using System.Text;

namespace KmsTools.Sealing;

/// <summary>A PKCS#11 URI of a key, taken apart into the URI of its token and the attributes of the key. Source: RFC 7512.</summary>
/// <param name="TokenUri">The URI without them.</param>
/// <param name="Label">CKA_LABEL of the key (<c>object</c>); null when the URI has none.</param>
/// <param name="Id">CKA_ID of the key (<c>id</c>) in lower-case hex; null when the URI has none.</param>
internal sealed record HsmKeyUri(string TokenUri, string? Label, string? Id)
{
    private const string Scheme = "pkcs11:";

    /// <summary>Takes a URI apart. What is left of it is checked by the parser of token URIs.</summary>
    /// <exception cref="ArgumentException">
    /// An attribute of the key is there twice, or malformed, or the object is no secret key.
    /// </exception>
    public static HsmKeyUri Parse(string uri)
    {
        int mark = uri.IndexOf('?', StringComparison.Ordinal);
        string path = mark < 0 ? uri : uri[..mark];
        if (!path.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return new HsmKeyUri(uri, null, null);
        }

        string? label = null;
        string? id = null;
        List<string> others = [];
        foreach (string attribute in path[Scheme.Length..].Split(';'))
        {
            switch (attribute.Split('=', 2))
            {
                case ["object", var value]:
                    label = label is null ? Encoding.UTF8.GetString(Decode(value)) : throw Wrong("it has the attribute 'object' twice");
                    break;
                case ["id", var value]:
                    id = id is null ? Convert.ToHexStringLower(Decode(value)) : throw Wrong("it has the attribute 'id' twice");
                    break;
                case ["type", var value]:
                    _ = value == "secret-key" ? value : throw Wrong("only a secret key (type=secret-key) can open a seal");
                    break;
                default:
                    others.Add(attribute);
                    break;
            }
        }

        return label is { Length: 0 } || id is { Length: 0 }
            ? throw Wrong("the value of object or id is empty")
            : new HsmKeyUri(path[..Scheme.Length] + string.Join(';', others) + (mark < 0 ? "" : uri[mark..]), label, id);
    }

    private static ArgumentException Wrong(string reason) => new($"The PKCS#11 URI is not valid: {reason}.");

    private static byte[] Decode(string value)
    {
        List<byte> octets = [];
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%')
            {
                octets.Add(i + 2 < value.Length && char.IsAsciiHexDigit(value[i + 1]) && char.IsAsciiHexDigit(value[i + 2])
                    ? Convert.FromHexString(value.AsSpan(i + 1, 2))[0]
                    : throw Wrong("the value of object or id has a '%' without two hexadecimal digits after it"));
                i += 2;
            }
            else
            {
                octets.Add(char.IsAscii(value[i])
                    ? (byte)value[i]
                    : throw Wrong("the value of object or id has a character that must be percent-encoded"));
            }
        }

        return [.. octets];
    }
}
