using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Authorization;

/// <summary>Answers about access are those that calls get, and leave no trace.</summary>
public sealed class AccessSimulatorTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Role = "arn:aws:iam::111122223333:role/deploy";
    private const string EncryptOnly = """{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}""";

    private static readonly string[] SymmetricKeyOperations =
    [
        "CancelKeyDeletion", "CreateGrant", "Decrypt", "DescribeKey", "DisableKey", "DisableKeyRotation", "EnableKey", "EnableKeyRotation",
        "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
        "GetKeyLastUsage", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListResourceTags",
        "PutKeyPolicy", "ReEncryptFrom", "ReEncryptTo", "RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource",
        "UntagResource", "UpdateKeyDescription",
    ];

    private static readonly string Local = Caller.LocalUser(KmsFixture.Account).PrincipalArn;

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Test_ExplainsTheDecisionOfACall()
    {
        KeyMetadata key = _kms.CreateKey();
        Register("alice", EncryptOnly);

        AccessTestResult allowed = Assert.Single(Test(key.KeyId, "Encrypt", Alice));
        AccessTestResult denied = Assert.Single(Test(key.KeyId, "kms:decrypt", "user/alice"));

        Assert.Equal(
            (Alice, "kms:Encrypt", key.Arn, AccessDecisionType.Allowed, "key policy: account + identity-based policy"),
            (allowed.Principal, allowed.Action, allowed.Resource, allowed.Decision, allowed.Reason));
        Assert.Equal(
            ["statement 1 (Enable IAM User Permissions) of default", "statement 1 of p"],
            allowed.Statement.Select(static statement => statement.ToString()));
        Assert.Null(allowed.Message);
        Assert.Equal((AccessDecisionType.ImplicitlyDenied, "no identity-based policy"), (denied.Decision, denied.Reason));
        Assert.Equal([$"A policy of {Alice} has to allow kms:Decrypt on {key.Arn}."], denied.Missing);
        Assert.Equal(
            Assert.Throws<KmsException>(() => _kms.Engine.Execute(
                new DecryptRequest { KeyId = key.KeyId, CiphertextBlob = _kms.Encrypt(key.KeyId, 1) },
                new Caller { PrincipalArn = Alice })).Message,
            denied.Message);
    }

    [Fact]
    public void Test_RecordsNothing()
    {
        KeyMetadata key = _kms.CreateKey();
        Register("alice", EncryptOnly);
        int before = _kms.Events().Count;

        _ = Test(key.KeyId, "ScheduleKeyDeletion", Alice);
        _ = _kms.Engine.AccessSimulator.List(Question(key.KeyId), [], []);

        Assert.Equal(before, _kms.Events().Count);
        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void Test_ContextAndAlias_AreThoseOfTheCall()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/orders", key.KeyId);
        Register("alice", """
            {"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{
              "StringEquals":{"kms:EncryptionContext:order":"4711","kms:RequestAlias":"alias/orders","kms:ViaService":"s3.us-east-1.amazonaws.com"}}}}
            """);
        AccessQuestion question = Question("alias/orders") with
        {
            Operation = "Encrypt",
            Principal = Alice,
            EncryptionContext = new Dictionary<string, string> { ["order"] = "4711" },
            Context = new Dictionary<string, ImmutableArray<string>> { ["KMS:viaservice"] = ["s3.us-east-1.amazonaws.com"] },
        };

        Assert.Equal(AccessDecisionType.Allowed, Assert.Single(_kms.Engine.AccessSimulator.Test(question)).Decision);
        AccessTestResult byId = Assert.Single(_kms.Engine.AccessSimulator.Test(question with { KeyId = key.KeyId }));
        Assert.Equal(
            ["statement 1 of p: StringEquals kms:RequestAlias expects alias/orders; the call does not have it."],
            byId.FailedCondition.Select(static failed => failed.ToString()));
        AccessTestResult otherOrder = Assert.Single(_kms.Engine.AccessSimulator.Test(
            question with { EncryptionContext = new Dictionary<string, string> { ["order"] = "4712" } }));
        Assert.Equal(
            ["statement 1 of p: StringEquals kms:EncryptionContext:order expects 4711; the call has 4712."],
            otherOrder.FailedCondition.Select(static failed => failed.ToString()));
    }

    [Fact]
    public void Test_GrantToken_CountsForItsGrant()
    {
        KeyMetadata key = _kms.CreateKey();
        Register("alice");
        CreateGrantResponse grant = _kms.Call(
            new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = Alice, Operations = ["Decrypt", "RetireGrant"] });
        AccessQuestion question = Question(key.KeyId) with { Principal = Alice, GrantTokens = [grant.GrantToken] };

        AccessTestResult decrypt = Assert.Single(_kms.Engine.AccessSimulator.Test(question with { Operation = "Decrypt" }));
        Assert.Equal((AccessDecisionType.Allowed, "grant " + grant.GrantId, grant.GrantId), (decrypt.Decision, decrypt.Reason, decrypt.GrantId));
        Assert.Equal(
            "grantee with RetireGrant", Assert.Single(_kms.Engine.AccessSimulator.Test(question with { Operation = "RetireGrant" })).Reason);
        Assert.Equal(AccessDecisionType.ImplicitlyDenied, Test(key.KeyId, "Encrypt", Alice)[0].Decision);
    }

    [Fact]
    public void Test_SeveralPermissions_AreOneResultEach()
    {
        KeyMetadata key = _kms.CreateKey();
        Register("alice", """{"Statement":{"Effect":"Allow","Action":["kms:ReEncryptFrom","kms:UpdateAlias"],"Resource":"*"}}""");
        _kms.Alias("alias/a", key.KeyId);

        Assert.Equal(
            [("kms:ReEncryptFrom", AccessDecisionType.Allowed), ("kms:ReEncryptTo", AccessDecisionType.ImplicitlyDenied)],
            Test(key.KeyId, "ReEncrypt", Alice).Select(static result => (result.Action, result.Decision)));
        Assert.Equal(
            [("kms:ReEncryptTo", AccessDecisionType.ImplicitlyDenied)],
            Test(key.KeyId, "ReEncryptTo", Alice).Select(static result => (result.Action, result.Decision)));
        Assert.Equal(
            ["arn:aws:kms:us-east-1:111122223333:alias/a", key.Arn, key.Arn],
            Test("alias/a", "UpdateAlias", Alice).Select(static result => result.Resource));
    }

    [Theory]
    [InlineData("Encypt", Alice, "'Encypt' is not an operation of AWS KMS; use one such as Encrypt.")]
    [InlineData("Encrypt", "alice", "'alice' is not a principal; use the ARN of a user, role, session or account, user/NAME, role/NAME, or the name of a service.")]
    [InlineData("RetireGrant", Alice, "RetireGrant is about one grant: give the token of the grant.")]
    public void Test_BadQuestion_SaysWhatToDo(string operation, string principal, string message)
    {
        string keyId = _kms.CreateKey().KeyId;

        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Test(keyId, operation, principal)).Message);
    }

    [Fact]
    public void Test_KeyThatDoesNotExist_IsNotFound() => Assert.Equal(
        "NotFoundException",
        Assert.Throws<KmsException>(() => Test("1234abcd-12ab-34cd-56ef-1234567890ab", "Encrypt", Alice)).ErrorCode);

    // Whatever is left out of a request, a decision is made: for every operation, every type of key and every kind of principal.
    [Theory]
    [InlineData(Alice)]
    [InlineData(Role)]
    [InlineData("arn:aws:sts::111122223333:assumed-role/deploy/s")]
    [InlineData("arn:aws:iam::111122223333:root")]
    [InlineData("arn:aws:iam::444455556666:user/eve")]
    [InlineData("logs.us-east-1.amazonaws.com")]
    public void Test_EveryOperation_IsDecidedOn(string principal)
    {
        KeyMetadata[] keys =
        [
            _kms.CreateKey(),
            _kms.CreateKey("EXTERNAL"),
            _kms.Call(new CreateKeyRequest { KeySpec = "RSA_2048", KeyUsage = "SIGN_VERIFY" }).KeyMetadata,
            _kms.Call(new CreateKeyRequest { KeySpec = "HMAC_256", KeyUsage = "GENERATE_VERIFY_MAC" }).KeyMetadata,
            _kms.Call(new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "KEY_AGREEMENT" }).KeyMetadata,
            _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata,
        ];
        _kms.Call(new ReplicateKeyRequest { KeyId = keys[^1].KeyId, ReplicaRegion = "eu-west-1" });
        Register("alice", """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"kms:MultiRegion":"true"}}}}""");
        foreach (KeyMetadata key in keys)
        {
            _kms.Alias($"alias/{key.KeyId}", key.KeyId);
            foreach (Operation operation in OperationCatalog.All.Where(operation => operation.Name is not "RetireGrant"
                && (operation.Name is not "UpdatePrimaryRegion" || key.MultiRegion == true)))
            {
                ImmutableArray<AccessTestResult> results = Test(key.KeyId, operation.Name, principal);
                Assert.NotEmpty(results);
                Assert.All(results, static result => Assert.NotEmpty(result.Reason));
                Assert.All(results, static result => Assert.Equal(result.Decision == AccessDecisionType.Allowed, result.Message is null));
            }
        }
    }

    [Fact]
    public void List_ShowsWhoMayDoWhat()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest
        {
            Policy = """
                {"Version":"2012-10-17","Statement":[
                  {"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"},
                  {"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},"Action":"kms:Encrypt","Resource":"*"},
                  {"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/deploy"},"Action":"kms:ScheduleKeyDeletion","Resource":"*"}]}
                """,
        }).KeyMetadata;
        Register("alice", EncryptOnly);
        _kms.Engine.Principals.Create(PrincipalType.Group, "auditors", PrincipalSettings.None);
        _kms.Call(new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = "arn:aws:iam::444455556666:user/eve", Operations = ["Decrypt"] });

        ImmutableArray<KeyAccess> rows = _kms.Engine.AccessSimulator.List(Question(key.KeyId), [], []);

        Assert.Equal(
            [
                "arn:aws:iam::111122223333:role/deploy", "arn:aws:iam::111122223333:root", Alice, "arn:aws:iam::444455556666:user/eve",
                "logs.us-east-1.amazonaws.com",
            ],
            rows.Select(static row => row.Principal).Distinct().Where(static name => name != Local));
        Assert.Equal(
            [("key policy: account + identity-based policy", SymmetricKeyOperations.Length)],
            rows.Where(static row => row.Principal == Local).Select(static row => (row.Reason, row.Operation.Length)));
        Assert.Equal(
            [(AccessDecisionType.Allowed, "key policy: account + identity-based policy", "Encrypt"), (AccessDecisionType.ImplicitlyDenied, "no identity-based policy", "")],
            rows.Where(static row => row.Principal == Alice)
                .Select(static row => (row.Decision, row.Reason, row.Operation.Length == 1 ? row.Operation[0] : "")));
        Assert.Equal(
            ["ScheduleKeyDeletion"],
            rows.Single(static row => row is { Principal: Role, Decision: AccessDecisionType.ExplicitlyDenied }).Operation);
        KeyAccess root = Assert.Single(rows, static row => row.Principal == "arn:aws:iam::111122223333:root");
        Assert.True(root.IsEverything);
        Assert.Equal(SymmetricKeyOperations, root.Operation);
        Assert.Equal(
            ["Decrypt"],
            rows.Single(static row => row is { Principal: "arn:aws:iam::444455556666:user/eve", Decision: AccessDecisionType.Allowed }).Operation);
    }

    [Fact]
    public void List_SaysOnWhatItDepends()
    {
        string keyId = _kms.CreateKey().KeyId;
        Register("alice", """
            {"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:order":"4711"}}}}
            """);

        KeyAccess row = Assert.Single(_kms.Engine.AccessSimulator.List(Question(keyId), [Alice], ["Decrypt"]));

        Assert.Equal((AccessDecisionType.ImplicitlyDenied, "Decrypt"), (row.Decision, Assert.Single(row.Operation)));
        Assert.Equal(["kms:EncryptionContext:order"], row.DependsOn);
    }

    [Fact]
    public void TestCustom_RandomRequests_AgreesWithTheOtherImplementation()
    {
        List<string> different = [];
        int count = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "authorization-random.jsonl")))
        {
            JsonElement json = JsonElement.Parse(line);
            AccessTestResult result = AccessSimulator.Test(new CustomAccessQuestion
            {
                Principal = json.GetProperty("principal").GetString()!,
                Action = json.GetProperty("action").GetString()!,
                Resource = json.GetProperty("resource").GetString()!,
                ResourceAccount = AccountId.Parse(json.GetProperty("resourceAccount").GetString()),
                KeyPolicy = json.GetProperty("keyPolicy").GetRawText(),
                IdentityPolicies = [.. json.GetProperty("identityPolicies").EnumerateArray().Select(static policy => policy.GetRawText())],
                PermissionsBoundary = json.TryGetProperty("permissionsBoundary", out JsonElement boundary) ? boundary[0].GetRawText() : null,
                Context = json.GetProperty("context").EnumerateObject().ToDictionary(
                    static key => key.Name, static key => RandomDecisionTests.Values(key.Value)),
            });
            count++;
            if (result.Decision.ToString() != json.GetProperty("expect").GetString())
            {
                different.Add(string.Create(CultureInfo.InvariantCulture, $"{json.GetProperty("id")}: {result.Decision}, {result.Reason}"));
            }
        }

        Assert.Empty(different);
        Assert.Equal(1_500, count);
    }

    [Fact]
    public void TestCustom_NeedsNothingThatIsNotGiven()
    {
        CustomAccessQuestion question = new()
        {
            Principal = Alice,
            Action = "Encrypt",
            Resource = Authorization.Question.KeyArn,
            IdentityPolicies = [EncryptOnly],
        };

        Assert.Equal("key policy: account + identity-based policy", AccessSimulator.Test(question).Reason);
        Assert.Equal("no identity-based policy", AccessSimulator.Test(question with { Action = "kms:decrypt" }).Reason);
        Assert.Equal(
            "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Decrypt on resource: "
                + "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab because no identity-based policy allows the "
                + "kms:Decrypt action",
            AccessSimulator.Test(question with { Action = "kms:decrypt" }).Message);
        Assert.Equal("identity-based policy", AccessSimulator.Test(question with
        {
            Action = "kms:ListKeys",
            Resource = "*",
            IdentityPolicies = ["""{"Statement":{"Effect":"Allow","Action":"kms:List*","Resource":"*"}}"""],
        }).Reason);
        Assert.Equal("no permissions boundary", AccessSimulator.Test(question with
        {
            PermissionsBoundary = """{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}""",
        }).Reason);
        Assert.Equal("service control policy (implicit)", AccessSimulator.Test(question with
        {
            ServiceControlPolicies = [[EncryptOnly], ["""{"Statement":[]}"""]],
        }).Reason);
        Assert.Equal("explicit deny: resource control policy", AccessSimulator.Test(question with
        {
            ResourceControlPolicies = ["""{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}"""],
        }).Reason);
    }

    [Theory]
    [InlineData("2026-01-01T00:00:00Z", false)]
    [InlineData("2025-12-31T23:59:59Z", true)]
    public void TestCustom_Time_IsThatOfTheCall(string time, bool isAllowed)
    {
        CustomAccessQuestion question = new()
        {
            Principal = Alice,
            Action = "kms:Encrypt",
            Resource = Authorization.Question.KeyArn,
            IdentityPolicies =
            [
                """
                {"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{
                  "DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"},"NumericLessThan":{"aws:EpochTime":"1767225600"}}}}
                """,
            ],
        };

        Assert.Equal(AccessDecisionType.ImplicitlyDenied, AccessSimulator.Test(question).Decision);
        Assert.Equal(
            isAllowed ? AccessDecisionType.Allowed : AccessDecisionType.ImplicitlyDenied,
            AccessSimulator.Test(question with { Time = DateTimeOffset.Parse(time, CultureInfo.InvariantCulture) }).Decision);
    }

    [Theory]
    [InlineData("kms:Encypt", Alice, "'kms:Encypt' is not an action of AWS KMS; use one such as kms:Encrypt or kms:ReEncryptFrom.")]
    [InlineData("s3:GetObject", Alice, "'s3:GetObject' is not an action of AWS KMS; use one such as kms:Encrypt or kms:ReEncryptFrom.")]
    [InlineData("kms:Encrypt", "alice", "'alice' is not a principal; use the ARN of a user, role, session or account, or the name of a service.")]
    [InlineData("kms:Encrypt", "s3.amazonaws.com", "The account of the resource is not known: give the ARN of the resource, or its account.")]
    public void TestCustom_BadQuestion_SaysWhatToDo(string action, string principal, string message) => Assert.Equal(
        message,
        Assert.Throws<ArgumentException>(() => AccessSimulator.Test(new CustomAccessQuestion { Principal = principal, Action = action })).Message);

    private static AccessQuestion Question(string keyId) => new() { KeyId = keyId, Operation = "", Principal = "" };

    private ImmutableArray<AccessTestResult> Test(string keyId, string operation, string principal) =>
        _kms.Engine.AccessSimulator.Test(Question(keyId) with { Operation = operation, Principal = principal });

    private void Register(string name, string? policy = null) => _kms.Engine.Principals.Create(
        PrincipalType.User,
        name,
        PrincipalSettings.None with { Policies = policy is null ? null : new Dictionary<string, string> { ["p"] = policy } });
}
