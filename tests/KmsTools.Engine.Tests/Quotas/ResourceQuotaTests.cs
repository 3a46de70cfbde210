using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools.Quotas;

public sealed class ResourceQuotaTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void KeysPerRegion_OneMore_IsRefusedInThatRegionOnly()
    {
        _kms.Engine.Quotas.Set(QuotaName.KeysPerRegion, 2);
        _kms.CreateKey();
        string keyId = _kms.CreateKey().KeyId;
        Assert.Equal("LimitExceededException", _kms.Refused(new CreateKeyRequest()).ErrorCode);
        _kms.Call(new CreateKeyRequest(), "eu-west-1");

        // Keys that are pending deletion count; AWS managed keys do not.
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        Assert.Equal("LimitExceededException", _kms.Refused(new CreateKeyRequest()).ErrorCode);
        _kms.Describe("alias/aws/s3");
        _kms.StepDays(7);
        _kms.CreateKey();
    }

    [Fact]
    public void KeysPerRegion_ReplicateKey_CountsInTheRegionOfTheReplica()
    {
        string first = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        string second = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        _kms.Engine.Quotas.Set(QuotaName.KeysPerRegion, 1);
        _kms.Call(new ReplicateKeyRequest { KeyId = first, ReplicaRegion = "eu-west-1" });
        Assert.Equal(
            "LimitExceededException",
            _kms.Refused(new ReplicateKeyRequest { KeyId = second, ReplicaRegion = "eu-west-1" }).ErrorCode);
        _kms.Call(new ReplicateKeyRequest { KeyId = second, ReplicaRegion = "ap-south-1" });
    }

    [Fact]
    public void CustomKeyStores_OneMore_IsRefusedInThatRegionOnly()
    {
        using KmsFixture kms = new(new ActiveTokens());
        CreateCustomKeyStoreRequest[] requests = [.. Enumerable.Range(1, 3).Select(n =>
        {
            HsmClusterDescription cluster = kms.Engine.HsmClusters.Register("/lib.so", [$"token {n}"]);
            return new CreateCustomKeyStoreRequest
            {
                CustomKeyStoreName = $"store {n}",
                CloudHsmClusterId = cluster.ClusterId,
                TrustAnchorCertificate = cluster.TrustAnchorCertificate,
                KeyStorePassword = "kmsPswd1",
            };
        })];
        kms.Engine.Quotas.Set(QuotaName.CustomKeyStores, 2);
        kms.Call(requests[0]);
        kms.Call(requests[1]);
        Assert.Equal("LimitExceededException", kms.Refused(requests[2]).ErrorCode);

        // The same request again is no further store.
        kms.Engine.Quotas.Set(QuotaName.CustomKeyStores, 1);
        kms.Call(requests[1]);
        kms.Call(requests[2], "eu-west-1");
    }

    [Fact]
    public void AliasesPerKey_OneMore_IsRefused()
    {
        _kms.Engine.Quotas.Set(QuotaName.AliasesPerKey, 2);
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new CreateAliasRequest { AliasName = "alias/a", TargetKeyId = keyId });
        _kms.Call(new CreateAliasRequest { AliasName = "alias/b", TargetKeyId = keyId });
        Assert.Equal(
            "LimitExceededException",
            _kms.Refused(new CreateAliasRequest { AliasName = "alias/c", TargetKeyId = keyId }).ErrorCode);
    }

    [Fact]
    public void OnDemandRotationsPerKey_OneMore_IsRefused()
    {
        _kms.Engine.Quotas.Set(QuotaName.OnDemandRotationsPerKey, 1);
        KeyMetadata key = _kms.CreateKey();
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        _kms.Refuses(
            new RotateKeyOnDemandRequest { KeyId = key.KeyId },
            "LimitExceededException",
            $"The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this "
                + $"key: {key.Arn}");
    }

    [Fact]
    public void TagsPerKey_OneMore_IsRefused()
    {
        _kms.Engine.Quotas.Set(QuotaName.TagsPerKey, 1);
        Tag[] tags = [new Tag { TagKey = "a", TagValue = "" }, new Tag { TagKey = "b", TagValue = "" }];
        string keyId = _kms.Call(new CreateKeyRequest { Tags = tags[..1], MultiRegion = true }).KeyMetadata.KeyId;
        _kms.Refuses(new CreateKeyRequest { Tags = tags }, "TagException", "Too many tags");
        _kms.Refuses(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1", Tags = tags }, "TagException", "Too many tags");
    }

    [Fact]
    public void KeyPolicySize_OneByteMore_IsRefused()
    {
        string keyId = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        string policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}""";
        _kms.Engine.Quotas.Set(QuotaName.KeyPolicySize, policy.Length);
        _kms.Call(new CreateKeyRequest { Policy = policy });
        Assert.Equal("LimitExceededException", _kms.Refused(new CreateKeyRequest { Policy = policy + " " }).ErrorCode);
        Assert.Equal(
            "LimitExceededException", _kms.Refused(
                new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "eu-west-1", Policy = policy + " " }).ErrorCode);
    }

    private sealed class ActiveTokens : IHsmProvider
    {
        public HsmUri ParseUri(string uri) => throw new NotSupportedException();

        public ImmutableArray<HsmStatus> Find(string library, IReadOnlyList<TokenSelector> tokens) =>
            [.. tokens.Select(static token => new HsmStatus(token.Label!, "0001", HsmState.ACTIVE, "", "", ""))];

        public ImmutableArray<HsmStatus> Inspect(string library, IReadOnlyList<HsmToken> tokens) =>
            [.. tokens.Select(static token => new HsmStatus(token.TokenLabel, token.SerialNumber, HsmState.ACTIVE, "", "", ""))];

        public ImmutableArray<HsmStatus> ListTokens(string library) => throw new NotSupportedException();

        public HsmStatus InitializeToken(
            string library,
            TokenSelector token,
            ReadOnlySpan<byte> securityOfficerPin,
            ReadOnlySpan<byte> userPin) =>
            throw new NotSupportedException();

        public bool MayOfferAgain(HsmCluster cluster, ReadOnlySpan<byte> userPin) => throw new NotSupportedException();

        public IHsmConnection Connect(HsmCluster cluster, ReadOnlySpan<byte> userPin) => throw new NotSupportedException();

        public ITokenCopier Copier => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
