namespace KmsTools.Auditing;

/// <summary>
/// The IDs of the materials that a call uses, by the names that they have in its event; null for keys that do not reveal theirs. Not part of
/// <see cref="OperationContext.AdditionalEventData"/>, because every call that encrypts or decrypts would fill a dictionary.
/// </summary>
internal readonly record struct UsedMaterials
{
    /// <summary>The material of a call with one key.</summary>
    public string? KeyMaterialId { get; init; }

    /// <summary>The material that has encrypted the old ciphertext of ReEncrypt.</summary>
    public string? SourceKeyMaterialId { get; init; }

    /// <summary>The material that encrypts the new ciphertext of ReEncrypt.</summary>
    public string? DestinationKeyMaterialId { get; init; }

    /// <summary>Whether no ID is known.</summary>
    public bool IsEmpty => KeyMaterialId is null && SourceKeyMaterialId is null && DestinationKeyMaterialId is null;
}
