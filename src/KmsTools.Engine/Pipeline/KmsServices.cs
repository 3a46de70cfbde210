using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>The services that operations use, besides their request and the state: they can reach nothing else of the engine.</summary>
internal sealed class KmsServices
{
    /// <summary>The store, for what is read and written outside the transaction of a call: in Prepare and in Conclude.</summary>
    public required IStateStore Store { get; init; }

    /// <summary>Key material in software.</summary>
    public required SoftwareKeyStore Software { get; init; }

    /// <summary>Encrypts and decrypts with symmetric keys, wherever their material is.</summary>
    public required SymmetricCipher Cipher { get; init; }

    /// <summary>The signature algorithms that .NET lacks, loaded when one is first needed.</summary>
    public required Func<ISignatureProvider> Signatures { get; init; }

    /// <summary>The connections of custom key stores to their HSMs.</summary>
    public required HsmConnections Hsms { get; init; }

    /// <summary>The proxies of external key stores.</summary>
    public required XksProxies Proxies { get; init; }

    /// <summary>The clusters of HSMs.</summary>
    public required HsmClusterRegistry Clusters { get; init; }

    /// <summary>Creates the managed keys of AWS services.</summary>
    public required ManagedKeyCreation ManagedKeys { get; init; }

    /// <summary>Records what operations do besides the call itself.</summary>
    public required Administration Administration { get; init; }

    /// <summary>Decides about the permissions of calls.</summary>
    public Authorizer Authorizer { get; } = new();

    /// <summary>The principals of the store and how it authorizes calls.</summary>
    public required StoreAccessCache Access { get; init; }

    /// <summary>What was fixed when the store was created.</summary>
    public StateStoreProperties Properties => Store.Properties;

    /// <summary>The key that wraps everything secret in the store.</summary>
    public RootKey RootKey => Store.RootKey;

    /// <summary>The secrets that tokens, ciphertexts and the IDs of key material depend on.</summary>
    public StoreSecrets Secrets => Store.Secrets;
}
