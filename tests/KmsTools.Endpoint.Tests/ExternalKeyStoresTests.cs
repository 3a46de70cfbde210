using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using KmsTools.BouncyCastle;
using KmsTools.Storage;
using KmsTools.Xks;
using XksConnectivity = Amazon.KeyManagementService.XksProxyConnectivityType;

namespace KmsTools.Endpoint;

/// <summary>An external key store, from the SDK of AWS through the program to a proxy.</summary>
[OnEveryStore]
public sealed class ExternalKeyStoresTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"kmstools-external-{Guid.NewGuid():N}");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task ExternalKeyStore_OfTheSdk_EncryptsThroughItsProxyAndIsMeasured()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        (string id, string secret) = await EndpointProcess.NewStoreAsync(_folder);
        SetAddress(proxy.Port);
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", _folder, "--metrics", "127.0.0.1:0");
        string url = (await process.ReadLineAsync())!.Replace("Metrics: ", "", StringComparison.Ordinal);
        using AmazonKeyManagementServiceClient client = process.Client(id, secret);

        string store = (await client.CreateCustomKeyStoreAsync(
            new CreateCustomKeyStoreRequest
            {
                CustomKeyStoreName = "outside",
                CustomKeyStoreType = Amazon.KeyManagementService.CustomKeyStoreType.EXTERNAL_KEY_STORE,
                XksProxyConnectivity = XksConnectivity.PUBLIC_ENDPOINT,
                XksProxyUriEndpoint = "https://" + TestAuthority.Host,
                XksProxyUriPath = ScriptedProxy.UriPath,
                XksProxyAuthenticationCredential = new()
                {
                    AccessKeyId = ScriptedProxy.AccessKeyId, RawSecretAccessKey = ScriptedProxy.Secret,
                },
            },
            Cancellation)).CustomKeyStoreId;
        await client.ConnectCustomKeyStoreAsync(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store }, Cancellation);
        await UntilConnectedAsync(client, store);
        string keyId = (await client.CreateKeyAsync(
            new CreateKeyRequest { Origin = "EXTERNAL_KEY_STORE", CustomKeyStoreId = store, XksKeyId = "key-1" }, Cancellation)).KeyMetadata.KeyId;
        EncryptResponse encrypted = await client.EncryptAsync(
            new EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream([1, 2, 3]) }, Cancellation);
        DecryptResponse decrypted = await client.DecryptAsync(
            new DecryptRequest { CiphertextBlob = encrypted.CiphertextBlob }, Cancellation);

        Assert.Equal([1, 2, 3], decrypted.Plaintext.ToArray());
        Assert.Equal(
            ["health", "health", "metadata", "encrypt", "decrypt"],
            proxy.Requests.Select(static request => request.Path.Split('/')[^1]));
        using HttpClient http = new();
        string text = await http.GetStringAsync(url, Cancellation);
        string labels = $"{{store=\"{store}\",operation=\"";
        Assert.Contains($"\nkms_xks_proxy_duration_seconds_count{labels}Encrypt\",xks_operation=\"Encrypt\"}} 1\n", text);
        Assert.Contains($"\nkms_xks_proxy_duration_seconds_count{labels}CreateKey\",xks_operation=\"GetKeyMetadata\"}} 1\n", text);
        Assert.Contains($"\nkms_xks_proxy_key_managers{{store=\"{store}\",state=\"ACTIVE\"}} 1\n", text);
        Assert.Contains($"\nkms_xks_proxy_certificate_expiry_seconds{{store=\"{store}\",certificate=\"{TestAuthority.Host}\"}} 8", text);
        Assert.DoesNotContain(ScriptedProxy.AccessKeyId, text);
        await process.StopAsync();
    }

    private static async Task UntilConnectedAsync(AmazonKeyManagementServiceClient client, string store)
    {
        for (int i = 0; i < 1000; i++)
        {
            CustomKeyStoresListEntry entry = (await client.DescribeCustomKeyStoresAsync(
                new DescribeCustomKeyStoresRequest { CustomKeyStoreId = store }, Cancellation)).CustomKeyStores[0];
            if (entry.ConnectionState.Value == "CONNECTED")
            {
                return;
            }

            Assert.Equal("CONNECTING", entry.ConnectionState.Value);
            await Task.Delay(10, Cancellation);
        }

        Assert.Fail("The store was not connected.");
    }

    // What the API of AWS has no operation for is set before the program opens the store.
    private void SetAddress(int port)
    {
        using LazyHsmProvider hsms = new();
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(_folder)), hsms.Get, static () => new BouncyCastleSignatures());
        engine.ExternalKeyStores.SetAddress(new XksProxyAddress
        {
            HostName = TestAuthority.Host, Address = "127.0.0.1", Port = port, TrustAnchors = [TestAuthority.Trusted.Pem],
            TimeoutInMilliseconds = 20_000,
        });
    }
}
