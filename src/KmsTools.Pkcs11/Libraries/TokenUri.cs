using System.Globalization;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Reads PKCS#11 URIs that name tokens. Source: RFC 7512. Values are checked and decoded by Pkcs11Interop, after working around its
/// deviations from the RFC: it removes blanks from values, recognizes the scheme in lower case only, accepts malformed percent-encoding and
/// UTF-8, keeps PINs as text, and has its own syntax for library versions.
/// </summary>
internal static class TokenUri
{
    private const string Scheme = "pkcs11:";
    private const string PinSource = "pin-source";
    private const string PinValue = "pin-value";
    private const string LibraryVersion = "library-version";
    private const string SlotId = "slot-id";

    private static readonly string[] OfTokens =
    [
        "token", "serial", "manufacturer", "model", SlotId, "slot-description", "slot-manufacturer",
        "library-manufacturer", "library-description", LibraryVersion,
    ];

    private static readonly string[] OfObjects = ["object", "id", "type"];

    private static readonly string[] OfQueries = ["module-path", "module-name", PinSource, PinValue];

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">
    /// The URI is malformed, or names something other than a token. The message does not contain the PIN.
    /// </exception>
    public static HsmUri Parse(string uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw Wrong("it does not begin with 'pkcs11:'");
        }

        if (uri.Any(static character => char.IsWhiteSpace(character) || char.IsControl(character)))
        {
            throw Wrong("it has a blank. In values a blank is written %20");
        }

        int mark = uri.IndexOf('?', StringComparison.Ordinal);
        List<Attribute> path = Split(mark < 0 ? uri[Scheme.Length..] : uri[Scheme.Length..mark], ';');
        List<Attribute> query = Split(mark < 0 ? "" : uri[(mark + 1)..], '&');
        RequireKnown(path);
        RequireOnce(query);
        (byte, byte)? version = path.Find(static attribute => attribute.Name == LibraryVersion) is { } given ? Version(given.Value) : null;
        if (path.Find(static attribute => attribute.Name == SlotId) is { } slot
            && (slot.Value.Length == 0 || slot.Value.AsSpan().ContainsAnyExceptInRange('0', '9')))
        {
            throw Wrong("the value of slot-id is not a decimal number");
        }

        Attribute? pin = query.Find(static attribute => attribute.Name == PinValue);
        if (pin is not null && query.Exists(static attribute => attribute.Name == PinSource))
        {
            throw Wrong("it has both pin-source and pin-value");
        }

        Pkcs11Uri parsed = ParseOthers(path, query);
        if (parsed.PinSource is { Length: 0 } || pin?.Value.Length == 0)
        {
            throw Wrong($"the value of {(pin is null ? PinSource : PinValue)} is empty");
        }

