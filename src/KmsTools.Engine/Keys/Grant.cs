using System.Collections.Immutable;
using System.Security.Cryptography;

namespace KmsTools;

/// <summary>A grant on a KMS key, as immutable data. It never changes and never expires.</summary>
public sealed record Grant
{
    /// <summary>The Region of the key.</summary>
    public required string Region { get; init; }

    /// <summary>The ID of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>64 lower-case hex digits, random.</summary>
    public required string GrantId { get; init; }

    /// <summary>The friendly name; empty when the grant has none.</summary>
    public string Name { get; init; } = "";

    /// <summary>When the grant was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The principal that gets the permissions.</summary>
    public required GrantPrincipal Grantee { get; init; }

    /// <summary>The principal that may retire the grant, besides those that always may.</summary>
    public GrantPrincipal? Retiring { get; init; }

    /// <summary>The operations that are permitted.</summary>
    public required ImmutableArray<GrantOperation> Operations { get; init; }

    /// <summary>The constraints; null for none.</summary>
    public GrantConstraints? Constraints { get; init; }

    /// <summary>
    /// A digest of the name and everything requested with it; null without a name. A request with the same digest returns this grant
    /// and creates no second one. The store indexes it.
    /// </summary>
    public string? RequestDigest => Name.Length == 0 ? null : Digest();

    private string Digest()
    {
        // Every text is preceded by its length, and every list by its count, so that no two requests look alike.
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write(Name);
        writer.Write(Grantee.IsService);
        writer.Write(Grantee.Name);
        writer.Write(Retiring?.IsService ?? false);
        writer.Write(Retiring?.Name ?? "");
        writer.Write(Operations.Length);
        foreach (GrantOperation operation in Operations.Order())
        {
            writer.Write(operation.ToString());
        }

        Write(writer, Constraints?.EncryptionContextEquals);
        Write(writer, Constraints?.EncryptionContextSubset);
        writer.Write(Constraints?.SourceArn ?? "");
        return Convert.ToHexStringLower(SHA256.HashData(stream.ToArray()));
    }

    private static void Write(BinaryWriter writer, IReadOnlyDictionary<string, string>? context)
    {
        writer.Write(context?.Count ?? 0);
        foreach ((string key, string value) in (context ?? ImmutableDictionary<string, string>.Empty).OrderBy(
            static pair => pair.Key,
            StringComparer.Ordinal))
        {
            writer.Write(key);
            writer.Write(value);
        }
    }
}
