using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Keys;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Authorization;

/// <summary>What happens to calls that are decided on: refused without a trace, noted, or let pass.</summary>
public sealed class AuthorizerTests : IDisposable
{
    private const string NotAllowed = "because no identity-based policy allows the kms:";
    private const string Hidden = " on this resource because the resource does not exist in this Region, no resource-based policies allow access, "
        + "or a resource-based policy explicitly denies access";

    private static readonly Caller Alice = new() { PrincipalArn = "arn:aws:iam::111122223333:user/Alice" };
    private static readonly Caller Eve = new() { PrincipalArn = "arn:aws:iam::444455556666:user/Eve" };

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Execute_UserThatIsNotRegistered_MayDoWhatKeyPoliciesLeaveToTheAccount()
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal(KeyState.Enabled, Describe(keyId, Alice).KeyState);
        Register("Alice");
        Assert.StartsWith(
            "User: arn:aws:iam::111122223333:user/Alice is not authorized to perform: kms:DescribeKey on resource: arn:aws:kms:us-east-1:",
            Assert.Throws<KmsException>(() => Describe(keyId, Alice)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("arn:aws:iam::111122223333:user/alice")]
    [InlineData("arn:aws:iam::111122223333:user/ops/Alice")]
    [InlineData("not a principal")]
    public void Execute_ArnThatOnlyResemblesAUser_AllowsNothing(string arn)
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("Alice", Policy("kms:*"));

        Assert.Equal(KeyState.Enabled, Describe(keyId, Alice).KeyState);
        Assert.Equal("AccessDeniedException", Assert.Throws<KmsException>(() => Describe(keyId, Alice with { PrincipalArn = arn })).ErrorCode);
    }

    [Fact]
    public void Execute_Denied_IsRecordedWithItsReasonAndLeavesNoTrace()
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("Alice", """{"Statement":{"Sid":"NoDeletion","Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*"}}""");

