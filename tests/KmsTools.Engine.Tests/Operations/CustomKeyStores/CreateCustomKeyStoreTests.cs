using System.Text.Json;

namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class CreateCustomKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void CreateCustomKeyStore_New_IsDisconnected()
    {
        Assert.Matches("^cks-[0-9a-f]{17}$", _hsm.StoreId);
        CustomKeyStoresListEntry store = _hsm.Store;
        Assert.Equal(_hsm.StoreId, store.CustomKeyStoreId);
        Assert.Equal("lab", store.CustomKeyStoreName);
        Assert.Equal(HsmFixture.ClusterId, store.CloudHsmClusterId);
        Assert.Equal(_hsm.TrustAnchor, store.TrustAnchorCertificate);
        Assert.Equal(ConnectionStateType.DISCONNECTED, store.ConnectionState);
        Assert.Null(store.ConnectionErrorCode);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), store.CreationDate);
        Assert.Equal(CustomKeyStoreType.AWS_CLOUDHSM, store.CustomKeyStoreType);
        Assert.Empty(_hsm.Objects());
    }

    [Fact]
    public void CreateCustomKeyStore_SameRequestAgain_ReturnsTheStoreWhileItIsDisconnected()
    {
        Assert.Equal(_hsm.StoreId, _hsm.Kms.Call(_hsm.Creating()).CustomKeyStoreId);
        Assert.Single(_hsm.Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        _hsm.Connected();

        Assert.Equal("CustomKeyStoreNameInUseException", _hsm.Kms.Error(_hsm.Creating()).Code);
    }

    [Fact]
    public void CreateCustomKeyStore_AnythingElseThatIsTaken_IsRefused()
    {
        CreateCustomKeyStoreRequest same = _hsm.Creating();
        string anchor = _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], "cluster-3abcdefghij").TrustAnchorCertificate;
        _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], "cluster-4abcdefghij", _hsm.TrustAnchor);

        Assert.Equal("CustomKeyStoreNameInUseException", _hsm.Kms.Error(same with { KeyStorePassword = "other-1234" }).Code);
        Assert.Equal(
            "CustomKeyStoreNameInUseException",
            _hsm.Kms.Error(same with { CloudHsmClusterId = "cluster-3abcdefghij", TrustAnchorCertificate = anchor }).Code);
        Assert.Equal("CloudHsmClusterInUseException", _hsm.Kms.Error(same with { CustomKeyStoreName = "other" }).Code);
        Assert.Equal(
            "CloudHsmClusterInUseException",
            _hsm.Kms.Error(same with { CustomKeyStoreName = "other", CloudHsmClusterId = "cluster-4abcdefghij" }).Code);
        Assert.Equal(
            "IncorrectTrustAnchorException",
            _hsm.Kms.Error(same with { CustomKeyStoreName = "other", CloudHsmClusterId = "cluster-3abcdefghij" }).Code);
        Assert.Equal(
            "CloudHsmClusterNotFoundException",
            _hsm.Kms.Error(same with { CustomKeyStoreName = "other", CloudHsmClusterId = "cluster-5abcdefghij" }).Code);
        Assert.Single(_hsm.Kms.Call(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
    }

    [Fact]
    public void CreateCustomKeyStore_TenStores_AreTheMost()
    {
        for (int i = 1; i <= 10; i++)
        {
            string clusterId = $"cluster-5bcdefghij{(char)('a' + i)}";
            CreateCustomKeyStoreRequest request = _hsm.Creating() with
            {
                CustomKeyStoreName = $"store {i}",
                CloudHsmClusterId = clusterId,
                TrustAnchorCertificate = _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [_hsm.Token], clusterId)
                    .TrustAnchorCertificate,
            };
            if (i < 10)
            {
                _hsm.Kms.Call(request);
            }
            else
            {
                Assert.Equal("LimitExceededException", _hsm.Kms.Error(request).Code);
                _hsm.Kms.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
                _hsm.Kms.Call(request);
            }
        }

        DescribeCustomKeyStoresResponse page = _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { Limit = 7 });
        DescribeCustomKeyStoresResponse rest = _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { Limit = 7, Marker = page.NextMarker });
        Assert.Equal((7, true), (page.CustomKeyStores.Length, page.Truncated));
        Assert.Equal((3, false, null), (rest.CustomKeyStores.Length, rest.Truncated, rest.NextMarker));
        Assert.Equal(10, page.CustomKeyStores.Concat(rest.CustomKeyStores).Select(store => store.CustomKeyStoreId).Distinct().Count());
    }

    [Theory]
    [InlineData(6, "greater than or equal to 7")]
    [InlineData(33, "less than or equal to 32")]
    public void CreateCustomKeyStore_PasswordOfWrongLength_IsRefusedWithoutEcho(int length, string bound) => _hsm.Kms.Refuses(
        _hsm.Creating() with { KeyStorePassword = new string('p', length) },
        "ValidationException",
        $"1 validation error detected: Value at 'keyStorePassword' failed to satisfy constraint: Member must have length {bound}");

    [Fact]
    public void CreateCustomKeyStore_WhatIsMissingOrMalformed_IsRefused()
    {
        CreateCustomKeyStoreRequest request = _hsm.Creating() with { CustomKeyStoreName = "other" };
        CreateCustomKeyStoreRequest[] wrong =
        [
            request with { CustomKeyStoreName = null }, request with { CustomKeyStoreName = new string('n', 257) },
            request with { CloudHsmClusterId = null }, request with { CloudHsmClusterId = "cluster-1abcdefghij" },
            request with { CloudHsmClusterId = "cluster-2abcdefghi" }, request with { KeyStorePassword = null },
            request with { TrustAnchorCertificate = null }, request with { TrustAnchorCertificate = new string('c', 5001) },
            request with { XksProxyUriEndpoint = "https://example.com" },
        ];

        Assert.All(wrong, each => Assert.Equal("ValidationException", _hsm.Kms.Error(each).Code));
    }

    [Theory]
    [InlineData(true, false, false, "CloudHsmClusterId is")]
    [InlineData(false, true, false, "KeyStorePassword is")]
    [InlineData(false, false, true, "TrustAnchorCertificate is")]
    [InlineData(false, true, true, "KeyStorePassword and TrustAnchorCertificate are")]
    [InlineData(true, true, true, "CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are")]
    public void CreateCustomKeyStore_MembersMissing_NamesThem(bool cluster, bool password, bool certificate, string missing)
    {
        CreateCustomKeyStoreRequest request = _hsm.Creating() with { CustomKeyStoreName = "other" };
        _hsm.Kms.Refuses(
            request with
            {
                CloudHsmClusterId = cluster ? null : request.CloudHsmClusterId,
                KeyStorePassword = password ? null : request.KeyStorePassword,
                TrustAnchorCertificate = certificate ? null : request.TrustAnchorCertificate,
            },
            "ValidationException",
            $"{missing} required for CustomKeyStoreType AWS_CLOUDHSM.");
    }

    [Fact]
    public void Events_LifeOfAStore_NameItAndNeverItsPassword()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Kms.Encrypt(key.KeyId);
        _hsm.Disconnect();
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "another-secret-1" });
        _hsm.Kms.Refused(_hsm.Creating() with { KeyStorePassword = "short!" });

        Auditing.AuditEvent created = _hsm.Kms.Events("CreateCustomKeyStore")[0];
        Assert.Equal(
            ("lab", HsmFixture.ClusterId),
            (created.RequestParameters!["customKeyStoreName"], created.RequestParameters["cloudHsmClusterId"]));
        Assert.Equal(_hsm.StoreId, created.ResponseElements!["customKeyStoreId"]);
        Assert.Empty(created.Resources);
        Assert.All(["ConnectCustomKeyStore", "DisconnectCustomKeyStore", "UpdateCustomKeyStore"], name =>
        {
            Auditing.AuditEvent entry = Assert.Single(_hsm.Kms.Events(name));
            Assert.False(entry.ReadOnly);
            Assert.Equal(_hsm.StoreId, entry.RequestParameters!["customKeyStoreId"]);
            Assert.Null(entry.ResponseElements);
            Assert.Equal(
                ("lab", HsmFixture.ClusterId),
                (entry.AdditionalEventData!["customKeyStoreName"], entry.AdditionalEventData["clusterId"]));
        });
        using JsonDocument backingKey = JsonDocument.Parse((string)_hsm.Kms.Events("CreateKey")[0].AdditionalEventData!["backingKey"]!);
        Assert.Equal(Assert.Single(_hsm.Objects()).Id, backingKey.RootElement.GetProperty("backingKeyId").GetString());
        Assert.NotEqual("", backingKey.RootElement.GetProperty("keyHandle").GetString());
        Assert.Equal(_hsm.StoreId, _hsm.Kms.Events("Encrypt")[0].AdditionalEventData!["customKeyStoreId"]);
        string all = string.Concat(_hsm.Kms.Events().Select(entry => entry.CloudTrailEvent));
        Assert.All(
            [HsmFixture.UserPin, "another-secret-1", "short!"],
            password => Assert.DoesNotContain(password, all, StringComparison.Ordinal));
        _hsm.Kms.Engine.Dispose();
        Assert.All(Directory.GetFiles(_hsm.Kms.Folder), file =>
        {
            byte[] bytes = File.ReadAllBytes(file);
            Assert.True(bytes.AsSpan().IndexOf("user-1234"u8) < 0, file);
            Assert.True(bytes.AsSpan().IndexOf("another-secret-1"u8) < 0, file);
        });
    }
}
