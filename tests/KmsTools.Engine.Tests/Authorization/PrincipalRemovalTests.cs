using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>What becomes of a principal's references when it is removed.</summary>
public sealed class PrincipalRemovalTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Deploy = "arn:aws:iam::111122223333:role/ops/deploy";
    private const string Read = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}""";

    private readonly KmsFixture _kms = new();

    private PrincipalRegistry Registry => _kms.Engine.Principals;

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Remove_UserWithAccessKeysPoliciesAndGroups_IsRefusedLikeIam()
    {
        Registry.Create(PrincipalType.Group, "admins", PrincipalSettings.None);
        Registry.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Policies = new Dictionary<string, string> { ["read"] = Read },
            Groups = ["admins"],
        });
        string accessKeyId = _kms.Engine.AccessKeys.Create(Alice).AccessKeyId;
        _kms.Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/alice2");

        Conflicts(() => Registry.Remove(PrincipalType.User, "alice"), "Cannot delete entity, must delete access keys first.");
        Assert.Equal([accessKeyId], Registry.FindUses(PrincipalType.User, "alice").AccessKeyIds);
        _kms.Engine.AccessKeys.Remove(accessKeyId);
        Conflicts(() => Registry.Remove(PrincipalType.User, "alice"), "Cannot delete entity, must delete policies first.");
        Registry.RemovePolicy(PrincipalType.User, "alice", "read");
        Conflicts(() => Registry.Remove(PrincipalType.User, "alice"), "Cannot delete entity, must remove users from group first.");
        Conflicts(() => Registry.Remove(PrincipalType.Group, "admins"), "Cannot delete entity, must remove users from group first.");
        Registry.Change(PrincipalType.User, "alice", new PrincipalSettings { Groups = [] });
        Registry.Remove(PrincipalType.User, "alice");
        Registry.Remove(PrincipalType.Group, "admins");
        Assert.Empty(Registry.List());
        Assert.Single(_kms.Engine.AccessKeys.List());
    }

    [Fact]
    public void Remove_Forced_TakesAccessKeysAndMembershipsWithIt()
    {
        Registry.Create(
            PrincipalType.Group, "admins", new PrincipalSettings { Policies = new Dictionary<string, string> { ["read"] = Read } });
        Registry.Create(PrincipalType.Group, "users", PrincipalSettings.None);
        Registry.Create(PrincipalType.User, "alice", new PrincipalSettings { Groups = ["admins", "users"] });
        Registry.Create(PrincipalType.Role, "deploy", new PrincipalSettings { Path = "/ops/", TrustPolicy = Trusting(Alice) });
        string session = _kms.Engine.AccessKeys.Create("arn:aws:sts::111122223333:assumed-role/deploy/ci").AccessKeyId;
        string role = _kms.Engine.AccessKeys.Create(Deploy).AccessKeyId;
        _kms.Engine.AccessKeys.Create(Alice);

        Assert.Equal(["alice"], Registry.Remove(PrincipalType.Group, "ADMINS", force: true).Members);
        Assert.Equal(["users"], Registry.Find(PrincipalType.User, "alice")!.Groups.ToArray());
        Assert.Equal(
            new[] { session, role }.Order(StringComparer.Ordinal), Registry.Remove(PrincipalType.Role, "deploy", force: true).AccessKeyIds);
        Assert.Equal(Alice, Assert.Single(_kms.Engine.AccessKeys.List()).PrincipalArn);
    }

    [Fact]
    public void Remove_NamedInPolicies_IsItsUniqueIdThere()
    {
        Principal alice = Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        Registry.Create(PrincipalType.Role, "deploy", new PrincipalSettings { TrustPolicy = Trusting(Alice) });
        string inUsEast = NewKey(null, KeyPolicyNaming(Alice));
        string inEuWest = NewKey("eu-west-1", KeyPolicyNaming(Alice.Replace("/", "\\/", StringComparison.Ordinal)));
        string other = NewKey(null, KeyPolicyNaming("arn:aws:iam::111122223333:user/alice2"));

        PrincipalUses uses = Registry.FindUses(PrincipalType.User, "alice");
        Assert.Equal(
            new[] { $"arn:aws:kms:us-east-1:111122223333:key/{inUsEast}", $"arn:aws:kms:eu-west-1:111122223333:key/{inEuWest}" }.Order(),
            uses.KeyArns.Order());
        Assert.Equal(["deploy"], uses.Roles.ToArray());
        Registry.Remove(PrincipalType.User, "alice");

        Assert.Equal(KeyPolicyNaming(alice.UniqueId), PolicyOf(inUsEast, null));
        Assert.Equal(KeyPolicyNaming(alice.UniqueId), PolicyOf(inEuWest, "eu-west-1"));
        Assert.Equal(KeyPolicyNaming("arn:aws:iam::111122223333:user/alice2"), PolicyOf(other, null));
        Assert.Equal(Trusting(alice.UniqueId), Registry.Find(PrincipalType.Role, "deploy")!.TrustPolicy);

        Principal again = Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        Assert.NotEqual(alice.UniqueId, again.UniqueId);
        Assert.Empty(Registry.FindUses(PrincipalType.User, "alice").KeyArns);
    }

    [Fact]
    public void Remove_GranteeOrRetiringPrincipal_IsItsUniqueIdThere()
    {
        Principal alice = Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        string keyId = NewKey("eu-west-1", null);
        const string other = "arn:aws:iam::111122223333:user/bob";
        string toAlice = NewGrant(keyId, Alice, other);
        string byAlice = NewGrant(keyId, other, Alice);
        string toOther = NewGrant(keyId, other, null);

        Assert.Equal(2, Registry.Remove(PrincipalType.User, "alice").Grants);

        Dictionary<string, GrantListEntry> grants = _kms.Call(new ListGrantsRequest { KeyId = keyId }, "eu-west-1").Grants
            .ToDictionary(static grant => grant.GrantId);
        Assert.Equal((alice.UniqueId, other), (grants[toAlice].GranteePrincipal, grants[toAlice].RetiringPrincipal));
        Assert.Equal((other, alice.UniqueId), (grants[byAlice].GranteePrincipal, grants[byAlice].RetiringPrincipal));
        Assert.Equal(other, grants[toOther].GranteePrincipal);
    }

    [Fact]
    public void Remove_Event_TellsWhatWentWithIt()
    {
        Principal alice = Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        string accessKeyId = _kms.Engine.AccessKeys.Create(Alice).AccessKeyId;
        NewKey(null, KeyPolicyNaming(Alice));
        Registry.Remove(PrincipalType.User, "alice", force: true);

        AuditEvent left = _kms.Engine.FindEvents(new EventQuery { EventName = "RemovePrincipal" }).Single();
        Assert.Equal(("alice", "true"), (left.RequestParameters!["userName"], left.RequestParameters["force"]));
        Assert.Equal(
            [
                ("accessKeyIds", accessKeyId), ("grants", "0"), ("keyPolicies", "1"), ("principalArn", Alice), ("trustPolicies", "0"),
                ("uniqueId", alice.UniqueId),
            ],
            left.AdditionalEventData!.Select(static pair => (pair.Key, $"{pair.Value}")).Order());
    }

    private string NewKey(string? region, string? policy) => _kms.Call(
        new CreateKeyRequest { Policy = policy, BypassPolicyLockoutSafetyCheck = policy is null ? null : true }, region).KeyMetadata.KeyId;

    private string PolicyOf(string keyId, string? region) =>
        _kms.Engine.OpenReader().FindKey(region ?? "us-east-1", keyId)!.Policy;

    private string NewGrant(string keyId, string grantee, string? retiring) => _kms.Call(
        new CreateGrantRequest { KeyId = keyId, GranteePrincipal = grantee, RetiringPrincipal = retiring, Operations = ["Decrypt"] },
        "eu-west-1").GrantId;

    private static string KeyPolicyNaming(string principal) => $$"""
        { "Statement": [
          { "Sid": "é", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*" },
          { "Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "{{principal}}"]},
            "Action": "kms:Sign", "Resource": "{{Alice}}" } ] }
        """;

    private static string Trusting(string principal) =>
        $$$"""{"Statement":{"Effect":"Allow","Principal":{"AWS":"{{{principal}}}"},"Action":"sts:AssumeRole"}}""";

    private static void Conflicts(Action act, string message)
    {
        KmsException error = Assert.Throws<KmsException>(act);
        Assert.Equal(("DeleteConflict", message), (error.ErrorCode, error.Message));
    }
}
