using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;
using KmsTools.Xks;
using KmsTools.XksProxy.Labs;

namespace KmsTools.XksProxy.EndToEnd;

/// <summary>A KMS whose external key store is the proxy of a lab, over HTTPS, on a token of SoftHSM.</summary>
public sealed class KmsAndProxyLab : IAsyncLifetime
{
    // Machines that run tests are slow at times.
    private const int Timeout = 5000;

    public HttpsProxyLab Proxy { get; } = new();

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));

    public KmsEngine Engine { get; private set; } = null!;

    public string StoreId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await Proxy.InitializeAsync();
        Engine = new KmsEngine(
            new StoreFactory().Open(new StateStoreOptions { Folder = Folder, SimulatedClock = true }),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException(),
            xksClient: static () => new XksClient());
        Reach(Proxy.Address.Port);
        StoreId = Call(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "outside",
            CustomKeyStoreType = "EXTERNAL_KEY_STORE",
            XksProxyConnectivity = "PUBLIC_ENDPOINT",
            XksProxyUriEndpoint = "https://127.0.0.1",
            XksProxyUriPath = ProxyLab.Prefix + "/kms/xks/v1",
            XksProxyAuthenticationCredential = new() { AccessKeyId = ProxyLab.SecondAccessKeyId, RawSecretAccessKey = ProxyLab.SecondSecret },
        }).CustomKeyStoreId;
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        Directory.Delete(Folder, recursive: true);
        await Proxy.DisposeAsync();
    }

    /// <summary>Makes a port of this machine the place of the proxy.</summary>
    public void Reach(int port, int timeout = Timeout) => Engine.ExternalKeyStores.SetAddress(new XksProxyAddress
    {
        HostName = "127.0.0.1",
        Address = "127.0.0.1",
        Port = port,
        TrustAnchors = [File.ReadAllText(Proxy.RootFile)],
        TimeoutInMilliseconds = timeout,
    });

    public T Call<T>(IKmsRequest<T> request)
        where T : class => Engine.Execute(request);

    public KmsException Refused<T>(IKmsRequest<T> request)
        where T : class => Assert.Throws<KmsException>(() => Call(request));

    public CustomKeyStoresListEntry Store =>
        Assert.Single(Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = StoreId }).CustomKeyStores);

    public void Connect() => Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public void Disconnect() => Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public CreateKeyRequest CreatingKey(string xksKeyId) =>
        new() { Origin = "EXTERNAL_KEY_STORE", CustomKeyStoreId = StoreId, XksKeyId = xksKeyId };

    public string NewKey(string xksKeyId = "foo") => Call(CreatingKey(xksKeyId)).KeyMetadata.KeyId;

    public byte[] Encrypt(string keyId, byte[] plaintext, IReadOnlyDictionary<string, string>? context = null) =>
        Call(new EncryptRequest { KeyId = keyId, Plaintext = plaintext, EncryptionContext = context }).CiphertextBlob.ToArray();

    public byte[] Decrypt(byte[] ciphertext, IReadOnlyDictionary<string, string>? context = null) =>
        Call(new DecryptRequest { CiphertextBlob = ciphertext, EncryptionContext = context }).Plaintext!.ToArray();
}
