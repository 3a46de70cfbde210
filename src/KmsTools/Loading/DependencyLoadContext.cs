using System.Reflection;
using System.Runtime.Loader;
using KmsTools.Cryptography;
using KmsTools.Estates;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Loading;

/// <summary>
/// The load context of assemblies with packages and native libraries, separate from what PowerShell and other modules have loaded.
/// Created on first use; only interfaces of the engine cross its boundary.
/// </summary>
internal sealed class DependencyLoadContext : AssemblyLoadContext
{
    private const string StoreAssembly = "KmsTools.Storage";
    private const string HsmAssembly = "KmsTools.Pkcs11";
    private const string EstateAssembly = "KmsTools.Yaml";
    private const string SignatureAssembly = "KmsTools.BouncyCastle";
    private const string ProxyClientAssembly = "KmsTools.Xks";

    // What the programs of the module share with it is in the folder of the endpoint.
    private const string SharedFolder = "Endpoint";

    private static readonly Lazy<DependencyLoadContext> Instance = new(static () => new DependencyLoadContext(
        Path.Combine(Path.GetDirectoryName(typeof(DependencyLoadContext).Assembly.Location)!, "Dependencies")));

    private static readonly Lazy<IHsmProvider> Hsm = new(
        static () => Instance.Value.Create<IHsmProvider>(HsmAssembly, "KmsTools.Pkcs11.Pkcs11HsmProvider"));

    private static readonly Lazy<ISignatureProvider> Signatures = new(
        static () => Instance.Value.Create<ISignatureProvider>(SignatureAssembly, "KmsTools.BouncyCastle.BouncyCastleSignatures"));

    private static readonly Lazy<IArgon2id> PassphraseHash = new(
        static () => Instance.Value.Create<IArgon2id>(SignatureAssembly, "KmsTools.BouncyCastle.BouncyCastleArgon2id"));

    private readonly AssemblyDependencyResolver[] _resolvers;
    private readonly string _folder;

    private DependencyLoadContext(string folder)
        : base("KmsTools.Dependencies")
    {
        _folder = folder;
        _resolvers = [.. new[] { StoreAssembly, HsmAssembly, EstateAssembly, SignatureAssembly, ProxyClientAssembly }.Select(
            name => new AssemblyDependencyResolver(FileOf(name)))];
    }

    /// <summary>The provider of HSMs for what belongs to no open store.</summary>
    public static IHsmProvider HsmProvider => Hsm.Value;

    /// <summary>The signature algorithms that .NET lacks.</summary>
    public static ISignatureProvider SignatureProvider => Signatures.Value;

    /// <summary>What makes passphrases expensive to guess, which .NET lacks.</summary>
    public static IArgon2id Argon2id => PassphraseHash.Value;

    /// <summary>Creates the factory of stores.</summary>
    public static IStateStoreFactory CreateStoreFactory() =>
        Instance.Value.Create<IStateStoreFactory>(StoreAssembly, "KmsTools.Storage.StoreFactory");

    /// <summary>Creates the provider of HSMs of a store.</summary>
    /// <param name="softHsm">The configuration that SoftHSM reads; null for that of the environment.</param>
    public static IHsmProvider CreateHsmProvider(Func<string?> softHsm) =>
        Instance.Value.Create<IHsmProvider>(HsmAssembly, "KmsTools.Pkcs11.Pkcs11HsmProvider", softHsm);

    /// <summary>Creates a client of external key store proxies.</summary>
    public static IXksClient CreateXksClient() => Instance.Value.Create<IXksClient>(ProxyClientAssembly, "KmsTools.Xks.XksClient");

    /// <summary>Creates the reader and writer of estates.</summary>
    public static IEstateFormat CreateEstateFormat() =>
        Instance.Value.Create<IEstateFormat>(EstateAssembly, "KmsTools.Yaml.YamlEstateFormat");

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // A second copy of the engine would have interfaces of a different identity.
        if (assemblyName.Name == typeof(KmsEngine).Assembly.GetName().Name)
        {
            return typeof(KmsEngine).Assembly;
        }

        return _resolvers.Select(resolver => resolver.ResolveAssemblyToPath(assemblyName))
            .FirstOrDefault(static path => path is not null) is { } path
            ? LoadFromAssemblyPath(path)
            : Path.GetFullPath(Path.Combine(_folder, "..", SharedFolder, assemblyName.Name + ".dll")) is var shared && File.Exists(shared)
            ? LoadFromAssemblyPath(shared)
            : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolvers.Select(resolver => resolver.ResolveUnmanagedDllToPath(unmanagedDllName))
            .FirstOrDefault(static path => path is not null) is { } path
            ? LoadUnmanagedDllFromPath(path)
            : 0;

    private string FileOf(string assembly) => Path.Combine(_folder, assembly + ".dll");

    private T Create<T>(string assembly, string type, params object[] arguments) =>
        (T)Activator.CreateInstance(LoadFromAssemblyPath(FileOf(assembly)).GetType(type, throwOnError: true)!, arguments)!;
}
