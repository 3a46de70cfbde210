using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>
/// The half of AWS KMS of a new key in an external key store: material in software. The other half is an external key that exists, and that KMS
/// never creates, changes or deletes.
/// </summary>
internal sealed class ExternalKeyCreation : INewKeyMaterial
{
    private readonly SoftwareKeyCreation _software;
    private readonly string _customKeyStoreId;
    private readonly string _xksKeyId;

    private ExternalKeyCreation(SoftwareKeyCreation software, string customKeyStoreId, string xksKeyId)
    {
        _software = software;
        _customKeyStoreId = customKeyStoreId;
        _xksKeyId = xksKeyId;
    }

    /// <summary>Refuses an external key that another key of the store uses, or that could be mistaken for a part of a path.</summary>
    /// <exception cref="KmsException">XksKeyAlreadyInUseException or XksKeyNotFoundException.</exception>
    public static void Check(OperationContext context, CustomKeyStore store, string xksKeyId)
    {
        if (xksKeyId is "." or "..")
        {
            throw KmsErrors.ExternalKeyNotDescribed(
                store.CustomKeyStoreId, new XksException(XksFailure.KeyNotFound, $"'{xksKeyId}' cannot be part of a URI path."));
        }

        if (context.State.FindKeyIdOfExternalKey(store.CustomKeyStoreId, xksKeyId) is { } keyId)
        {
            throw KmsErrors.ExternalKeyInUse(store.CustomKeyStoreId, xksKeyId, keyId);
        }
    }

    /// <summary>Asks the proxy about the external key, and generates material.</summary>
    /// <param name="context">The call.</param>
    /// <param name="store">The external key store, which is connected.</param>
    /// <param name="xksKeyId">The external key.</param>
    /// <param name="software">The material; disposed of with the creation.</param>
    /// <exception cref="KmsException">
    /// The proxy does not know the external key or does not answer as it must, or the external key is not an enabled AES-256 key that encrypts and
    /// decrypts (XksKeyInvalidConfigurationException).
    /// </exception>
    public static ExternalKeyCreation Begin(OperationContext context, CustomKeyStore store, string xksKeyId, SoftwareKeyCreation software)
    {
        XksKeyMetadata external;
        try
        {
            XksProxies proxies = context.Services.Proxies;
            external = proxies.Client.GetKeyMetadata(
                proxies.TargetOf(store, context.State), xksKeyId, CallMetadata.Of(context, keyArn: null));
        }
        catch (XksException exception)
        {
            XksFault.Describe(context, exception);
            throw KmsErrors.ExternalKeyNotDescribed(store.CustomKeyStoreId, exception);
        }

        Require(external);
        return new ExternalKeyCreation(software, store.CustomKeyStoreId, xksKeyId);
    }

    /// <inheritdoc/>
    public Key GiveTo(Key key, OperationContext context) => _software.GiveTo(key, context) with
    {
        CustomKeyStoreId = _customKeyStoreId,
        CustomKeyStore = context.RequireCustomKeyStore(_customKeyStoreId),
        XksKeyId = _xksKeyId,
    };

    /// <inheritdoc/>
    public void Dispose() => _software.Dispose();

    private static void Require(XksKeyMetadata external)
    {
        if (external.KeySpec != "AES_256")
        {
            throw KmsErrors.ExternalKeySpecNotValid(external.KeySpec);
        }

        if (external.KeyStatus != "ENABLED")
        {
            throw KmsErrors.ExternalKeyStatusNotValid(external.KeyStatus);
        }

        if (!external.KeyUsage.Contains("ENCRYPT") || !external.KeyUsage.Contains("DECRYPT"))
        {
            throw KmsErrors.ExternalKeyUsageNotValid(string.Join(", ", external.KeyUsage));
        }
    }
}
