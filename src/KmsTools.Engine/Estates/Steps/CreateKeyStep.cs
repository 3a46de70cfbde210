using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Creates a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Create">The request.</param>
/// <param name="KeyStore">The custom key store of the estate that holds it; null when the request names it, or there is none.</param>
internal sealed record CreateKeyStep(EstateKey Key, CreateKeyRequest Create, EstateKeyStore? KeyStore) : CallStep<CreateKeyResponse>
{
    /// <inheritdoc/>
    protected override IKmsRequest<CreateKeyResponse> Request(EstateIds ids) =>
        KeyStore is null ? Create : Create with { CustomKeyStoreId = ids[KeyStore] };

    /// <inheritdoc/>
    protected override void Note(CreateKeyResponse response, EstateIds ids) => ids[Key] = response.KeyMetadata.KeyId;
}
