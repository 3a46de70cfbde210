using System.Text;
using KmsTools.Operations;

namespace KmsTools.KeyStores;

/// <summary>A KMS with one external key store, DISCONNECTED at first, over a scripted proxy.</summary>
public sealed class ExternalFixture : IDisposable
{
    public const string Endpoint = "https://xks.example.com";
    public const string UriPath = "/lab/kms/xks/v1";
    public const string AccessKeyId = "ABCDEFGHIJKLMNOPQRST";
    public const string Secret = "secret/secret/secret/secret/secret/secret/secret=";
    public const string ServiceName = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";

    public ExternalFixture()
    {
        Kms = new KmsFixture(xks: Proxy);
        StoreId = Kms.Call(Creating()).CustomKeyStoreId;
    }

    public ScriptedProxy Proxy { get; } = new();

    public KmsFixture Kms { get; }

    public string StoreId { get; }

    public CustomKeyStoresListEntry Store => Assert.Single(
        Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = StoreId }).CustomKeyStores);

    /// <summary>The request that made the store.</summary>
    public static CreateCustomKeyStoreRequest Creating() => new()
    {
        CustomKeyStoreName = "outside",
        CustomKeyStoreType = "EXTERNAL_KEY_STORE",
        XksProxyConnectivity = "PUBLIC_ENDPOINT",
        XksProxyUriEndpoint = Endpoint,
        XksProxyUriPath = UriPath,
        XksProxyAuthenticationCredential = new() { AccessKeyId = AccessKeyId, RawSecretAccessKey = Secret },
    };

    /// <summary>A request for a store behind a VPC endpoint service.</summary>
    public static CreateCustomKeyStoreRequest CreatingInVpc() => Creating() with
    {
        CustomKeyStoreName = "inside",
        XksProxyConnectivity = "VPC_ENDPOINT_SERVICE",
        XksProxyUriEndpoint = "https://xks.internal.example.com",
        XksProxyVpcEndpointServiceName = ServiceName,
    };

    public static VpcEndpointService Service() => new()
    {
        ServiceName = ServiceName,
        Owner = KmsFixture.Account,
        PrivateDnsName = "xks.internal.example.com",
    };

    public UpdateCustomKeyStoreRequest Updating() => new() { CustomKeyStoreId = StoreId };

    public void Connect() => Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public void Disconnect() => Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public CreateKeyRequest CreatingKey(string xksKeyId = "key-1") => new()
    {
        Origin = "EXTERNAL_KEY_STORE",
        CustomKeyStoreId = StoreId,
        XksKeyId = xksKeyId,
    };

    /// <summary>A key in the store, which is connected.</summary>
    public KeyMetadata ConnectedKey(string xksKeyId = "key-1")
    {
        if (Store.ConnectionState != ConnectionStateType.CONNECTED)
        {
            Connect();
        }

        return Kms.Call(CreatingKey(xksKeyId)).KeyMetadata;
    }

    /// <summary>Requires that no file of the store has a text, and that no event does.</summary>
    public void RequireNowhere(string text)
    {
        Assert.DoesNotContain(Kms.Events(), record => record.CloudTrailEvent.Contains(text, StringComparison.Ordinal));
        Kms.Engine.Dispose();
        foreach (string file in Directory.GetFiles(Kms.Folder, "*", SearchOption.AllDirectories))
        {
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) < 0, file);
        }

        Kms.Reopen();
    }

    public void Dispose() => Kms.Dispose();
}
