using KmsTools.Persistence;

namespace KmsTools.Operations;

public sealed class PreviewTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void Preview_WaitingPeriod_IsCheckedAsTheCallDoes(int days, bool isAllowed)
    {
        ScheduleKeyDeletionRequest request = new() { KeyId = _kms.CreateKey().KeyId, PendingWindowInDays = days };

        if (isAllowed)
        {
            Assert.Equal(request.KeyId, Assert.Single(_kms.Engine.Preview(request)).Key.KeyId);
        }
        else
        {
            Assert.Equal("PendingWindowInDays must be between 7 and 30", Assert.Throws<KmsException>(() => _kms.Engine.Preview(request)).Message);
        }

        Assert.Equal(KeyState.Enabled, _kms.Describe(request.KeyId!).KeyState);
    }

    [Fact]
    public void Preview_AliasInUse_IsRefusedAndRecordsNothing()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/taken", key.KeyId);
        int before = _kms.Engine.FindEvents(new EventQuery()).Count();

        KmsException error = Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new CreateAliasRequest { AliasName = "alias/taken", TargetKeyId = key.KeyId }));

        Assert.Equal("AlreadyExistsException", error.ErrorCode);
        Assert.Equal("An alias with the name arn:aws:kms:us-east-1:111122223333:alias/taken already exists", error.Message);
        Assert.Equal(before, _kms.Engine.FindEvents(new EventQuery()).Count());
    }

    [Fact]
    public void Preview_FreeAlias_MakesNone()
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Equal(key.KeyId, Assert.Single(_kms.Engine.Preview(new CreateAliasRequest { AliasName = "alias/free", TargetKeyId = key.KeyId })).Key.KeyId);

        Assert.Empty(_kms.Call(new ListAliasesRequest { KeyId = key.KeyId }).Aliases);
    }

    [Fact]
    public void Preview_UnknownGrant_IsRefused() => Assert.Equal(
        $"Grant ID {new string('a', 64)} not found",
        Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new RevokeGrantRequest { KeyId = _kms.CreateKey().KeyId, GrantId = new string('a', 64) })).Message);

    [Fact]
    public void Preview_KeyQuota_IsChecked()
    {
        _kms.CreateKey();
        _kms.Engine.Quotas.Set("KeysPerRegion", 1);

        Assert.Equal("LimitExceededException", Assert.Throws<KmsException>(() => _kms.Engine.Preview(new CreateKeyRequest())).ErrorCode);
        _kms.Engine.Quotas.Set("KeysPerRegion", 2);
        Assert.Empty(_kms.Engine.Preview(new CreateKeyRequest()));
        Assert.Single(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Preview_CustomKeyStoreThatIsNotThere_SaysWhichNameIsMissing()
    {
        KmsException error = Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = "cks-1234567890abcdef0" }));

        Assert.Equal("CustomKeyStoreNotFoundException", error.ErrorCode);
        Assert.Equal("cks-1234567890abcdef0", error.MissingName);
    }
}
