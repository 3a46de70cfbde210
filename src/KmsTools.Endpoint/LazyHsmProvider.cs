using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.Endpoint;

/// <summary>Creates the HSM provider when the first key store needs it.</summary>
internal sealed class LazyHsmProvider : IDisposable
{
    private readonly Lazy<IHsmProvider> _provider = new(static () =>
    {
        PoolThreads.KeepMany();
        return new Pkcs11HsmProvider();
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
