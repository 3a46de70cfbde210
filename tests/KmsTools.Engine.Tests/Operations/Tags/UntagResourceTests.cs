using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class UntagResourceTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void UntagResource_Keys_AreRemovedAndAbsentOnesIgnored()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest
        {
            Tags = [.. ((string[])["a", "b", "c"]).Select(static name => new Tag { TagKey = name, TagValue = "v" })],
        }).KeyMetadata;

        _kms.Call(new UntagResourceRequest { KeyId = key.KeyId, TagKeys = ["c", "A", "a", "nowhere"] });

        Assert.Equal(["b"], _kms.Call(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags.Select(static tag => tag.TagKey));
        AuditEvent found = Assert.Single(_kms.Events("UntagResource"));
        Assert.False(found.ReadOnly);
        Assert.Contains("\"tagKeys\":[\"c\",\"A\",\"a\",\"nowhere\"]", found.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void UntagResource_TagKeys_HaveOneTo128Characters()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Call(new UntagResourceRequest { KeyId = key.KeyId, TagKeys = [new string('k', 128)] });
        _kms.Refuses(
            new UntagResourceRequest { KeyId = key.KeyId, TagKeys = ["a", ""] },
            "ValidationException",
            "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]");
        Assert.Equal(
            "ValidationException",
            _kms.Refused(new UntagResourceRequest { KeyId = key.KeyId, TagKeys = [new string('k', 129)] }).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(new UntagResourceRequest { KeyId = key.KeyId }).ErrorCode);
    }
}
