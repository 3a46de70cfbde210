using System.Text.Json;
using KmsTools.Operations;

namespace KmsTools.Sts;

/// <summary>
/// Sources: AssumeRole in the AWS STS API; "Pass session tags in AWS STS" and "Monitor actions taken with assumed roles", IAM.
/// </summary>
public sealed class AssumeRoleTests : IDisposable
{
    private const string Denied =
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: "
            + "arn:aws:iam::111122223333:role/ops/deploy";

    private readonly StsFixture _sts = new();

    public void Dispose() => _sts.Dispose();

    [Fact]
    public void Answer_HasCredentialsOfTheSession()
    {
        Principal role = _sts.CreateRole(StsFixture.Trust(StsFixture.Alice));

        AssumeRoleResponse answer = _sts.Assume(new AssumeRoleRequest());

        Assert.Matches("^ASIA[A-Z2-7]{16}$", answer.Credentials.AccessKeyId);
        Assert.Equal(40, answer.Credentials.SecretAccessKey.Length);
        Assert.Equal(new DateTime(2026, 5, 6, 8, 8, 9, DateTimeKind.Utc), answer.Credentials.Expiration);
        Assert.Equal(StsFixture.DeploySession, answer.Arn);
        Assert.Equal($"{role.UniqueId}:ci-run", answer.AssumedRoleId);
        Assert.Equal((null, null), (answer.PackedPolicySize, answer.SourceIdentity));
        Assert.Equal(answer.Credentials.AccessKeyId, $"{answer.Credentials}");

        Caller caller = _sts.Authenticate(answer.Credentials);
        Assert.Equal((StsFixture.DeploySession, answer.Credentials.AccessKeyId), (caller.PrincipalArn, caller.AccessKeyId));
        Assert.Equal(
            (StsFixture.Deploy, new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), false),
            (caller.Session!.IssuerArn, caller.Session.IssueTime, caller.Session.MultiFactorAuthPresent));
        Assert.Equal(
            new GetCallerIdentityResponse(StsFixture.DeploySession, StsFixture.Account, $"{role.UniqueId}:ci-run"),
            _sts.Engine.Sts.GetCallerIdentity(caller));
    }

    [Fact]
    public void Session_HasThePoliciesOfItsRole()
    {
        _sts.CreateRole(StsFixture.Trust(StsFixture.Alice));
        Caller caller = _sts.Authenticate(_sts.Assume(new AssumeRoleRequest()).Credentials);
        Assert.Equal(
            "User: arn:aws:sts::111122223333:assumed-role/deploy/ci-run is not authorized to perform: kms:CreateKey on resource: * because no "
                + "identity-based policy allows the kms:CreateKey action",
            Assert.Throws<KmsException>(() => _sts.Engine.Execute(new CreateKeyRequest(), caller)).Message);

        _sts.Engine.Principals.PutPolicy(PrincipalType.Role, "deploy", "keys", StsFixture.Allow("\"Resource\":\"*\"", "kms:*"));
        Assert.NotNull(_sts.Engine.Execute(new CreateKeyRequest(), caller));

        Caller limited = _sts.Authenticate(
            _sts.Assume(new AssumeRoleRequest { Policy = StsFixture.Allow("\"Resource\":\"*\"", "kms:List*") }).Credentials);
        Assert.NotNull(_sts.Engine.Execute(new ListKeysRequest(), limited));
        Assert.Equal(
            "User: arn:aws:sts::111122223333:assumed-role/deploy/ci-run is not authorized to perform: kms:CreateKey on resource: * because no "
                + "session policy allows the kms:CreateKey action",
            Assert.Throws<KmsException>(() => _sts.Engine.Execute(new CreateKeyRequest(), limited)).Message);
    }

    [Theory]
    [InlineData(StsFixture.Alice, true)]
    [InlineData("*", true)]
    [InlineData("arn:aws:iam::111122223333:user/bob", false)]
    [InlineData("arn:aws:iam::999988887777:root", false)]
    public void Trust_InThePrincipal_IsEnough(string trusted, bool allowed)
    {
        _sts.CreateUser("alice");
        _sts.CreateRole(StsFixture.Trust(trusted));
        Requires(allowed, new AssumeRoleRequest());
    }

    [Fact]
    public void Trust_InTheAccount_NeedsAPolicyOfTheCaller()
    {
        _sts.CreateRole(StsFixture.Trust(StsFixture.Root));

        // Nobody registered the caller, who may do whatever is left to the account.
        Requires(true, new AssumeRoleRequest());
        _sts.CreateUser("alice");
        Requires(false, new AssumeRoleRequest());
        _sts.Engine.Principals.PutPolicy(
            PrincipalType.User, "alice", "other", StsFixture.Allow("\"Resource\":\"arn:aws:iam::111122223333:role/deploy\""));
        Requires(false, new AssumeRoleRequest());
        _sts.Engine.Principals.PutPolicy(
            PrincipalType.User, "alice", "this", StsFixture.Allow("\"Resource\":\"arn:aws:iam::111122223333:role/ops/*\""));
        Requires(true, new AssumeRoleRequest());
    }

    [Fact]
    public void Trust_OfAnotherAccount_NeedsAPolicyThere()
    {
        Caller stranger = StsFixture.CallerOf("arn:aws:iam::999988887777:user/eve");
        _sts.CreateRole(StsFixture.Trust(StsFixture.Root));
        Assert.Equal("AccessDenied", Assert.Throws<KmsException>(() => _sts.Assume(new AssumeRoleRequest(), stranger)).ErrorCode);

        _sts.Engine.Principals.Change(
            PrincipalType.Role, "deploy", new PrincipalSettings { TrustPolicy = StsFixture.Trust("999988887777") });
        Assert.Equal(StsFixture.DeploySession, _sts.Assume(new AssumeRoleRequest(), stranger).Arn);
    }

    [Fact]
    public void Refusals_AreThoseOfAws()
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        _sts.Refuses("AccessDenied", "Roles may not be assumed by root accounts.", () => _sts.Assume(
            new AssumeRoleRequest(), StsFixture.CallerOf(StsFixture.Root)));
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: "
                + "arn:aws:iam::111122223333:role/deploy",
            () => _sts.Assume(new AssumeRoleRequest { RoleArn = "arn:aws:iam::111122223333:role/deploy" }));
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole on resource: "
                + "arn:aws:iam::999988887777:role/ops/deploy",
            () => _sts.Assume(new AssumeRoleRequest { RoleArn = "arn:aws:iam::999988887777:role/ops/deploy" }));
        _sts.Refuses("ValidationError", "arn:aws:iam::111122223333:user/deploy is invalid", () => _sts.Assume(
            new AssumeRoleRequest { RoleArn = "arn:aws:iam::111122223333:user/deploy" }));
        _sts.Refuses(
            "ValidationError",
            "2 validation errors detected: Value null at 'roleArn' failed to satisfy constraint: Member must not be null; Value 'a b' at "
                + @"'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*",
            () => _sts.Engine.Sts.AssumeRole(new AssumeRoleRequest { RoleSessionName = "a b" }, StsFixture.CallerOf(StsFixture.Alice)));
        _sts.Refuses(
            "MalformedPolicyDocument",
            "The session policy is not a valid JSON document.",
            () => _sts.Assume(new AssumeRoleRequest { Policy = "{" }));
        _sts.Refuses(
            "ValidationError",
            "PolicyArns names managed policies, which a store does not have: give the policy itself in Policy.",
            () => _sts.Assume(
                new AssumeRoleRequest { PolicyArns = [new PolicyDescriptor { Arn = "arn:aws:iam::aws:policy/AdministratorAccess" }] }));
        _sts.Refuses(
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
            () => _sts.Assume(new AssumeRoleRequest { TokenCode = "123456" }));
        Assert.Equal(403, Assert.Throws<KmsException>(() => _sts.Assume(new AssumeRoleRequest { TokenCode = "123456" })).HttpStatusCode);
    }

    [Theory]
    [InlineData(899, "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value "
        + "greater than or equal to 900")]
    [InlineData(900, null)]
    [InlineData(7200, null)]
    [InlineData(7201, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")]
    [InlineData(43201, "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy constraint: Member must have value "
        + "less than or equal to 43200")]
    public void Duration_IsLimitedByTheRole(int seconds, string? refusal)
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        if (refusal is null)
        {
            Assert.Equal(
                new DateTime(2026, 5, 6, 7, 8, 9, DateTimeKind.Utc).AddSeconds(seconds),
                _sts.Assume(new AssumeRoleRequest { DurationSeconds = seconds }).Credentials.Expiration);
        }
        else
        {
            _sts.Refuses("ValidationError", refusal, () => _sts.Assume(new AssumeRoleRequest { DurationSeconds = seconds }));
        }
    }

    [Theory]
    [InlineData(3600, true)]
    [InlineData(3601, false)]
    public void Duration_OfChainedRoles_IsAnHour(int seconds, bool allowed)
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        Caller session = _sts.Authenticate(_sts.Assume(new AssumeRoleRequest()).Credentials);
        if (allowed)
        {
            Assert.NotNull(_sts.Assume(new AssumeRoleRequest { DurationSeconds = seconds }, session));
        }
        else
        {
            _sts.Refuses(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
                () => _sts.Assume(new AssumeRoleRequest { DurationSeconds = seconds }, session));
        }
    }

    [Theory]
    [InlineData("sts:ExternalId", "partner-1")]
    [InlineData("sts:RoleSessionName", "release")]
    [InlineData("sts:SourceIdentity", "carol")]
    [InlineData("sts:DurationSeconds", "1800")]
    [InlineData("aws:RequestTag/team", "red")]
    [InlineData("aws:MultiFactorAuthPresent", "true")]
    public void Trust_Conditions_SeeTheRequest(string key, string value)
    {
        _sts.CreateRole(StsFixture.Trust("*", StsFixture.Json($"'Condition':{{'StringEquals':{{'{key}':'{value}'}}}}")));
        AssumeRoleRequest fits = new()
        {
            ExternalId = "partner-1",
            RoleSessionName = "release",
            SourceIdentity = "carol",
            DurationSeconds = 1800,
            Tags = [new SessionTag { Key = "team", Value = "red" }],
            SerialNumber = "arn:aws:iam::111122223333:mfa/alice",
            TokenCode = "000000",
        };
        Requires(true, fits);
        Requires(false, new AssumeRoleRequest());
    }

    [Theory]
    [InlineData("aws:TagKeys", "team", "cost", true)]
    [InlineData("aws:TagKeys", "team", "team", false)]
    [InlineData("sts:TransitiveTagKeys", "cost", "cost", true)]
    [InlineData("sts:TransitiveTagKeys", "cost", "team", false)]
    public void Trust_ConditionsOnManyValues_SeeAllTags(string key, string first, string second, bool allowed)
    {
        _sts.CreateRole(StsFixture.Trust(
            "*", StsFixture.Json($"'Condition':{{'ForAllValues:StringEquals':{{'{key}':['{first}','{second}']}}}}")));
        Requires(allowed, new AssumeRoleRequest
        {
            Tags = [new SessionTag { Key = "team", Value = "red" }, new SessionTag { Key = "cost", Value = "7" }],
            TransitiveTagKeys = ["cost"],
        });
    }

    [Theory]
    [InlineData("sts:AssumeRole", "AssumeRole", null)]
    [InlineData("sts:AssumeRole", "TagSession", "team")]
    [InlineData("sts:TagSession", "AssumeRole", "team")]
    public void Tags_NeedTheirOwnPermission(string allowed, string denied, string? tag)
    {
        _sts.CreateRole(StsFixture.Trust("*", action: allowed));
        AssumeRoleRequest request = new() { Tags = tag is null ? null : [new SessionTag { Key = tag, Value = "red" }] };
        if (tag is null)
        {
            Requires(true, request);
        }
        else
        {
            _sts.Refuses(
                "AccessDenied", Denied.Replace("sts:AssumeRole", $"sts:{denied}", StringComparison.Ordinal), () => _sts.Assume(request));
        }
    }

    [Fact]
    public void Tags_OverrideThoseOfTheRole_AndTransitiveOnesAreHandedOn()
    {
        _sts.CreateRole(StsFixture.Trust("*"), new KeyTag("team", "blue"), new KeyTag("stage", "test"));
        Caller first = _sts.Authenticate(_sts.Assume(new AssumeRoleRequest
        {
            Tags = [new SessionTag { Key = "Team", Value = "red" }, new SessionTag { Key = "cost", Value = "7" }],
            TransitiveTagKeys = ["TEAM"],
        }).Credentials);
        Assert.Equal("red", first.Session!.Tags["team"]);

        Caller second = _sts.Authenticate(_sts.Assume(
            new AssumeRoleRequest { Tags = [new SessionTag { Key = "x", Value = "" }] }, first).Credentials);
        Assert.Equal(["Team=red", "x="], second.Session!.Tags.Select(static tag => $"{tag.Key}={tag.Value}"));
        Assert.Equal(["TEAM"], second.Session.TransitiveTagKeys);
        _sts.Refuses(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
            () => _sts.Assume(new AssumeRoleRequest { Tags = [new SessionTag { Key = "team", Value = "green" }] }, second));
    }

    [Fact]
    public void Tags_ThatAwsRefuses_AreRefused()
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        Refuses("InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive.", null, "a", "A");
        Refuses("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.", ["b"], "a");
        Refuses("InvalidParameterValue", "System tags cannot be added/updated by requester", null, "aws:x");
        Refuses(
            "ValidationError",
            @"1 validation error detected: Value 'a*' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular "
                + @"expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
            null,
            "a*");
        Assert.NotNull(_sts.Assume(new AssumeRoleRequest { Tags = [new SessionTag { Key = "Größe 日本 ½_.:/=+-@", Value = "" }] }));

        void Refuses(string code, string message, string[]? transitive, params string[] keys) => _sts.Refuses(
            code, message, () => _sts.Assume(new AssumeRoleRequest
            {
                Tags = [.. keys.Select(static key => new SessionTag { Key = key, Value = "v" })],
                TransitiveTagKeys = transitive,
            }));
    }

    [Fact]
    public void SourceIdentity_IsKept_AndCannotBeChanged()
    {
        _sts.CreateRole(StsFixture.Trust("*"));
        AssumeRoleResponse first = _sts.Assume(new AssumeRoleRequest { SourceIdentity = "carol" });
        Assert.Equal("carol", first.SourceIdentity);
        Caller session = _sts.Authenticate(first.Credentials);
        Assert.Equal("carol", _sts.Assume(new AssumeRoleRequest(), session).SourceIdentity);
        _sts.Refuses(
            "AccessDenied",
            "User: arn:aws:sts::111122223333:assumed-role/deploy/ci-run is not authorized to perform: sts:SetSourceIdentity on resource: "
                + "arn:aws:iam::111122223333:role/ops/deploy",
            () => _sts.Assume(new AssumeRoleRequest { SourceIdentity = "dave" }, session));
    }

    [Theory]
    [InlineData(41, 100)]
    [InlineData(42, null)]
    public void PackedSize_IsLimited(int tags, int? percent)
    {
        _sts.CreateRole(StsFixture.Trust("*"));

        // 199 bytes each: 8,159 of 8,192, or 8,358.
        AssumeRoleRequest request = new()
        {
            Tags = [.. Enumerable.Range(0, tags).Select(static n => new SessionTag { Key = $"{n:D3}", Value = new string('v', 196) })],
        };
        if (percent is not null)
        {
            Assert.Equal(percent, _sts.Assume(request).PackedPolicySize);
        }
        else
        {
            _sts.Refuses(
                "PackedPolicyTooLarge",
                "Packed size of session policy and tags consumes 103% of allotted space.",
                () => _sts.Assume(request));
        }
    }

    [Fact]
    public void Mode_Record_LetsPassAndNotesIt_AndOffDecidesNothing()
    {
        _sts.CreateRole(StsFixture.Trust("arn:aws:iam::111122223333:user/bob"));
        Requires(false, new AssumeRoleRequest());
        Assert.Equal(
            "no resource-based policy", _sts.LastEvent("AssumeRole").AdditionalEventData!["authorization"]);

        _sts.Engine.Authorization.Set(AuthorizationMode.Record);
        Requires(true, new AssumeRoleRequest());
        Assert.Equal(
            "would be denied: no resource-based policy", _sts.LastEvent("AssumeRole").AdditionalEventData!["authorization"]);

        _sts.Engine.Authorization.Set(AuthorizationMode.Off);
        Requires(true, new AssumeRoleRequest());
        Assert.Null(_sts.LastEvent("AssumeRole").AdditionalEventData);
    }

    [Fact]
    public void Event_IsThatOfCloudTrail_WithoutSecrets()
    {
        Principal role = _sts.CreateRole(StsFixture.Trust("*"));
        Principal alice = _sts.CreateUser("alice");
        AssumeRoleResponse answer = _sts.Assume(
            new AssumeRoleRequest
            {
                ExternalId = "partner-1",
                SerialNumber = "arn:aws:iam::111122223333:mfa/alice",
                TokenCode = "271828",
                Tags = [new SessionTag { Key = "team", Value = "red" }],
                SourceIdentity = "carol",
            },
            StsFixture.CallerOf(StsFixture.Alice) with { AccessKeyId = "AKIAALICE" });

        string json = _sts.LastEvent("AssumeRole").CloudTrailEvent;
        JsonElement root = JsonElement.Parse(json);
        Assert.Equal(
            ("sts.amazonaws.com", "2030-01-01T00:00:00.000Z", true),
            (root.GetProperty("eventSource").GetString(), root.GetProperty("eventTime").GetString(),
                root.GetProperty("readOnly").GetBoolean()));
        Assert.Equal(
            StsFixture.Json(
                $"{{'type':'IAMUser','principalId':'{alice.UniqueId}','arn':'arn:aws:iam::111122223333:user/alice',"
                    + "'accountId':'111122223333','accessKeyId':'AKIAALICE','userName':'alice'}"),
            root.GetProperty("userIdentity").GetRawText());
        Assert.Equal(
            StsFixture.Json(
                "{'roleArn':'arn:aws:iam::111122223333:role/ops/deploy','roleSessionName':'ci-run','tags':[{'key':'team','value':'red'}],"
                    + "'externalId':'partner-1','serialNumber':'arn:aws:iam::111122223333:mfa/alice','sourceIdentity':'carol'}"),
            root.GetProperty("requestParameters").GetRawText());
        Assert.Equal(
            StsFixture.Json(
                $"{{'credentials':{{'accessKeyId':'{answer.Credentials.AccessKeyId}','expiration':'May 6, 2026, 8:08:09 AM'}},"
                    + $"'assumedRoleUser':{{'assumedRoleId':'{role.UniqueId}:ci-run','arn':'{StsFixture.DeploySession}'}},"
                    + "'packedPolicySize':1,'sourceIdentity':'carol'}"),
            root.GetProperty("responseElements").GetRawText());
        Assert.Equal(
            """[{"accountId":"111122223333","type":"AWS::IAM::Role","ARN":"arn:aws:iam::111122223333:role/ops/deploy"}]""",
            root.GetProperty("resources").GetRawText());
        Assert.DoesNotContain(answer.Credentials.SecretAccessKey, json);
        Assert.DoesNotContain(answer.Credentials.SessionToken, json);
        Assert.DoesNotContain("271828", json);
    }

    [Fact]
    public void Event_OfTheSession_NamesItsIssuer()
    {
        Principal role = _sts.CreateRole(StsFixture.Trust("*"));
        _sts.Engine.Principals.PutPolicy(PrincipalType.Role, "deploy", "keys", StsFixture.Allow("\"Resource\":\"*\"", "kms:*"));
        AssumeRoleResponse answer = _sts.Assume(new AssumeRoleRequest
        {
            SourceIdentity = "carol",
            SerialNumber = "arn:aws:iam::111122223333:mfa/alice",
            TokenCode = "000000",
        });
        _sts.Engine.Execute(new CreateKeyRequest(), _sts.Authenticate(answer.Credentials));

        Assert.Equal(
            StsFixture.Json(
                $"{{'type':'AssumedRole','principalId':'{role.UniqueId}:ci-run','arn':'{StsFixture.DeploySession}',"
                    + $"'accountId':'111122223333','accessKeyId':'{answer.Credentials.AccessKeyId}','sessionContext':{{'sessionIssuer':"
                    + $"{{'type':'Role','principalId':'{role.UniqueId}','arn':'{StsFixture.Deploy}','accountId':'111122223333',"
                    + "'userName':'deploy'},'attributes':{'creationDate':'2030-01-01T00:00:00.000Z','mfaAuthenticated':'true'},"
                    + "'sourceIdentity':'carol'}}"),
            JsonElement.Parse(_sts.LastEvent("CreateKey").CloudTrailEvent).GetProperty("userIdentity").GetRawText());
    }

    private void Requires(bool allowed, AssumeRoleRequest request)
    {
        if (allowed)
        {
            Assert.NotNull(_sts.Assume(request));
        }
        else
        {
            _sts.Refuses("AccessDenied", Denied, () => _sts.Assume(request));
            Assert.Equal(
                ("AccessDenied", Denied), (_sts.LastEvent("AssumeRole").ErrorCode, _sts.LastEvent("AssumeRole").ErrorMessage));
        }
    }
}
