using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class RetireGrantTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void RetireGrant_Token_EndsTheGrant()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);
        CreateGrantResponse other = Create(key);

        _kms.Call(new RetireGrantRequest { GrantToken = grant.GrantToken });

        Assert.Equal([other.GrantId], Ids(key));
        AuditEvent found = Assert.Single(_kms.Events("RetireGrant"));
        Assert.False(found.ReadOnly);
        Assert.Null(found.RequestParameters);
        Assert.Equal([("keyId", key.Arn)], found.ResponseElements!.Select(static element => (element.Key, (string)element.Value!)));
        Assert.Equal(grant.GrantId, found.AdditionalEventData!["grantId"]);
        Assert.Equal([key.Arn], found.Resources);
        Assert.DoesNotContain(grant.GrantToken, found.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void RetireGrant_KeyAndGrantId_EndsTheGrant()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);

        _kms.Call(new RetireGrantRequest { KeyId = key.Arn, GrantId = grant.GrantId });

        Assert.Empty(Ids(key));
        AuditEvent found = Assert.Single(_kms.Events("RetireGrant"));
        Assert.Null(found.RequestParameters);
        Assert.Equal(grant.GrantId, found.AdditionalEventData!["grantId"]);
    }

    [Fact]
    public void RetireGrant_KeyPendingDeletion_Works()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId });

        _kms.Call(new RetireGrantRequest { GrantToken = grant.GrantToken });

        Assert.Empty(Ids(key));
    }

    [Fact]
    public void RetireGrant_Reference_IsATokenOrBothIds()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);

        foreach (RetireGrantRequest request in (RetireGrantRequest[])
        [
            new(),
            new() { KeyId = key.Arn },
            new() { GrantId = grant.GrantId },
            new() { KeyId = key.Arn, GrantId = grant.GrantId, GrantToken = grant.GrantToken },
        ])
        {
            _kms.Refuses(request, "ValidationException", "You must specify either a GrantToken, or both a KeyId and a GrantId.");
        }

        Assert.Single(Ids(key));
    }

    [Fact]
    public void RetireGrant_UnknownGrant_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);
        string unknown = new('0', 64);

        _kms.Refuses(new RetireGrantRequest { KeyId = key.Arn, GrantId = unknown }, "NotFoundException", $"Grant ID {unknown} not found");
        _kms.Refuses(new RetireGrantRequest { KeyId = key.Arn, GrantId = "abc" }, "InvalidGrantIdException", "Invalid grant ID 'abc'");
        _kms.Refuses(new RetireGrantRequest { GrantToken = "abc" }, "InvalidGrantTokenException", "The grant token is not valid.");
        Assert.Equal(
            "InvalidGrantTokenException",
            _kms.Refused(new RetireGrantRequest { GrantToken = grant.GrantToken }, "eu-west-1").ErrorCode);
        _kms.Refuses(
            new RetireGrantRequest { KeyId = _kms.CreateKey().Arn, GrantId = grant.GrantId },
            "NotFoundException",
            $"Grant ID {grant.GrantId} not found");
        _kms.Call(new RetireGrantRequest { GrantToken = grant.GrantToken });
        _kms.Refuses(
            new RetireGrantRequest { GrantToken = grant.GrantToken },
            "InvalidGrantTokenException",
            "The grant token is not valid.");
    }

    [Fact]
    public void RetireGrant_TokenOfADeletedKey_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = 7 });
        _kms.StepDays(7);

        _kms.Refuses(
            new RetireGrantRequest { GrantToken = grant.GrantToken },
            "InvalidGrantTokenException",
            "The grant token is not valid.");
    }

    [Fact]
    public void RetireGrant_TokenAfterReopening_IsStillGood()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);
        _kms.Reopen();

        _kms.Call(new RetireGrantRequest { GrantToken = grant.GrantToken });

        Assert.Empty(Ids(key));
    }

    [Fact]
    public void RetireGrant_ImportToken_IsNoGrantToken()
    {
        KeyMetadata key = _kms.CreateKey("EXTERNAL");
        KmsBlob importToken = _kms.Call(new GetParametersForImportRequest
        {
            KeyId = key.KeyId,
            WrappingAlgorithm = "RSAES_OAEP_SHA_256",
            WrappingKeySpec = "RSA_2048",
        }).ImportToken;

        _kms.Refuses(
            new RetireGrantRequest { GrantToken = Convert.ToBase64String(importToken.ToArray()) },
            "InvalidGrantTokenException",
            "The grant token is not valid.");
    }

    [Fact]
    public void RetireGrant_DryRun_DoesNothing()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantResponse grant = Create(key);

        _kms.Refuses(
            new RetireGrantRequest { GrantToken = grant.GrantToken, DryRun = true },
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.");
        Assert.Equal(
            "NotFoundException", _kms.Refused(new RetireGrantRequest { KeyId = key.Arn, GrantId = new string('0', 64), DryRun = true })
                .ErrorCode);
        Assert.Single(Ids(key));
    }

    private CreateGrantResponse Create(KeyMetadata key) =>
        _kms.Call(new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = "111122223333", Operations = ["Encrypt"] });

    private string[] Ids(KeyMetadata key) =>
        [.. _kms.Call(new ListGrantsRequest { KeyId = key.KeyId }).Grants.Select(static grant => grant.GrantId)];
}
