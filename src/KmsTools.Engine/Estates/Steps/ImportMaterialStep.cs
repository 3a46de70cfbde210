using KmsTools.Cryptography;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Imports key material that does not expire.</summary>
/// <param name="Key">The key or replica.</param>
/// <param name="Material">The key material.</param>
internal sealed record ImportMaterialStep(EstateKey Key, EstateMaterial Material) : EstateStep
{
    /// <inheritdoc/>
    public override void Apply(EstateRun run)
    {
        string keyId = run.Ids[Key];
        GetParametersForImportResponse parameters = run.Call(new GetParametersForImportRequest
        {
            KeyId = keyId,
            WrappingAlgorithm = nameof(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256),
            WrappingKeySpec = nameof(WrappingKeySpec.RSA_2048),
        });
        byte[] publicKey = parameters.PublicKey.ToArray();
        run.Call(new ImportKeyMaterialRequest
        {
            KeyId = keyId,
            ImportToken = parameters.ImportToken.ToArray(),
            EncryptedKeyMaterial = Material.Bytes
                .Use(bytes => MaterialWrapping.Wrap(publicKey, AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, bytes)),
            ExpirationModel = nameof(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE),
        });
    }
}
