using System.Globalization;
using System.Text;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>Reads PKCS#11 URIs that name keys in a token that is known already. Source: RFC 7512.</summary>
internal static class KeyUri
{
    private const string Scheme = "pkcs11:";
    private const string Label = "object";
    private const string Id = "id";
    private const string Type = "type";
    private const string SecretKey = "secret-key";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the URI.</summary>
    /// <returns>The label and the CKA_ID, of which one may be null.</returns>
    /// <exception cref="ArgumentException">It is malformed, or names something else.</exception>
    public static (string? Label, byte[]? Id) Parse(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong("it does not begin with 'pkcs11:'");
        }

        byte[]? label = null;
        byte[]? id = null;
        HashSet<string> seen = [];
        foreach (string part in uri[Scheme.Length..].Split(';'))
        {
            int sign = part.IndexOf('=', StringComparison.Ordinal);
            string name = sign < 0 ? part : part[..sign];
            if (sign <= 0 || sign == part.Length - 1)
            {
                throw Wrong("an attribute is not of the form name=value");
            }

            if (!seen.Add(name))
            {
                throw Wrong($"it has the attribute '{name}' twice");
            }

            byte[] value = Decode(name, part.AsSpan(sign + 1));
            switch (name)
            {
                case Label:
                    label = value;
                    break;
                case Id:
                    id = value;
                    break;
                case Type when part[(sign + 1)..] == SecretKey:
                    break;
                case Type:
                    throw Wrong("the type of an external key is secret-key");
                default:
                    throw Wrong($"the attribute '{name}' names no key. There are: object, id, type=secret-key");
            }
        }

        return label is null && id is null ? throw Wrong("it has neither object nor id") : (label is null ? null : Text(label), id);
    }

    private static ArgumentException Wrong(string reason) => new($"The PKCS#11 URI of the key is not valid: {reason}.");

    private static string Text(byte[] label)
    {
        try
        {
            return Strict.GetString(label);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong("the value of object is not UTF-8");
        }
    }

    private static byte[] Decode(string name, ReadOnlySpan<char> value)
    {
        List<byte> bytes = [];
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%')
            {
                if (i + 2 >= value.Length || !byte.TryParse(
                    value.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
                {
                    throw Wrong($"the value of {name} has a '%' without two hexadecimal digits after it");
                }

                bytes.Add(octet);
                i += 2;
            }
            else if (char.IsAscii(value[i]) && !char.IsWhiteSpace(value[i]) && !char.IsControl(value[i]))
            {
                bytes.Add((byte)value[i]);
            }
            else
            {
                throw Wrong($"the value of {name} has a character that must be percent-encoded");
            }
        }

        return [.. bytes];
    }
}
