namespace KmsTools.Operations;

public sealed class ListRetirableGrantsTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Bob = "arn:aws:iam::111122223333:user/bob";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListRetirableGrants_Pages_GiveTheGrantsOfAllKeysOfTheRegion()
    {
        KeyMetadata elsewhere = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;
        _kms.Call(Request(elsewhere, Bob), "eu-west-1");
        string[] ids = [.. Enumerable.Range(0, 3).Select(_ => _kms.Call(Request(_kms.CreateKey(), Bob)).GrantId)
            .Order(StringComparer.Ordinal)];
        _kms.Call(Request(_kms.CreateKey(), Alice));
        _kms.Call(Request(_kms.CreateKey(), null));

        ListRetirableGrantsResponse first = _kms.Call(new ListRetirableGrantsRequest { RetiringPrincipal = Bob, Limit = 2 });
        ListRetirableGrantsResponse second = _kms.Call(
            new ListRetirableGrantsRequest { RetiringPrincipal = Bob, Limit = 2, Marker = first.NextMarker });

        Assert.Equal((true, false), (first.Truncated, second.Truncated));
        Assert.Null(second.NextMarker);
        Assert.Equal(ids, first.Grants.Concat(second.Grants).Select(static grant => grant.GrantId));
        Assert.Single(_kms.Call(new ListRetirableGrantsRequest { RetiringPrincipal = Bob }, "eu-west-1").Grants);
        Assert.All(_kms.Events("ListRetirableGrants"), static found => Assert.Empty(found.Resources));
    }

    [Fact]
    public void ListRetirableGrants_Principal_MustBeExactlyOne()
    {
        _kms.Refuses(
            new ListRetirableGrantsRequest(), "ValidationException", "You must specify either RetiringPrincipal or "
                + "RetiringServicePrincipal.");
        _kms.Refuses(
            new ListRetirableGrantsRequest { RetiringPrincipal = Bob, RetiringServicePrincipal = "lambda.amazonaws.com" },
            "ValidationException",
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.");
        _kms.Refuses(
            new ListRetirableGrantsRequest
            {
                RetiringPrincipal = "bob",
            }, "InvalidArnException", "ARN does not refer to a valid principal: bob");
        Assert.Empty(_kms.Call(new ListRetirableGrantsRequest { RetiringServicePrincipal = "lambda.amazonaws.com" }).Grants);
    }

    [Theory]
    [InlineData("arn:aws:iam::444455556666:user/bob")]
    [InlineData("arn:aws:sts::444455556666:assumed-role/deploy/bob")]
    [InlineData("arn:aws:iam::444455556666:root")]
    [InlineData("444455556666")]
    public void ListRetirableGrants_PrincipalOfAnotherAccount_IsDenied(string retiring)
    {
        _kms.Call(Request(_kms.CreateKey(), retiring));

        _kms.Refuses(
            new ListRetirableGrantsRequest { RetiringPrincipal = retiring },
            "AccessDeniedException",
            $"User: {KmsFixture.CallerIn(null).PrincipalArn} is not authorized to perform: kms:ListRetirableGrants on this resource because the "
                + "resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies "
                + "access");
    }

    [Fact]
    public void ListRetirableGrants_Policy_IsAboutTheRetiringPrincipal()
    {
        Caller carol = new() { PrincipalArn = "arn:aws:iam::111122223333:user/carol" };
        _kms.Engine.Principals.Create(PrincipalType.User, "carol", new()
        {
            Policies = new Dictionary<string, string>
            {
                ["own"] = $$$"""{"Statement":{"Effect":"Allow","Action":"kms:ListRetirableGrants","Resource":"{{{Bob}}}"}}""",
            },
        });
        string grantId = _kms.Call(Request(_kms.CreateKey(), Bob)).GrantId;
        _kms.Call(Request(_kms.CreateKey(), Alice));

        Assert.Equal(grantId, Assert.Single(_kms.Engine.Execute(new ListRetirableGrantsRequest { RetiringPrincipal = Bob }, carol).Grants).GrantId);
        Assert.Equal(
            $"User: {carol.PrincipalArn} is not authorized to perform: kms:ListRetirableGrants on resource: {Alice} because no identity-based "
                + "policy allows the kms:ListRetirableGrants action",
            Assert.Throws<KmsException>(() => _kms.Engine.Execute(new ListRetirableGrantsRequest { RetiringPrincipal = Alice }, carol)).Message);
    }

    [Fact]
    public void ListRetirableGrants_MarkerOfAnotherListing_IsRefused() => Assert.Equal(
        "InvalidMarkerException",
        _kms.Refused(new ListRetirableGrantsRequest { RetiringPrincipal = Bob, Marker = Marker.After("ListGrants", "x") }).ErrorCode);

    private static CreateGrantRequest Request(KeyMetadata key, string? retiring) =>
        new() { KeyId = key.KeyId, GranteePrincipal = Alice, RetiringPrincipal = retiring, Operations = ["Encrypt"] };
}
