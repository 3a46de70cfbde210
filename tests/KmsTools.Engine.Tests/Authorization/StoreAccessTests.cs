using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Authorization;

/// <summary>What a store says about access is read and compiled once until it changes.</summary>
public sealed class StoreAccessTests : IDisposable
{
    private const string Read = """{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}""";
    private const string Trust = """{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}""";
    private const string Deny = """{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}""";

    private readonly KmsFixture _kms = new();
    private readonly StoreAccessCache _cache = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Read_UnchangedPrincipals_IsTheSameInBothLanes()
    {
        _kms.Engine.Principals.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        StoreAccess first = ReadAccess();
        _kms.CreateKey();
        Assert.Same(first, ReadAccess());
        using (IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            Assert.Same(first, _cache.Read(transaction));
        }

        _kms.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
        StoreAccess second = ReadAccess();
        Assert.Equal(["alice", "bob"], second.Principals.Select(static principal => principal.Name));
        _kms.Engine.Authorization.Set(AuthorizationMode.Off);
        Assert.Equal((AuthorizationMode.Enforce, AuthorizationMode.Off), (second.Settings.Mode, ReadAccess().Settings.Mode));
    }

    [Theory]
    [InlineData("arn:aws:iam::111122223333:user/ops/alice", "user")]
    [InlineData("arn:aws:iam::111122223333:user/ALICE", "user")]
    [InlineData("arn:aws:sts::111122223333:federated-user/alice", "user")]
    [InlineData("arn:aws:iam::111122223333:role/Alice", "role")]
    [InlineData("arn:aws:sts::111122223333:assumed-role/alice/session", "role")]
    [InlineData("arn:aws:iam::111122223333:user/alice2", null)]
    [InlineData("arn:aws:iam::111122223333:root", null)]
    public void Find_Arn_IsThatOfTheUserOrOfTheRoleOfTheSession(string arn, string? description)
    {
        foreach (PrincipalType type in new[] { PrincipalType.User, PrincipalType.Role, PrincipalType.Group })
        {
            _kms.Engine.Principals.Create(
                type, "alice", new PrincipalSettings { Path = "/ops/", TrustPolicy = type == PrincipalType.Role ? Trust : null });
        }

        Assert.True(PrincipalArn.TryParse(arn, out PrincipalArn? parsed));
        Assert.Equal(description, ReadAccess().Find(parsed)?.Type.ToString().ToLowerInvariant());
    }

    [Fact]
    public void PoliciesOf_User_HasThoseOfItsGroupsToo()
    {
        _kms.Engine.Principals.Create(PrincipalType.Group, "admins", PrincipalSettings.None);
        _kms.Engine.Principals.PutPolicy(PrincipalType.Group, "admins", "all", Read);
        Principal alice = _kms.Engine.Principals.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Groups = ["admins"],
            Policies = new Dictionary<string, string> { ["own"] = Read },
            PermissionsBoundary = Read,
        });
        Principal role = _kms.Engine.Principals.Create(PrincipalType.Role, "deploy", new PrincipalSettings { TrustPolicy = Trust });

        StoreAccess access = ReadAccess();
        PrincipalPolicies policies = access.PoliciesOf(alice);
        Assert.Equal(["own", "admins/all"], policies.Identity.Select(static policy => policy.Name));
        Assert.Equal((PolicyKind.PermissionsBoundary, null), (policies.Boundary!.Kind, policies.Trust));
        Assert.Same(policies, access.PoliciesOf(access.Find(PrincipalType.User, "ALICE")!));
        Assert.Equal(PolicyForm.Trust, access.PoliciesOf(role).Trust!.Form);
    }

    [Fact]
    public void Guardrails_AreCompiledLevelByLevel()
    {
        Assert.True(ReadAccess().ServiceControlPolicies.IsDefault);
        Assert.Empty(ReadAccess().ResourceControlPolicies);
        _kms.Engine.Authorization.Set(serviceControlPolicies: [[Read], [Read, Read]], resourceControlPolicies: [Deny, Deny]);

        StoreAccess access = ReadAccess();
        Assert.Equal(
            [["1.1"], ["2.1", "2.2"]],
            access.ServiceControlPolicies.Select(static level => level.Select(static policy => policy.Name).ToArray()));
        Assert.Equal(["1", "2"], access.ResourceControlPolicies.Select(static policy => policy.Name));
    }

    private StoreAccess ReadAccess()
    {
        using IStateReader state = _kms.Engine.OpenReader();
        return _cache.Read(state);
    }
}
