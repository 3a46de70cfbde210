using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>
/// Reads the answers of proxies, and accepts nothing that the XKS proxy API does not: each failure is
/// <see cref="XksFailure.InvalidResponse"/>. Members that it does not define are ignored.
/// </summary>
internal static class ProxyReplies
{
    private const int MaxManagers = 10;
    private const int MaxUsages = 10;
    private const int MaxWord = 128;
    private const int MaxMetadata = 20;
    private const int TagSize = 16;

    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>Reads an object; null if it is none.</summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> reply)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(reply, s_options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // What was sent is not repeated: it can be anything.
        }

        return null;
    }

    /// <summary>The answer of GetHealthStatus.</summary>
    /// <param name="reply">The body.</param>
    /// <param name="certificate">What the proxy showed in the last handshake.</param>
    public static XksHealth Health(ReadOnlyMemory<byte> reply, ProxyCertificate? certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        using JsonDocument document = Parse(reply);
        JsonElement root = document.RootElement;
        JsonElement managers = Member(root, "ekmFleetDetails", JsonValueKind.Array);
        return new XksHealth
        {
            XksProxyFleetSize = Member(root, "xksProxyFleetSize", JsonValueKind.Number).TryGetInt32(out int size) && size >= 1
                ? size : throw Malformed("xksProxyFleetSize is not a positive integer"),
            XksProxyVendor = Text(root, "xksProxyVendor"),
            XksProxyModel = Text(root, "xksProxyModel"),
            EkmVendor = Text(root, "ekmVendor"),
            EkmFleetDetails = managers.GetArrayLength() is >= 1 and <= MaxManagers
                ? [.. managers.EnumerateArray().Select(Manager)]
                : throw Malformed($"ekmFleetDetails has {managers.GetArrayLength()} entries, not 1 to {MaxManagers}"),
            CertificateNotAfter = certificate.NotAfter,
            CertificateName = certificate.Name,
        };
    }

    /// <summary>The answer of GetKeyMetadata.</summary>
    public static XksKeyMetadata KeyMetadata(ReadOnlyMemory<byte> reply)
    {
        using JsonDocument document = Parse(reply);
        JsonElement usage = Member(document.RootElement, "keyUsage", JsonValueKind.Array);
        return new XksKeyMetadata(
            Word(Member(document.RootElement, "keySpec", JsonValueKind.String), "keySpec"),
            usage.GetArrayLength() <= MaxUsages
                ? [.. usage.EnumerateArray().Select(static item => Word(item, "keyUsage"))]
                : throw Malformed($"keyUsage has more than {MaxUsages} entries"),
            Word(Member(document.RootElement, "keyStatus", JsonValueKind.String), "keyStatus"));
    }

    /// <summary>The answer of Encrypt.</summary>
    /// <param name="reply">The body.</param>
    /// <param name="length">The length of the plaintext.</param>
    /// <param name="additionalData">What was to be authenticated.</param>
    public static XksCiphertext Ciphertext(ReadOnlyMemory<byte> reply, int length, ReadOnlySpan<byte> additionalData)
    {
        using JsonDocument document = Parse(reply);
        JsonElement root = document.RootElement;
        byte[] ciphertext = Blob(root, "ciphertext");
        byte[] iv = Blob(root, "initializationVector");
        byte[] tag = Blob(root, "authenticationTag");
        byte[] metadata = root.TryGetProperty("ciphertextMetadata", out _) ? Blob(root, "ciphertextMetadata") : [];
        RequireLength("ciphertext", ciphertext.Length, ciphertext.Length == length, $"{length}");
        RequireLength("initializationVector", iv.Length, iv.Length is 12 or 16, "12 or 16");
        RequireLength("authenticationTag", tag.Length, tag.Length == TagSize, $"{TagSize}");
        RequireLength("ciphertextMetadata", metadata.Length, metadata.Length <= MaxMetadata, $"at most {MaxMetadata}");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(additionalData);
        hash.AppendData(metadata);
        hash.AppendData(iv);
        hash.AppendData(ciphertext);
        hash.AppendData(tag);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(Blob(root, "ciphertextDataIntegrityValue"))
            ? new XksCiphertext(ciphertext, iv, tag, metadata)
            : throw Malformed("ciphertextDataIntegrityValue is not that of the answer: what was encrypted, or the answer, has changed");
    }

    /// <summary>The answer of Decrypt.</summary>
    /// <param name="reply">The body.</param>
    /// <param name="length">The length of the ciphertext.</param>
    public static byte[] Plaintext(ReadOnlyMemory<byte> reply, int length)
    {
        using JsonDocument document = Parse(reply);
        byte[] plaintext = Blob(document.RootElement, "plaintext");
        RequireLength("plaintext", plaintext.Length, plaintext.Length == length, $"{length}");
        return plaintext;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> reply) => TryParse(reply) ?? throw Malformed("it is not a JSON object");

    private static ExternalKeyManager Manager(JsonElement manager)
    {
        if (manager.ValueKind != JsonValueKind.Object)
        {
            throw Malformed("an entry of ekmFleetDetails is not an object");
        }

        return new ExternalKeyManager(
            Text(manager, "id"),
            Text(manager, "model"),
            Text(manager, "healthStatus") switch
            {
                nameof(ExternalKeyManagerState.ACTIVE) => ExternalKeyManagerState.ACTIVE,
                nameof(ExternalKeyManagerState.DEGRADED) => ExternalKeyManagerState.DEGRADED,
                nameof(ExternalKeyManagerState.UNAVAILABLE) => ExternalKeyManagerState.UNAVAILABLE,
                _ => throw Malformed("a healthStatus is none of ACTIVE, DEGRADED and UNAVAILABLE"),
            });
    }

    private static JsonElement Member(JsonElement parent, string name, JsonValueKind kind) =>
        !parent.TryGetProperty(name, out JsonElement member) ? throw Malformed($"{name} is missing")
            : member.ValueKind != kind ? throw Malformed($"{name} is not of the type {kind}")
            : member;

    private static string Text(JsonElement parent, string name)
    {
        try
        {
            return Member(parent, name, JsonValueKind.String).GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // Half of a surrogate pair, or bytes that are not UTF-8.
            throw Malformed($"{name} is not text", exception);
        }
    }

    // A name of the API, which a message may show to users.
    private static string Word(JsonElement item, string name)
    {
        string? word = null;
        try
        {
            word = item.ValueKind == JsonValueKind.String ? item.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // No text.
        }

        return word is { Length: >= 1 and <= MaxWord }
            && word.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-')
            ? word : throw Malformed($"{name} has a value that is not a valid name");
    }

    // The standard alphabet with padding (RFC 4648, section 4), without white space and without other spellings of the same bytes.
    private static byte[] Blob(JsonElement parent, string name)
    {
        string text = Text(parent, name);
        byte[] bytes = new byte[text.Length / 4 * 3];
        return text.Length % 4 == 0 && Convert.TryFromBase64String(text, bytes, out int written)
            && Convert.ToBase64String(bytes, 0, written) == text
            ? bytes[..written] : throw Malformed($"{name} is not Base64");
    }

    private static void RequireLength(string name, int length, bool isRight, string expected)
    {
        if (!isRight)
        {
            throw Malformed($"{name} has {length} bytes, not {expected}");
        }
    }

    private static XksException Malformed(string reason, Exception? cause = null) =>
        new(XksFailure.InvalidResponse, $"The answer of the proxy is not one of the XKS proxy API: {reason}.", cause);
}
