using System.Collections.Immutable;

namespace KmsTools.Operations;

public sealed class ListAliasesTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void ListAliases_OfOneKey_ShowsThoseOnly()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/mine", key.KeyId);
        _kms.Alias("alias/other", _kms.CreateKey().KeyId);

        ListAliasesResponse page = _kms.Call(new ListAliasesRequest { KeyId = key.Arn });

        AliasListEntry alias = Assert.Single(page.Aliases);
        Assert.Equal("alias/mine", alias.AliasName);
        Assert.Equal("arn:aws:kms:us-east-1:111122223333:alias/mine", alias.AliasArn);
        Assert.Equal(key.KeyId, alias.TargetKeyId);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), alias.CreationDate);
        Assert.Equal((false, null), (page.Truncated, page.NextMarker));
    }

    [Fact]
    public void ListAliases_ManyAliases_Shows50OrAtMost100()
    {
        for (int key = 0; key < 3; key++)
        {
            string keyId = _kms.CreateKey().KeyId;
            for (int i = 0; i < 50; i++)
            {
                _kms.Alias($"alias/{key}/{i}", keyId);
            }
        }

        Assert.Equal(50, _kms.Call(new ListAliasesRequest()).Aliases.Length);
        ListAliasesResponse first = _kms.Call(new ListAliasesRequest { Limit = 1000 });
        Assert.Equal((100, true), (first.Aliases.Length, first.Truncated));
        ListAliasesResponse second = _kms.Call(new ListAliasesRequest { Limit = 100, Marker = first.NextMarker });
        Assert.Equal((80, false, null), (second.Aliases.Length, second.Truncated, second.NextMarker));

        // 150, and 30 of AWS services.
        Assert.Equal(180, first.Aliases.Concat(second.Aliases).Select(alias => alias.AliasName).Distinct().Count());
    }

    // The model of the API says of ListAliases that predefined aliases come without TargetKeyId until they have a key, and so does the
    // output
    // in the issue 2009 of terraform-provider-aws.
    [Fact]
    public void ListAliases_AliasesOfServices_HaveNoKeyUntilTheirFirstUse()
    {
        ImmutableArray<AliasListEntry> before = _kms.Call(new ListAliasesRequest()).Aliases;

        Assert.Equal(
            [
                "acm", "backup", "cloud9", "codeartifact", "codecommit", "connect", "dms", "dynamodb", "ebs", "elasticfilesystem", "es", "fsx", "glue",
                "kinesis", "kinesisvideo", "lambda", "lex", "lightsail", "mq", "msk", "rds", "redshift", "s3", "secretsmanager", "ses", "sns", "sqs",
                "ssm", "workspaces", "xray",
            ],
            before.Select(static alias => alias.AliasName["alias/aws/".Length..]));
        Assert.All(before, static alias => Assert.Equal(
            ("arn:aws:kms:us-east-1:111122223333:" + alias.AliasName, null, null, null),
            (alias.AliasArn, alias.TargetKeyId, alias.CreationDate, alias.LastUpdatedDate)));

        string keyId = _kms.Describe("alias/aws/s3").KeyId;
        ImmutableArray<AliasListEntry> after = _kms.Call(new ListAliasesRequest()).Aliases;

        Assert.Equal(before.Select(static alias => alias.AliasName), after.Select(static alias => alias.AliasName));
        Assert.Equal(
            [("alias/aws/s3", keyId)],
            after.Where(static alias => alias.TargetKeyId is not null).Select(static alias => (alias.AliasName, alias.TargetKeyId!)));
        Assert.Equal("alias/aws/s3", Assert.Single(_kms.Call(new ListAliasesRequest { KeyId = keyId }).Aliases).AliasName);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(35)]
    public void ListAliases_Pages_ShowEachAliasOnceInOrder(int limit)
    {
        string keyId = _kms.CreateKey().KeyId;
        foreach (string name in (string[])["alias/a", "alias/aw", "alias/awt", "alias/z"])
        {
            _kms.Alias(name, keyId);
        }

        _kms.Describe("alias/aws/ebs");
        _kms.Describe("alias/aws/xray");
        List<string> shown = [];
        ListAliasesResponse? page = null;
        do
        {
            page = _kms.Call(new ListAliasesRequest { Limit = limit, Marker = page?.NextMarker });
            Assert.InRange(page.Aliases.Length, 1, limit);
            shown.AddRange(page.Aliases.Select(static alias => alias.AliasName));
        }
        while (page.Truncated);

        Assert.Equal(34, shown.Count);
        Assert.Equal(shown.Distinct().Order(StringComparer.Ordinal), shown);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void ListAliases_LimitOutOfBounds_IsRefused(int limit) =>
        Assert.Equal("ValidationException", _kms.Error(new ListAliasesRequest { Limit = limit }).Code);

    [Fact]
    public void ListAliases_ForeignMarker_IsInvalidMarker() =>
        Assert.Equal("InvalidMarkerException", _kms.Error(new ListAliasesRequest { Marker = "eA==" }).Code);
}