        KmsException error = Assert.Throws<KmsException>(() => _kms.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = keyId }, Alice));
        Assert.Throws<KmsException>(() => _kms.Engine.Execute(new CreateKeyRequest(), Alice));

        Assert.EndsWith(" with an explicit deny in an identity-based policy", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCause.AccessDenied, error.Cause);
        Assert.Equal("NoDeletion", Assert.Single(error.Decision!.Statements).Sid);
        AuditEvent recorded = Assert.Single(_kms.Events("ScheduleKeyDeletion"));
        Assert.Equal(("AccessDenied", error.Message), (recorded.ErrorCode, recorded.ErrorMessage));
        Assert.Equal("explicit deny: identity-based policy (policy, statement NoDeletion)", recorded.AdditionalEventData!["authorization"]);
        Assert.Equal("no identity-based policy", _kms.Events("CreateKey")[^1].AdditionalEventData!["authorization"]);
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
        Assert.Single(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Execute_CustomKeyStore_IsDecidedBeforeAnythingIsLookedUpOrDone()
    {
        Register("Alice");
        foreach (IKmsRequest<EmptyResponse> request in (IKmsRequest<EmptyResponse>[])
        [
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = "cks-1234567890abcdef0" },
            new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = "cks-1234567890abcdef0" },
            new DeleteCustomKeyStoreRequest { CustomKeyStoreId = "cks-1234567890abcdef0" },
        ])
        {
            Assert.Contains(
                "on resource: * " + NotAllowed, Assert.Throws<KmsException>(() => _kms.Engine.Execute(request, Alice)).Message, StringComparison.Ordinal);
            Assert.Equal("CustomKeyStoreNotFoundException", _kms.Refused(request).ErrorCode);
        }

        CreateKeyRequest inHsm = new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = "cks-1234567890abcdef0" };
        Assert.Equal("AccessDeniedException", Assert.Throws<KmsException>(() => _kms.Engine.Execute(inHsm, Alice)).ErrorCode);
        Assert.Equal("CustomKeyStoreNotFoundException", _kms.Refused(inHsm).ErrorCode);
    }

    [Fact]
    public void Execute_ModeRecord_LetsPassAndNotesAndWarns()
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("Alice");
        _kms.Engine.Authorization.Set(AuthorizationMode.Record);
        List<string> warnings = [];

        _kms.Engine.Execute(new DisableKeyRequest { KeyId = keyId }, Alice, new CallObserver { Warning = warnings.Add });
        _kms.Engine.Execute(new EncryptRequest { KeyId = _kms.CreateKey().KeyId, Plaintext = [1] }, Alice);

        Assert.StartsWith(
            "This call would be denied, if permissions were enforced: User: arn:aws:iam::111122223333:user/Alice is not authorized to perform: "
                + "kms:DisableKey on resource: ",
            Assert.Single(warnings),
            StringComparison.Ordinal);
        Assert.Equal(KeyState.Disabled, _kms.Describe(keyId).KeyState);
        Assert.Equal("would be denied: no identity-based policy", Assert.Single(_kms.Events("DisableKey")).AdditionalEventData!["authorization"]);
        Assert.Equal("would be denied: no identity-based policy", Assert.Single(_kms.Events("Encrypt")).AdditionalEventData!["authorization"]);
        Assert.Null(Assert.Single(_kms.Events("DisableKey")).ErrorCode);
    }

    [Fact]
    public void Execute_ModeOff_DecidesNothing()
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("Alice");
        _kms.Engine.Authorization.Set(AuthorizationMode.Off);
        List<string> warnings = [];

        _kms.Engine.Execute(new DisableKeyRequest { KeyId = keyId }, Alice, new CallObserver { Warning = warnings.Add });

        Assert.Empty(warnings);
        Assert.Null(Assert.Single(_kms.Events("DisableKey")).AdditionalEventData);
    }

    [Fact]
    public void Preview_Denied_IsRefusedToo()
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("Alice");

        Assert.Equal(
            "AccessDeniedException",
            Assert.Throws<KmsException>(() => _kms.Engine.Preview(new DisableKeyRequest { KeyId = keyId }, Alice)).ErrorCode);
    }

    [Fact]
    public void Execute_AwsManagedKey_IsUsedOnlyThroughItsServiceOrWithTheSetting()
    {
        EncryptRequest request = new() { KeyId = "alias/aws/ebs", Plaintext = [1] };

        // The key does not exist: its alias is what can be named.
        string denial = $"User: {KmsFixture.CallerIn(null).PrincipalArn} is not authorized to perform: kms:Encrypt on resource: "
            + "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs because no resource-based policy allows the kms:Encrypt action";
        KmsException refused = _kms.Refused(request);
        Assert.Equal((denial, null), (refused.Message, refused.KeyArn));
        Assert.Equal(denial, _kms.Events("Encrypt")[^1].ErrorMessage);
        Assert.Empty(_kms.Events("Encrypt")[^1].Resources);
        Assert.DoesNotContain(_kms.Call(new ListAliasesRequest()).Aliases, static alias => alias.TargetKeyId is not null);

        Register("Alice");
        Assert.Equal(
            "A policy of arn:aws:iam::111122223333:user/Alice has to allow kms:DescribeKey on arn:aws:kms:us-east-1:111122223333:alias/aws/ebs.",
            Assert.Single(Assert.Throws<KmsException>(() => Describe("alias/aws/ebs", Alice)).Decision!.Missing));

        string keyId = _kms.Describe("alias/aws/ebs").KeyId;
        refused = _kms.Refused(request);
        Assert.Equal(
            (denial.Replace("alias/aws/ebs", $"key/{keyId}", StringComparison.Ordinal), $"arn:aws:kms:us-east-1:111122223333:key/{keyId}"),
            (refused.Message, refused.KeyArn));
        Caller ec2 = KmsFixture.CallerIn(null) with
        {
            Facts = ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("kms:ViaService", ["ec2.us-east-1.amazonaws.com"]),
        };
        Assert.Equal(keyId, KeyIdentifier.KeyIdOf(_kms.Engine.Execute(request, ec2).KeyId));
        Caller s3 = ec2 with { Facts = ec2.Facts.SetItem("kms:ViaService", ["s3.us-east-1.amazonaws.com"]) };
        Assert.Equal("AccessDeniedException", Assert.Throws<KmsException>(() => _kms.Engine.Execute(request, s3)).ErrorCode);

        _kms.Engine.Authorization.Set(directUseOfAwsManagedKeys: true);
        Assert.Equal(keyId, KeyIdentifier.KeyIdOf(_kms.Call(request).KeyId));
        Assert.Equal([1], _kms.Decrypt(_kms.Encrypt("alias/aws/s3", 1)));
        Assert.Equal("AccessDeniedException", _kms.Refused(new DisableKeyRequest { KeyId = keyId }).ErrorCode);
    }

    [Theory]
    [InlineData(AuthorizationMode.Record)]
    [InlineData(AuthorizationMode.Off)]
    public void Execute_AwsManagedKey_IsManagedByAwsInEveryMode(AuthorizationMode mode)
    {
        _kms.Engine.Authorization.Set(mode);
        string keyId = _kms.Describe("alias/aws/s3").KeyId;

        Assert.Equal([1], _kms.Decrypt(_kms.Encrypt(keyId, 1)));
        Assert.EndsWith(
            $"kms:DisableKeyRotation on resource: arn:aws:kms:us-east-1:111122223333:key/{keyId} because no resource-based policy allows the "
                + "kms:DisableKeyRotation action",
            _kms.Refused(new DisableKeyRotationRequest { KeyId = keyId }).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_CallerOfAnotherAccount_ReachesOnlyKeysThatLetItIn()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId);
        string me = "User: arn:aws:iam::444455556666:user/Eve is not authorized to perform: kms:";

        Assert.Equal(me + "DescribeKey" + Hidden, Assert.Throws<KmsException>(() => Describe(key.Arn, Eve)).Message);
        Assert.Equal(
            me + "DescribeKey" + Hidden,
            Assert.Throws<KmsException>(() => Describe($"arn:aws:kms:us-east-1:111122223333:key/{Guid.Empty}", Eve)).Message);
        Assert.Equal(
            me + "Decrypt" + Hidden.Replace("this resource", "the resource associated with this ciphertext", StringComparison.Ordinal),
            Assert.Throws<KmsException>(() => _kms.Engine.Execute(new DecryptRequest { CiphertextBlob = blob }, Eve)).Message);
        Assert.Equal(
            $"Key 'arn:aws:kms:us-east-1:444455556666:key/{key.KeyId}' does not exist",
            Assert.Throws<KmsException>(() => Describe(key.KeyId, Eve)).Message);
        Assert.Equal(
            "Alias arn:aws:kms:us-east-1:444455556666:alias/aws/s3 is not found.",
            Assert.Throws<KmsException>(() => Describe("alias/aws/s3", Eve)).Message);
        Assert.Equal(
            "AccessDeniedException", Assert.Throws<KmsException>(() => _kms.Engine.Execute(new CreateKeyRequest(), Eve)).ErrorCode);

        _kms.Call(new PutKeyPolicyRequest
        {
            KeyId = key.KeyId,
            Policy = KeyPolicy.Default(KmsFixture.Account).Replace(
                "\"arn:aws:iam::111122223333:root\"", "[ \"111122223333\", \"444455556666\" ]", StringComparison.Ordinal),
        });
        Assert.Equal(key.Arn, Describe(key.Arn, Eve).Arn);
        Assert.Equal("AccessDeniedException", Assert.Throws<KmsException>(
            () => _kms.Engine.Execute(new DisableKeyRequest { KeyId = key.Arn }, Eve)).ErrorCode);
    }

    [Fact]
    public void UpdateAlias_WithoutPermissionOnThePresentKey_IsDenied()
    {
        KeyMetadata present = _kms.CreateKey();
        KeyMetadata next = _kms.CreateKey();
        _kms.Alias("alias/a", present.KeyId);
        Register("Alice", $$$"""
            {"Statement":{"Effect":"Allow","Action":"kms:UpdateAlias","Resource":["arn:aws:kms:*:*:alias/*","{{{next.Arn}}}"]}}
            """);
        UpdateAliasRequest request = new() { AliasName = "alias/a", TargetKeyId = next.KeyId };

        Assert.Contains(
            $"on resource: {present.Arn} ",
            Assert.Throws<KmsException>(() => _kms.Engine.Execute(request, Alice)).Message,
            StringComparison.Ordinal);
        _kms.Engine.Principals.Remove(PrincipalType.User, "Alice", force: true);
        _kms.Engine.Execute(request, Alice);
        Assert.Equal([next.Arn, "arn:aws:kms:us-east-1:111122223333:alias/a"], _kms.Events("UpdateAlias")[^1].Resources);
    }

    [Fact]
    public void KeyPolicyCache_EqualPolicies_AreCompiledOnce()
    {
        string keyId = _kms.CreateKey().KeyId;
        KeyPolicyCache cache = new();
        using IStateReader reader = _kms.Engine.Store.OpenReader();
        Key first = reader.FindKey("us-east-1", keyId)!;
        Key second = reader.FindKey("us-east-1", keyId)!;

        Assert.NotSame(first.Policy, second.Policy);
        Assert.Same(cache.Of(first), cache.Of(first));
        Assert.Same(cache.Of(first), cache.Of(second));
        Assert.Null(cache.Of(first with { Policy = "{" }));
        Assert.NotSame(cache.Of(first), cache.Of(first with { Policy = first.Policy + " " }));
    }

    private static string Policy(string action) =>
        $$$"""{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"{{{action}}}","Resource":"*"}}""";

    private KeyMetadata Describe(string keyId, Caller caller) => _kms.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }, caller).KeyMetadata;

    private void Register(string name, string? policy = null) => _kms.Engine.Principals.Create(
        PrincipalType.User,
        name,
        new PrincipalSettings { Policies = policy is null ? null : new Dictionary<string, string> { ["policy"] = policy } });
}
