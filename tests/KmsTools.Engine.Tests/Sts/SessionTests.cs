using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KmsTools.AccessKeys;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Sts;

/// <summary>
/// Sources: GetSessionToken, GetFederationToken, GetCallerIdentity in the AWS STS API; "Temporary security credentials", IAM.
/// </summary>
public sealed class SessionTests : IDisposable
{
    private const string Invalid = "The security token included in the request is invalid.";
    private const string Expired = "The security token included in the request is expired";

    private readonly StsFixture _sts = new();

    public void Dispose() => _sts.Dispose();

    [Theory]
    [InlineData(StsFixture.Alice, null, 43200)]
    [InlineData(StsFixture.Alice, 900, 900)]
    [InlineData(StsFixture.Alice, 129600, 129600)]
    [InlineData(StsFixture.Root, null, 3600)]
    [InlineData(StsFixture.Root, 3600, 3600)]
    [InlineData(StsFixture.Root, 3601, 3600)]
    [InlineData(StsFixture.Root, 900, 900)]
    public void GetSessionToken_IsOfTheCaller(string arn, int? requested, int seconds)
    {
        TemporaryCredentials credentials = SessionOf(arn, new GetSessionTokenRequest { DurationSeconds = requested });

        Assert.Equal(new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Utc).AddSeconds(seconds), credentials.Expiration);
        Caller caller = _sts.Authenticate(credentials);
        Assert.Equal((arn, arn, false), (caller.PrincipalArn, caller.Session!.IssuerArn, caller.Session.MultiFactorAuthPresent));
    }

    [Theory]
    [InlineData(899)]
    [InlineData(129601)]
    public void GetSessionToken_OtherDurations_AreRefused(int seconds) => Assert.Equal(
        "ValidationError",
        Assert.Throws<KmsException>(() => SessionOf(StsFixture.Alice, new GetSessionTokenRequest { DurationSeconds = seconds })).ErrorCode);

    [Fact]
    public void GetSessionToken_WithACode_MeetsConditionsOnIt()
    {
        _sts.CreateUser(
            "alice",
            StsFixture.Allow("\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}", "kms:*"));
        Caller with = _sts.Authenticate(SessionOf(
            StsFixture.Alice, new GetSessionTokenRequest { SerialNumber = "arn:aws:iam::111122223333:mfa/alice", TokenCode = "123456" }));
        Caller without = _sts.Authenticate(SessionOf(StsFixture.Alice, new GetSessionTokenRequest()));

        Assert.NotNull(_sts.Engine.Execute(new ListKeysRequest(), with));
        foreach (Caller caller in new[] { without, StsFixture.CallerOf(StsFixture.Alice) })
        {
            Assert.Equal(
                "AccessDeniedException",
                Assert.Throws<KmsException>(() => _sts.Engine.Execute(new ListKeysRequest(), caller)).ErrorCode);
        }
    }

    [Fact]
    public void Sessions_HaveNoSessionsOfTheirOwn()
    {
        Caller session = _sts.Authenticate(SessionOf(StsFixture.Alice, new GetSessionTokenRequest()));
        Caller role = StsFixture.CallerOf(StsFixture.DeploySession);
        foreach (Caller caller in new[] { session, role })
        {
            _sts.Refuses("AccessDenied", "Cannot call GetSessionToken with session credentials", () => _sts.Engine.Sts.GetSessionToken(
                new GetSessionTokenRequest(), caller));
            _sts.Refuses("AccessDenied", "Cannot call GetFederationToken with session credentials", () => _sts.Engine.Sts
                .GetFederationToken(new GetFederationTokenRequest { Name = "bob" }, caller));
        }

        _sts.CreateRole(StsFixture.Trust("*"));
        Assert.NotNull(_sts.Assume(new AssumeRoleRequest(), session));
    }

    [Fact]
    public void GetFederationToken_GivesWhatBothPoliciesAllow()
    {
        Principal alice = _sts.CreateUser("alice", StsFixture.Allow("\"Resource\":\"*\"", "*"));
        GetFederationTokenResponse answer = Federate(new GetFederationTokenRequest
        {
            Name = "bob",
            Policy = StsFixture.Allow("\"Resource\":\"*\"", "kms:List*"),
        });

        Assert.Equal(
            ("arn:aws:sts::111122223333:federated-user/bob", "111122223333:bob", 2),
            (answer.Arn, answer.FederatedUserId, answer.PackedPolicySize));
        Caller bob = _sts.Authenticate(answer.Credentials);
        Assert.Equal((answer.Arn, StsFixture.Alice), (bob.PrincipalArn, bob.Session!.IssuerArn));
        Assert.NotNull(_sts.Engine.Execute(new ListKeysRequest(), bob));
        Assert.Equal(
            StsFixture.Json(
                "{'type':'FederatedUser','principalId':'111122223333:bob','arn':'arn:aws:sts::111122223333:federated-user/bob',"
                    + $"'accountId':'111122223333','accessKeyId':'{answer.Credentials.AccessKeyId}','sessionContext':{{'sessionIssuer':"
                    + $"{{'type':'IAMUser','principalId':'{alice.UniqueId}','arn':'arn:aws:iam::111122223333:user/alice',"
                    + "'accountId':'111122223333','userName':'alice'},'attributes':{'creationDate':'2030-01-01T00:00:00.000Z',"
                    + "'mfaAuthenticated':'false'}}}"),
            JsonElement.Parse(_sts.LastEvent("ListKeys").CloudTrailEvent).GetProperty("userIdentity").GetRawText());
        Assert.Equal(
            "AccessDeniedException",
            Assert.Throws<KmsException>(() => _sts.Engine.Execute(new CreateKeyRequest(), bob)).ErrorCode);

        Caller nobody = _sts.Authenticate(Federate(new GetFederationTokenRequest { Name = "bob" }).Credentials);
        Assert.Equal(
            "AccessDeniedException",
            Assert.Throws<KmsException>(() => _sts.Engine.Execute(new ListKeysRequest(), nobody)).ErrorCode);
        _sts.CreateRole(StsFixture.Trust("*"));
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:sts::111122223333:federated-user/bob is not authorized to perform: sts:AssumeRole on resource: "
                + "arn:aws:iam::111122223333:role/ops/deploy",
            () => _sts.Assume(new AssumeRoleRequest(), bob));
    }

    [Fact]
    public void GetFederationToken_NeedsPermission()
    {
        _sts.CreateUser(
            "alice", StsFixture.Allow("\"Resource\":\"arn:aws:sts::111122223333:federated-user/b*\"", "sts:GetFederationToken"));

        Assert.NotNull(Federate(new GetFederationTokenRequest { Name = "bob" }));
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:GetFederationToken on resource: "
                + "arn:aws:sts::111122223333:federated-user/carol",
            () => Federate(new GetFederationTokenRequest { Name = "carol" }));
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:TagSession on resource: "
                + "arn:aws:sts::111122223333:federated-user/bob",
            () => Federate(new GetFederationTokenRequest { Name = "bob", Tags = [new SessionTag { Key = "a", Value = "b" }] }));
        Assert.Equal(
            [null, "AccessDenied", "AccessDenied"],
            _sts.Engine.FindEvents(new Persistence.EventQuery { EventName = "GetFederationToken" }).Select(static e => e.ErrorCode));
    }

    [Theory]
    [InlineData(StsFixture.Root, "111122223333")]
    [InlineData(StsFixture.Alice, "AIDAXYDN7IBDLKQVIMBW5")]
    [InlineData("arn:aws:sts::111122223333:assumed-role/deploy/ci", "AROAYGBJIVITKB45U677D:ci")]
    [InlineData("arn:aws:sts::111122223333:federated-user/carol", "111122223333:carol")]
    public void GetCallerIdentity_OfWhomTheStoreDoesNotKnow_IsDerived(string arn, string userId) => Assert.Equal(
        new GetCallerIdentityResponse(arn, StsFixture.Account, userId), _sts.Engine.Sts.GetCallerIdentity(StsFixture.CallerOf(arn)));

    [Fact]
    public void GetCallerIdentity_OfARegisteredUser_IsItsUniqueId()
    {
        Principal alice = _sts.CreateUser("alice");
        Assert.Equal(alice.UniqueId, _sts.Engine.Sts.GetCallerIdentity(StsFixture.CallerOf(StsFixture.Alice)).UserId);
        Assert.Empty(_sts.Engine.FindEvents(new Persistence.EventQuery { EventName = "GetCallerIdentity" }));
    }

    [Fact]
    public void Tokens_ExpireByTheRealClock()
    {
        TemporaryCredentials credentials = SessionOf(StsFixture.Alice, new GetSessionTokenRequest { DurationSeconds = 900 });
        _sts.Engine.StepClock(_sts.Engine.UtcNow.AddDays(100));
        _sts.Clock.Now = new DateTimeOffset(2026, 5, 6, 7, 23, 8, 999, TimeSpan.Zero);
        Assert.NotNull(_sts.Authenticate(credentials));
        _sts.Clock.Now = new DateTimeOffset(2026, 5, 6, 7, 23, 9, TimeSpan.Zero);
        _sts.Refuses("ExpiredTokenException", Expired, () => _sts.Authenticate(credentials));
    }

    [Fact]
    public void Tokens_OfAnotherKeyOrStore_AndChangedOnes_AreInvalid()
    {
        TemporaryCredentials credentials = SessionOf(StsFixture.Alice, new GetSessionTokenRequest());
        TemporaryCredentials others = SessionOf(StsFixture.Alice, new GetSessionTokenRequest());
        using StsFixture elsewhere = new();
        string foreign = elsewhere.Engine.Sts.GetSessionToken(new GetSessionTokenRequest(), StsFixture.CallerOf(StsFixture.Alice))
            .Credentials.SessionToken;
        byte[] changed = Convert.FromBase64String(credentials.SessionToken);
        changed[^1] ^= 1;
        KeyMetadata key = _sts.Engine.Execute(new CreateKeyRequest()).KeyMetadata;
        string grant = _sts.Engine.Execute(
            new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = StsFixture.Alice, Operations = ["Encrypt"] }).GrantToken;
        foreach (string? token in new[] { others.SessionToken, foreign, Convert.ToBase64String(changed), grant, "", "no token", null })
        {
            _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Engine.Authenticator.Find(credentials.AccessKeyId, token));
        }

        NewAccessKey accessKey = _sts.Engine.AccessKeys.Create(StsFixture.Alice);
        _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Engine.Authenticator.Find(
            accessKey.AccessKeyId, credentials.SessionToken));
        Assert.NotNull(_sts.Engine.Authenticator.Find(accessKey.AccessKeyId, null));
    }

    [Fact]
    public void Sessions_EndWithTheirRole_AndARoleOfItsNameDoesNotRevive()
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        TemporaryCredentials credentials = _sts.Assume(new AssumeRoleRequest()).Credentials;
        _sts.Engine.Principals.Remove(PrincipalType.Role, "deploy", force: true);
        _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Authenticate(credentials));
        _sts.CreateRole(StsFixture.Trust("*"));
        _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Authenticate(credentials));
    }

    [Fact]
    public void Sessions_OfAUser_EndWhenTheUserIsRegisteredOrRemoved()
    {
        TemporaryCredentials before = SessionOf(StsFixture.Alice, new GetSessionTokenRequest());
        _sts.CreateUser("alice");
        _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Authenticate(before));

        TemporaryCredentials registered = SessionOf(StsFixture.Alice, new GetSessionTokenRequest());
        Assert.NotNull(_sts.Authenticate(registered));
        _sts.Engine.Principals.Remove(PrincipalType.User, "alice", force: true);
        _sts.Refuses("UnrecognizedClientException", Invalid, () => _sts.Authenticate(registered));
    }

    [Fact]
    public void Authenticate_ComparesTheSecret()
    {
        NewAccessKey accessKey = _sts.Engine.AccessKeys.Create(StsFixture.Alice);
        TemporaryCredentials session = SessionOf(StsFixture.Alice, new GetSessionTokenRequest());
        Assert.Equal(StsFixture.Alice, Authenticate(accessKey.AccessKeyId, accessKey.SecretAccessKey, null).PrincipalArn);
        Assert.Equal(StsFixture.Alice, Authenticate(session.AccessKeyId, session.SecretAccessKey, session.SessionToken).PrincipalArn);

        const string mismatch =
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
                + "method. Consult the service documentation for details.";
        foreach (string secret in new[] { session.SecretAccessKey, "", accessKey.SecretAccessKey + "x", accessKey.SecretAccessKey[..^1] })
        {
            _sts.Refuses("InvalidSignatureException", mismatch, () => Authenticate(accessKey.AccessKeyId, secret, null));
        }

        _sts.Refuses("InvalidSignatureException", mismatch, () => Authenticate(
            session.AccessKeyId, accessKey.SecretAccessKey, session.SessionToken));
        _sts.Refuses("UnrecognizedClientException", Invalid, () => Authenticate("AKIANONE", accessKey.SecretAccessKey, null));
    }

    // Earlier versions wrapped the secret of a session under the root key, and the token did not say so.
    [Fact]
    public void Authenticate_TokenOfAnEarlierVersion_IsStillValid()
    {
        const string accessKeyId = "ASIAEARLIERVERSION00";
        IStateStore store = _sts.Engine.Store;
        SessionClaims claims = SessionToken.Open(
            store.Secrets, SessionOf(StsFixture.Alice, new GetSessionTokenRequest()).SessionToken)! with
        {
            AccessKeyId = accessKeyId,
            WrappedSecret = store.RootKey.Wrap("a secret"u8, SessionClaims.WrappingContext(store.Properties.InstallationId, accessKeyId)),
        };
        JsonObject json = JsonSerializer.SerializeToNode(claims)!.AsObject();
        Assert.True(json.Remove("IsSecretSealed"));
        string token = Convert.ToBase64String(store.Secrets.SealToken(Encoding.UTF8.GetBytes(json.ToJsonString()), "session"));

        Assert.Equal(StsFixture.Alice, Authenticate(accessKeyId, "a secret", token).PrincipalArn);
        Assert.Equal(
            "InvalidSignatureException",
            Assert.Throws<KmsException>(() => Authenticate(accessKeyId, "another", token)).ErrorCode);
    }

    private TemporaryCredentials SessionOf(string arn, GetSessionTokenRequest request) =>
        _sts.Engine.Sts.GetSessionToken(request, StsFixture.CallerOf(arn)).Credentials;

    private GetFederationTokenResponse Federate(GetFederationTokenRequest request) =>
        _sts.Engine.Sts.GetFederationToken(request, StsFixture.CallerOf(StsFixture.Alice));

    private CallerCredentials Authenticate(string accessKeyId, string secret, string? token)
    {
        using Secret bytes = Secret.CopyOf(Encoding.UTF8.GetBytes(secret));
        return _sts.Engine.Authenticator.Authenticate(accessKeyId, bytes, token);
    }
}
