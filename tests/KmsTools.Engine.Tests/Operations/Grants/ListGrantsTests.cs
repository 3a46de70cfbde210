namespace KmsTools.Operations;

public sealed class ListGrantsTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Bob = "arn:aws:iam::111122223333:user/bob";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListGrants_Pages_GiveEveryGrantOnce()
    {
        KeyMetadata key = _kms.CreateKey();
        string[] ids = [.. Enumerable.Range(0, 5).Select(_ => Create(key, Alice)).Order(StringComparer.Ordinal)];
        Create(_kms.CreateKey(), Alice);

        ListGrantsResponse first = _kms.Call(new ListGrantsRequest { KeyId = key.Arn, Limit = 2 });
        ListGrantsResponse second = _kms.Call(new ListGrantsRequest { KeyId = key.KeyId, Limit = 2, Marker = first.NextMarker });
        ListGrantsResponse third = _kms.Call(new ListGrantsRequest { KeyId = key.KeyId, Limit = 2, Marker = second.NextMarker });

        Assert.Equal((true, true, false), (first.Truncated, second.Truncated, third.Truncated));
        Assert.Null(third.NextMarker);
        Assert.Equal(ids, first.Grants.Concat(second.Grants).Concat(third.Grants).Select(static grant => grant.GrantId));
    }

    [Theory]
    [InlineData(null, 50)]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(101, 100)]
    [InlineData(1000, 100)]
    public void ListGrants_Limit_IsAtMostOneHundred(int? limit, int expected)
    {
        KeyMetadata key = _kms.CreateKey();
        using (Persistence.IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            for (int i = 0; i < 101; i++)
            {
                transaction.InsertGrant(new Grant
                {
                    Region = KmsFixture.Region,
                    KeyId = key.KeyId,
                    GrantId = i.ToString("x64"),
                    CreationDate = KmsFixture.Start,
                    Grantee = new GrantPrincipal(Alice, false),
                    Operations = [GrantOperation.Decrypt],
                });
            }

            transaction.Commit();
        }

        ListGrantsResponse page = _kms.Call(new ListGrantsRequest { KeyId = key.KeyId, Limit = limit });

        Assert.Equal(expected, page.Grants.Length);
        Assert.True(page.Truncated);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ListGrants_LimitOutsideTheModel_IsRefused(int limit) =>
        Assert.Equal(
            "ValidationException",
            _kms.Refused(new ListGrantsRequest { KeyId = _kms.CreateKey().KeyId, Limit = limit }).ErrorCode);

    [Fact]
    public void ListGrants_Filters_Combine()
    {
        KeyMetadata key = _kms.CreateKey();
        string alices = Create(key, Alice);
        string bobs = Create(key, Bob);
        string services = _kms.Call(new CreateGrantRequest
        {
            KeyId = key.KeyId,
            GranteeServicePrincipal = "lambda.amazonaws.com",
            RetiringPrincipal = Bob,
            Operations = ["Encrypt"],
            Constraints = new GrantConstraints { SourceArn = "arn:aws:s3:us-east-1:111122223333:bucket" },
        }).GrantId;

        Assert.Equal([alices], Ids(new ListGrantsRequest { KeyId = key.KeyId, GranteePrincipal = Alice }));
        Assert.Equal([services], Ids(new ListGrantsRequest { KeyId = key.KeyId, GranteeServicePrincipal = "lambda.amazonaws.com" }));
        Assert.Equal([bobs], Ids(new ListGrantsRequest { KeyId = key.KeyId, GrantId = bobs }));
        Assert.Equal([bobs], Ids(new ListGrantsRequest { KeyId = key.KeyId, GrantId = bobs, GranteePrincipal = Bob }));
        Assert.Empty(Ids(new ListGrantsRequest { KeyId = key.KeyId, GrantId = bobs, GranteePrincipal = Alice }));
        Assert.Empty(Ids(new ListGrantsRequest { KeyId = key.KeyId, GrantId = new string('0', 64) }));
        Assert.Empty(Ids(new ListGrantsRequest { KeyId = key.KeyId, GranteePrincipal = "111122223333" }));
        Assert.Equal(3, Ids(new ListGrantsRequest { KeyId = key.KeyId }).Length);
        Assert.Equal(
            "ValidationException",
            _kms.Refused(
                new ListGrantsRequest { KeyId = key.KeyId, GranteePrincipal = Alice, GranteeServicePrincipal = "lambda.amazonaws.com" }).ErrorCode);
    }

    [Fact]
    public void ListGrants_BadMarker_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        string ofKeys = Marker.After("ListKeys", "x");

        Assert.Equal("InvalidMarkerException", _kms.Refused(new ListGrantsRequest { KeyId = key.KeyId, Marker = "nonsense" }).ErrorCode);
        Assert.Equal("InvalidMarkerException", _kms.Refused(new ListGrantsRequest { KeyId = key.KeyId, Marker = ofKeys }).ErrorCode);
    }

    [Fact]
    public void ListGrants_KeyPendingDeletion_IsListed()
    {
        KeyMetadata key = _kms.CreateKey();
        string id = Create(key, Alice);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId });

        Assert.Equal([id], Ids(new ListGrantsRequest { KeyId = key.KeyId }));
        Assert.True(Assert.Single(_kms.Events("ListGrants")).ReadOnly);
    }

    private string Create(KeyMetadata key, string grantee) =>
        _kms.Call(new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = grantee, Operations = ["Encrypt"] }).GrantId;

    private string[] Ids(ListGrantsRequest request) => [.. _kms.Call(request).Grants.Select(static grant => grant.GrantId)];
}
