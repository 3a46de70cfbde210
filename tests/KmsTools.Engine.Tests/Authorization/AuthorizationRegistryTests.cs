using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>How a store authorizes calls, and the way back into a locked-out key.</summary>
public sealed class AuthorizationRegistryTests : IDisposable
{
    private const string Everything = """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
    private const string DenySign = """{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*"}}""";
    private const string NobodyPolicy =
        """{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/nobody"},"Action":"kms:*","Resource":"*"}}""";

    private readonly KmsFixture _kms = new();

    private AuthorizationRegistry Registry => _kms.Engine.Authorization;

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Set_WhatIsGiven_ChangesAndNothingElse()
    {
        Assert.Equal((AuthorizationMode.Enforce, false), (Registry.Read().Mode, Registry.Read().DirectUseOfAwsManagedKeys));
        Registry.Set(serviceControlPolicies: [[Everything], [Everything, Everything]], resourceControlPolicies: [DenySign]);
        Registry.Set(AuthorizationMode.Record);
        Registry.Set(directUseOfAwsManagedKeys: true);
        _kms.Reopen();

        AuthorizationSettings settings = Registry.Read();
        Assert.Equal((AuthorizationMode.Record, true), (settings.Mode, settings.DirectUseOfAwsManagedKeys));
        Assert.Equal([1, 2], settings.ServiceControlPolicies.Select(static level => level.Length));
        Assert.Equal([DenySign], settings.ResourceControlPolicies.ToArray());
        Registry.Set(serviceControlPolicies: [], resourceControlPolicies: []);
        Assert.Empty(Registry.Read().ServiceControlPolicies);
        Assert.Empty(Registry.Read().ResourceControlPolicies);
    }

    [Fact]
    public void Set_Malformed_ChangesNothing()
    {
        Refuses(
            () => Registry.Set(AuthorizationMode.Off, serviceControlPolicies: [[Everything], [DenySign]]),
            "Policy document should not specify a principal.");
        Refuses(
            () => Registry.Set(AuthorizationMode.Off, resourceControlPolicies: [Everything]),
            "The Effect of a statement of the resource control policy must be Deny.");
        Assert.Equal(AuthorizationMode.Enforce, Registry.Read().Mode);

        static void Refuses(Action act, string message)
        {
            KmsException error = Assert.Throws<KmsException>(act);
            Assert.Equal(("MalformedPolicyDocument", message), (error.ErrorCode, error.Message));
        }
    }

    [Fact]
    public void Set_Event_TellsTheModeBefore()
    {
        Registry.Set(AuthorizationMode.Off);
        AuditEvent left = _kms.Engine.FindEvents(new EventQuery { EventName = "SetAuthorization" }).Single();
        Assert.Equal([("mode", "Off")], left.RequestParameters!.Select(static pair => (pair.Key, $"{pair.Value}")));
        Assert.Equal([("from", "Enforce")], left.AdditionalEventData!.Select(static pair => (pair.Key, $"{pair.Value}")));
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("arn:aws:kms:eu-west-1:111122223333:key/{0}")]
    [InlineData("alias/locked")]
    [InlineData("arn:aws:kms:eu-west-1:111122223333:alias/locked")]
    public void ResetKeyPolicy_LockedOutKey_HasTheDefaultPolicyAgain(string reference)
    {
        string keyId = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata.KeyId;
        _kms.Call(new CreateAliasRequest { AliasName = "alias/locked", TargetKeyId = keyId }, "eu-west-1");
        _kms.Call(new PutKeyPolicyRequest { KeyId = keyId, Policy = NobodyPolicy, BypassPolicyLockoutSafetyCheck = true }, "eu-west-1");
        string given = string.Format(System.Globalization.CultureInfo.InvariantCulture, reference, keyId);
        Assert.Equal(keyId, Registry.PreviewResetKeyPolicy(given, RegionName.Parse("eu-west-1")).KeyId);

        Key reset = Registry.ResetKeyPolicy(given, KmsFixture.CallerIn("eu-west-1"));

        Assert.Equal((keyId, Keys.KeyPolicy.Default("111122223333")), (reset.KeyId, reset.Policy));
        Assert.Equal(
            Keys.KeyPolicy.Default("111122223333"), _kms.Call(new GetKeyPolicyRequest { KeyId = keyId }, "eu-west-1").Policy);
        AuditEvent left = _kms.Engine.FindEvents(new EventQuery { EventName = "ResetKeyPolicy" }).Single();
        Assert.Equal((given, reset.Arn), (left.RequestParameters!["keyId"], Assert.Single(left.Resources)));
    }

    [Theory]
    [InlineData("1234abcd-12ab-34cd-56ef-1234567890ab", "Key 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist")]
    [InlineData(
        "arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "Key 'arn:aws:kms:us-east-1:999999999999:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist")]
    [InlineData("alias/none", "Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.")]
    [InlineData("none", "Invalid keyId 'none'")]
    public void ResetKeyPolicy_NoSuchKey_IsRefused(string reference, string message)
    {
        KmsException error = Assert.Throws<KmsException>(() => Registry.ResetKeyPolicy(reference));
        Assert.Equal(("NotFoundException", message), (error.ErrorCode, error.Message));
    }

    [Fact]
    public void ResetKeyPolicy_AwsManagedKey_IsRefused()
    {
        string keyId = _kms.Describe("alias/aws/ebs").KeyId;
        KmsException error = Assert.Throws<KmsException>(() => Registry.ResetKeyPolicy(keyId));
        Assert.Equal(
            ("UnsupportedOperationException", "The policy of an AWS managed key never changes."), (error.ErrorCode, error.Message));
    }
}
