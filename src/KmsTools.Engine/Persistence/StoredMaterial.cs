namespace KmsTools.Persistence;

/// <summary>A material of a key, by its position in the key.</summary>
/// <param name="Region">The Region of the key.</param>
/// <param name="KeyId">The ID of the key.</param>
/// <param name="Position">The position, from 0.</param>
/// <param name="Material">The material.</param>
public sealed record StoredMaterial(string Region, string KeyId, int Position, KeyMaterial Material);
