using System.Text;

namespace KmsTools.Pkcs11;

/// <summary>
/// How a key is found in a token: by its label, its CKA_ID, or both. A name that several keys have is refused rather than taken for one of
/// them.
/// </summary>
public sealed record KeyName
{
    private readonly byte[] _cacheKey;

    private KeyName(string? label, string? id)
    {
        Label = label;
        Id = id;

        // Begins as no CKA_ID of ours does: they are of 32 random bytes.
        _cacheKey = Encoding.UTF8.GetBytes($"\0name:{id}:{label}");
    }

    /// <summary>CKA_LABEL; null where it does not matter.</summary>
    public string? Label { get; }

    /// <summary>CKA_ID in lower-case hexadecimal digits; null where it does not matter.</summary>
    public string? Id { get; }

    /// <summary>A key with a label.</summary>
    /// <param name="label">The label, not empty.</param>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public static KeyName OfLabel(string label) => string.IsNullOrEmpty(label)
        ? throw new ArgumentException("The label of a key is empty.", nameof(label))
        : new(label, null);

    /// <summary>A key with a CKA_ID.</summary>
    /// <param name="id">The bytes in hexadecimal digits, at least one byte.</param>
    /// <exception cref="ArgumentException">They are not bytes in hexadecimal digits.</exception>
    public static KeyName OfId(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        try
        {
            byte[] bytes = Convert.FromHexString(id);
            return bytes.Length > 0 ? new(null, Convert.ToHexStringLower(bytes)) : throw new FormatException();
        }
        catch (FormatException)
        {
            throw new ArgumentException($"'{id}' is not a CKA_ID: write its bytes in hexadecimal digits, as in 01ab.", nameof(id));
        }
    }

    /// <summary>A key as a PKCS#11 URI names it: <c>pkcs11:object=label;id=%01%ab;type=secret-key</c> (RFC 7512).</summary>
    /// <param name="uri">
    /// The URI, with <c>object</c> or <c>id</c> or both, and no other attribute than <c>type=secret-key</c>: the token is named elsewhere.
    /// </param>
    /// <exception cref="ArgumentException">It is malformed, or names something else.</exception>
    public static KeyName OfUri(string uri)
    {
        (string? label, byte[]? id) = Libraries.KeyUri.Parse(uri);
        return new(label, id is null ? null : Convert.ToHexStringLower(id));
    }

    /// <summary>What handles of keys are remembered by.</summary>
    internal ReadOnlySpan<byte> CacheKey => _cacheKey;

    /// <inheritdoc/>
    public bool Equals(KeyName? other) => other is not null && Label == other.Label && Id == other.Id;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Label, Id);

    /// <summary>The name in words: <c>label 'a'</c>, <c>CKA_ID 01ab</c>, or both.</summary>
    public override string ToString() => (Label, Id) switch
    {
        (not null, not null) => $"label '{Label}' and CKA_ID {Id}",
        (not null, null) => $"label '{Label}'",
        _ => $"CKA_ID {Id}",
    };
}