        return new HsmUri(
            new TokenSelector
            {
                Label = parsed.Token,
                SerialNumber = parsed.Serial,
                Manufacturer = parsed.Manufacturer,
                Model = parsed.Model,
                SlotId = parsed.SlotId,
                SlotDescription = parsed.SlotDescription,
                SlotManufacturer = parsed.SlotManufacturer,
                LibraryManufacturer = parsed.LibraryManufacturer,
                LibraryDescription = parsed.LibraryDescription,
                LibraryVersion = version,
            },
            Library(parsed),
            parsed.PinSource is null ? null : PinFilePath(parsed.PinSource),
            pin is null ? null : Secret.TakeOver(Decode(pin)));
    }

    private static ArgumentException Wrong(string reason) => new($"The PKCS#11 URI is not valid: {reason}.");

    private static List<Attribute> Split(string component, char separator) =>
        component.Length == 0 ? [] : [.. component.Split(separator).Select(static text => Attribute.Read(text))];

    private static void RequireKnown(List<Attribute> path)
    {
        foreach (Attribute attribute in path)
        {
            if (OfObjects.Contains(attribute.Name))
            {
                throw Wrong($"the attribute '{attribute.Name}' names an object in a token. A URI of an HSM names the token alone");
            }

            if (OfQueries.Contains(attribute.Name))
            {
                throw Wrong(
                    $"the attribute '{attribute.Name}' stands before the '?', where token and slot are named. It belongs after the '?'");
            }

            // According to RFC 7512 such a URI matches nothing.
            if (!OfTokens.Contains(attribute.Name))
            {
                throw Wrong($"it has an attribute that is not known, '{attribute.ShownName}'. There are: {string.Join(", ", OfTokens)}; "
                    + $"and after a '?': {string.Join(", ", OfQueries)}");
            }
        }
    }

    // Vendor attributes may occur there more than once, and are not checked.
    private static void RequireOnce(List<Attribute> query)
    {
        foreach (string name in OfQueries.Append(HsmUri.ParametersAttribute)
            .Where(name => query.Count(attribute => attribute.Name == name) > 1))
        {
            throw Wrong($"it has the attribute '{name}' twice");
        }

        if (query.Find(static attribute => OfTokens.Contains(attribute.Name)) is { } misplaced)
        {
            throw Wrong(
                $"the attribute '{misplaced.Name}' stands after the '?'. It belongs before it, and a ';' separates the attributes there");
        }
    }

    // What is not passed on is parsed here: versions, PINs, and vendor attributes.
    private static Pkcs11Uri ParseOthers(List<Attribute> path, List<Attribute> query)
    {
        IEnumerable<Attribute> ofPath = path.Where(static attribute => attribute.Name != LibraryVersion);
        IEnumerable<Attribute> ofQuery = query.Where(
            static attribute => attribute.Name is "module-path" or "module-name" or PinSource or HsmUri.ParametersAttribute);
        string text = Scheme + string.Join(';', ofPath) + (ofQuery.Any() ? "?" + string.Join('&', ofQuery) : "");
        foreach (Attribute attribute in ofPath.Concat(ofQuery))
        {
            Array.Clear(Decode(attribute));
        }

        try
        {
            return new Pkcs11Uri(text);
        }
        catch (Pkcs11UriException exception)
        {
            throw new ArgumentException(
                $"The PKCS#11 URI is not valid: {char.ToLowerInvariant(exception.Message[0])}{exception.Message[1..].TrimEnd('.')}.",
                exception);
        }
    }

    private static byte[] Decode(Attribute attribute)
    {
        // A PIN is not left behind in memory: the size is known beforehand, and nothing is copied.
        string value = attribute.Value;
        byte[] octets = GC.AllocateUninitializedArray<byte>(
            value.Length - (2 * value.Count(static character => character == '%')) is >= 0 and int size ? size : 0,
            pinned: true);
        int length = 0;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] == '%')
            {
                if (i + 2 >= value.Length || !char.IsAsciiHexDigit(value[i + 1]) || !char.IsAsciiHexDigit(value[i + 2]))
                {
                    throw Wrong($"the value of {attribute.ShownName} has a '%' without two hexadecimal digits after it");
                }

                octets[length++] = byte.Parse(value.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            else if (char.IsAscii(value[i]) && length < octets.Length)
            {
                octets[length++] = (byte)value[i];
            }
            else
            {
                throw Wrong($"the value of {attribute.ShownName} has a character that must be percent-encoded");
            }
        }

        try
        {
            _ = Strict.GetCharCount(octets, 0, length);
        }
        catch (DecoderFallbackException)
        {
            throw Wrong($"the value of {attribute.ShownName} is not UTF-8");
        }

        return octets.AsSpan(0, length).Contains((byte)0) ? throw Wrong($"the value of {attribute.ShownName} has a zero byte") : octets;
    }

    // M or M.N, each one byte.
    private static (byte Major, byte Minor) Version(string value)
    {
        string[] parts = value.Split('.');
        byte minor = 0;
        return parts.Length <= 2
            && byte.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out byte major)
            && (parts.Length == 1 || byte.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minor))
                ? (major, minor)
                : throw Wrong("the value of library-version is not of the form 2 or 2.6");
    }

    private static string? Library(Pkcs11Uri uri)
    {
        if (uri.ModulePath is { } path && (!Path.IsPathFullyQualified(path) || path.Contains('|', StringComparison.Ordinal)))
        {
            throw Wrong(path.Contains('|', StringComparison.Ordinal)
                ? $"module-path has a '|'. Parameters of a library stand in {HsmUri.ParametersAttribute}"
                : "module-path is not a full path");
        }

        string? library = uri.ModuleName is null ? uri.ModulePath : ModuleFinder.Find(uri.ModuleName, uri.ModulePath);
        return library is not null && uri.UnknownQueryAttributes.TryGetValue(HsmUri.ParametersAttribute, out List<string>? parameters)
            ? $"{library}|{parameters[0]}"
            : library;
    }

    private static string PinFilePath(string source)
    {
        const string File = "file:";
        if (source.StartsWith('|'))
        {
            throw Wrong("pin-source names a command, which is not run. It must name a file: pin-source=file:/path");
        }

        string path = source;
        if (source.StartsWith(File, StringComparison.OrdinalIgnoreCase))
        {
            path = source[File.Length..];
            if (path.StartsWith("//", StringComparison.Ordinal))
            {
                int slash = path.IndexOf('/', 2);
                string host = slash < 0 ? path[2..] : path[2..slash];
                if (host is not "" && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
                {
                    throw Wrong("pin-source names a file of another machine");
                }

                path = slash < 0 ? "" : path[slash..];
            }

            // The path of a file URI is itself encoded (RFC 8089). On Windows it is /C:/folder/file.
            path = Uri.UnescapeDataString(path);
            path = OperatingSystem.IsWindows() && path is ['/', _, ':', ..] ? path[1..] : path;
        }

        return Path.IsPathFullyQualified(path) ? path : throw Wrong("pin-source is not the full path of a file, as file:/path or /path");
    }

    private sealed record Attribute(string Name, string Value)
    {
        private const int MaxShown = 32;

        // A PIN may have ended up where a name should be.
        public string ShownName => Name.Length <= MaxShown
            && Name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_') ? Name : "?";

        public static Attribute Read(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and int sign
            ? new(text[..sign], text[(sign + 1)..])
            : throw Wrong("an attribute is not of the form name=value");

        public override string ToString() => $"{Name}={Value}";
    }
}
