using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.Endpoint;

/// <summary>Creates the HSM provider when the first key store needs it.</summary>
/// <param name="softHsm">The configuration that SoftHSM reads; null for that of the environment.</param>
internal sealed class LazyHsmProvider(Func<string?>? softHsm = null) : IDisposable
{
    private readonly Lazy<IHsmProvider> _provider = new(() =>
    {
        PoolThreads.KeepMany();
        return softHsm is null ? new Pkcs11HsmProvider() : new Pkcs11HsmProvider(softHsm);
    });

    public IHsmProvider Get() => _provider.Value;

    public void Dispose()
    {
        if (_provider.IsValueCreated)
        {
            _provider.Value.Dispose();
        }
    }
}
