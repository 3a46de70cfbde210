using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class TagResourceTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void TagResource_Tags_AreChangedAndAdded()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest { Tags = [Tag("b", "1"), Tag("a", "2")] }).KeyMetadata;

        _kms.Call(new TagResourceRequest { KeyId = key.Arn, Tags = [Tag("A", ""), Tag("b", "3")] });
        _kms.Reopen();

        Assert.Equal("A= a=2 b=3", Tags(key));
        AuditEvent found = Assert.Single(_kms.Events("TagResource"));
        Assert.False(found.ReadOnly);
        Assert.Contains(
            $$$"""
            "requestParameters":{"keyId":"{{{key.Arn}}}","tags":[{"tagKey":"A","tagValue":""},{"tagKey":"b","tagValue":"3"}]},"responseElements":{"keyId":"{{{key.Arn}}}"}
            """,
            found.CloudTrailEvent,
            StringComparison.Ordinal);
    }

    [Fact]
    public void TagResource_Count_IsAtMostFifty()
    {
        KeyMetadata key = _kms.CreateKey();
        Tag[] tags = [.. Enumerable.Range(0, 51).Select(static i => Tag($"k{i}", "v"))];

        _kms.Refuses(new TagResourceRequest { KeyId = key.KeyId, Tags = tags }, "TagException", "Too many tags");
        _kms.Call(new TagResourceRequest { KeyId = key.KeyId, Tags = tags[..50] });
        _kms.Refuses(new TagResourceRequest { KeyId = key.KeyId, Tags = tags[50..] }, "TagException", "Too many tags");
        _kms.Call(new TagResourceRequest { KeyId = key.KeyId, Tags = [Tag("k7", "new")] });
        Assert.Contains("k7=new", Tags(key), StringComparison.Ordinal);
    }

    [Fact]
    public void TagResource_TagsThatBreakARule_AreRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        TagResourceRequest Request(params Tag[] tags) => new() { KeyId = key.KeyId, Tags = tags };

        _kms.Refuses(Request(Tag("a", "1"), Tag("a", "2")), "TagException", "Duplicate tag keys");
        _kms.Refuses(Request(Tag("AWS:x", "1")), "TagException", "Tags beginning with aws: are reserved");
        _kms.Call(Request(Tag("aws", "1"), Tag(new string('k', 128), new string('v', 256))));
        _kms.Refuses(
            Request(Tag("a", "1"), Tag(new string('k', 129), "")),
            "ValidationException",
            $"1 validation error detected: Value '{new string('k', 129)}' at 'tags.2.member.tagKey' failed to satisfy constraint: Member "
                + "must have length less than or equal to 128");
        _kms.Refuses(
            Request(Tag("a", new string('v', 257))),
            "ValidationException",
            $"1 validation error detected: Value '{new string('v', 257)}' at 'tags.1.member.tagValue' failed to satisfy constraint: "
                + "Member must have length less than or equal to 256");
        _kms.Refuses(
            Request(Tag("", "")),
            "ValidationException",
            "1 validation error detected: Value '' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length "
                + "greater than or equal to 1");
        _kms.Refuses(
            Request(null!, new Tag { TagValue = "" }),
            "ValidationException",
            "2 validation errors detected: Value null at 'tags.1.member' failed to satisfy constraint: Member must not be null; "
            + "Value null at 'tags.2.member.tagKey' failed to satisfy constraint: Member must not be null");
    }

    [Fact]
    public void TagResource_States_OnlyPendingDeletionIsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        KeyMetadata pendingImport = _kms.CreateKey("EXTERNAL");
        _kms.Call(new DisableKeyRequest { KeyId = key.KeyId });

        _kms.Call(new TagResourceRequest { KeyId = key.KeyId, Tags = [Tag("a", "1")] });
        _kms.Call(new TagResourceRequest { KeyId = pendingImport.KeyId, Tags = [Tag("a", "1")] });
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId });

        _kms.Refuses(
            new TagResourceRequest { KeyId = key.KeyId, Tags = [Tag("a", "1")] },
            "KMSInvalidStateException",
            $"{key.Arn} is pending deletion.");
        _kms.Refuses(
            new UntagResourceRequest { KeyId = key.KeyId, TagKeys = ["a"] },
            "KMSInvalidStateException",
            $"{key.Arn} is pending deletion.");
        Assert.Equal("a=1", Tags(key));
    }

    [Fact]
    public void TagResource_AwsManagedKey_IsRefused() => Assert.Equal(
        "AccessDeniedException",
        _kms.Refused(new TagResourceRequest { KeyId = _kms.Describe("alias/aws/s3").KeyId, Tags = [Tag("a", "1")] }).ErrorCode);

    private static Tag Tag(string key, string value) => new() { TagKey = key, TagValue = value };

    private string Tags(KeyMetadata key) =>
        string.Join(
            ' ',
            _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags.Select(static tag => $"{tag.TagKey}={tag.TagValue}"));
}
