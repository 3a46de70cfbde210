namespace KmsTools;

public class KmsExceptionTests
{
    [Fact]
    public void With_OfAnError_KeepsAllItsMembers()
    {
        IOException cause = new("cause");
        KmsException error = new("NotFoundException", "Alias x is not found.", 404, cause)
        {
            KeyArn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            MissingName = "alias/x",
            CustomKeyStoreId = "cks-1234567890abcdef0",
            ClusterId = "cluster-abcdefghijk",
            Region = "eu-west-1",
            Cause = ErrorCause.MissingAlias,
        };
        InvalidDataException inner = new("inner");

        KmsException copy = error.With(inner);

        Assert.NotSame(error, copy);
        Assert.Same(inner, copy.InnerException);
        Assert.Same(cause, error.InnerException);
        Assert.Equal("NotFoundException", copy.ErrorCode);
        Assert.Equal("Alias x is not found.", copy.Message);
        Assert.Equal(404, copy.HttpStatusCode);
        Assert.Equal("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab", copy.KeyArn);
        Assert.Equal("alias/x", copy.MissingName);
        Assert.Equal("cks-1234567890abcdef0", copy.CustomKeyStoreId);
        Assert.Equal("cluster-abcdefghijk", copy.ClusterId);
        Assert.Equal("eu-west-1", copy.Region);
        Assert.Equal(ErrorCause.MissingAlias, copy.Cause);
    }

    [Fact]
    public void With_OfAnError_KeepsWhereItAroseOnceItWasThrown()
    {
        KmsException error = new("TagException", "");
        Assert.Null(error.With(new IOException()).StackTrace);
        KmsException thrown = Assert.Throws<KmsException>(void () => throw error);
        Assert.Contains(
            nameof(With_OfAnError_KeepsWhereItAroseOnceItWasThrown),
            thrown.With(new IOException()).StackTrace,
            StringComparison.Ordinal);
    }
}
