using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class RevokeGrantTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void RevokeGrant_Grant_IsGone()
    {
        KeyMetadata key = _kms.CreateKey();
        string id = Create(key);

        _kms.Call(new RevokeGrantRequest { KeyId = key.KeyId, GrantId = id });

        Assert.Empty(_kms.Call(new ListGrantsRequest { KeyId = key.KeyId }).Grants);
        AuditEvent found = Assert.Single(_kms.Events("RevokeGrant"));
        Assert.False(found.ReadOnly);
        Assert.Contains(
            $$$"""
            "requestParameters":{"keyId":"{{{key.KeyId}}}","grantId":"{{{id}}}"},"responseElements":{"keyId":"{{{key.Arn}}}"}
            """,
            found.CloudTrailEvent,
            StringComparison.Ordinal);
        _kms.Refuses(new RevokeGrantRequest { KeyId = key.KeyId, GrantId = id }, "NotFoundException", $"Grant ID {id} not found");
    }

    [Fact]
    public void RevokeGrant_WhatIsNoGrantOfTheKey_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        string ofAnotherKey = Create(_kms.CreateKey());

        _kms.Refuses(
            new RevokeGrantRequest { KeyId = key.KeyId, GrantId = ofAnotherKey },
            "NotFoundException",
            $"Grant ID {ofAnotherKey} not found");
        _kms.Refuses(
            new RevokeGrantRequest { KeyId = key.KeyId, GrantId = new string('A', 64) },
            "InvalidGrantIdException",
            $"Invalid grant ID '{new string('A', 64)}'");
        _kms.Refuses(
            new RevokeGrantRequest { KeyId = key.KeyId },
            "ValidationException",
            "1 validation error detected: Value null at 'grantId' failed to satisfy constraint: Member must not be null");
    }

    [Fact]
    public void RevokeGrant_DryRun_DoesNothing()
    {
        KeyMetadata key = _kms.CreateKey();
        string id = Create(key);

        _kms.Refuses(
            new RevokeGrantRequest { KeyId = key.KeyId, GrantId = id, DryRun = true },
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.");
        Assert.Single(_kms.Call(new ListGrantsRequest { KeyId = key.KeyId }).Grants);
    }

    private string Create(KeyMetadata key) =>
        _kms.Call(new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = "111122223333", Operations = ["Encrypt"] }).GrantId;
}
