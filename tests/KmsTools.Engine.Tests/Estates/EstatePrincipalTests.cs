using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Users, roles, groups and the authorization of a store as parts of an estate.</summary>
public sealed class EstatePrincipalTests : IDisposable
{
    private const string Read = """{"Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}""";
    private const string Trust = """{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}""";
    private const string Deny = """{"Statement":{"Effect":"Deny","Principal":"*","Action":"kms:Sign","Resource":"*"}}""";

    private static readonly EstatePrincipal Alice = new()
    {
        Position = new(3, 5),
        Type = PrincipalType.User,
        Name = At("alice", 3),
        Path = At("/ops/", 4),
        Groups = [At("admins", 5)],
        Policies = [new EstatePolicy("read", At(Read, 6))],
        PermissionsBoundary = At(Read, 7),
        Tags = [new EstateTag(new(8, 5), "team", "blue")],
    };

    private static readonly EstatePrincipal Deploy = new()
    {
        Position = new(10, 5),
        Type = PrincipalType.Role,
        Name = At("deploy", 10),
        TrustPolicy = At(Trust, 11),
        MaxSessionDuration = At(7200, 12),
    };

    private static readonly EstatePrincipal Admins = new() { Position = new(20, 5), Type = PrincipalType.Group, Name = At("admins", 20) };

    private static readonly EstateAuthorization Guarded = new()
    {
        Position = new(30, 1),
        Mode = At(AuthorizationMode.Record, 31),
        DirectUseOfAwsManagedKeys = At(true, 32),
        ServiceControlPolicies = [[At(Read, 33)], [At(Read, 34), At(Read, 35)]],
        ResourceControlPolicies = [At(Deny, 36)],
    };

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Import_NewStore_MakesGroupsFirstAndAuthorizationLast()
    {
        EstateResult[] results = Import(new Estate { Principals = [Alice, Deploy, Admins], Authorization = Guarded });

        Assert.Equal(
            [
                (EstateKind.Principal, "admins", EstateAction.Created, "Create the group"),
                (EstateKind.Principal, "alice", EstateAction.Created, "Create the user"),
                (EstateKind.Principal, "deploy", EstateAction.Created, "Create the role"),
                (EstateKind.Authorization, "authorization", EstateAction.Updated,
                    "Change the authorization: mode Record, direct use of AWS managed keys, service control policies, resource control policies"),
            ],
            results.Select(static result => (result.Kind, result.Name, result.Action, result.Description)));
        Principal alice = _kms.Engine.Principals.Find(PrincipalType.User, "alice")!;
        Assert.Equal(("arn:aws:iam::111122223333:user/ops/alice", Read), (alice.Arn, alice.PermissionsBoundary));
        Assert.Equal(["admins"], alice.Groups.ToArray());
        Assert.Equal([new KeyTag("team", "blue")], alice.Tags.ToArray());
        Assert.Equal([KeyValuePair.Create("read", Read)], alice.Policies.ToArray());
        Principal deploy = _kms.Engine.Principals.Find(PrincipalType.Role, "deploy")!;
        Assert.Equal((Trust, 7200), (deploy.TrustPolicy, deploy.MaxSessionDuration));
        AuthorizationSettings settings = _kms.Engine.Authorization.Read();
        Assert.Equal((AuthorizationMode.Record, true), (settings.Mode, settings.DirectUseOfAwsManagedKeys));
        Assert.Equal([1, 2], settings.ServiceControlPolicies.Select(static level => level.Length));
        Assert.Equal([Deny], settings.ResourceControlPolicies.ToArray());
    }

    [Fact]
    public void Import_SecondTime_ChangesAndRecordsNothing()
    {
        Estate estate = new() { Principals = [Alice, Deploy, Admins], Authorization = Guarded };
        Import(estate);
        int events = _kms.Engine.FindEvents(new EventQuery()).Count();

        // Neither white space nor the case of names makes a difference.
        EstatePrincipal spelled = Alice with
        {
            Name = At("ALICE", 3),
            Groups = [At("Admins", 5)],
            Policies = [new EstatePolicy("read", At(" " + Read, 6))],
        };
        EstateResult[] results = Import(estate with { Principals = [spelled, Deploy, Admins] });
        Assert.All(results, static result => Assert.Equal((EstateAction.Unchanged, "Nothing to do"), (result.Action, result.Description)));
        Assert.Equal(events, _kms.Engine.FindEvents(new EventQuery()).Count());
    }

    public static TheoryData<EstatePrincipal, string> Changes => new()
    {
        { Alice with { Policies = [new EstatePolicy("sign", At(Read, 6))] }, "Change the user: policy sign" },
        { Alice with { Policies = [new EstatePolicy("read", At(Read.Replace("Decrypt", "Sign"), 6))] }, "Change the user: policy read" },
        { Alice with { PermissionsBoundary = At(Read.Replace("Decrypt", "Sign"), 6) }, "Change the user: permissions boundary" },
        { Alice with { Groups = [At("users", 5)] }, "Change the user: groups" },
        { Alice with { Tags = [new EstateTag(default, "team", "red")] }, "Change the user: tags" },
        { Alice with { Tags = [new EstateTag(default, "Team", "red")] }, null! },
        { Deploy with { TrustPolicy = At(Trust.Replace("*", "111122223333"), 6) }, "Change the role: trust policy" },
        { Deploy with { MaxSessionDuration = At(43200, 6) }, "Change the role: maximum session duration" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Import_Difference_IsAddedAndTheRestIsKept(EstatePrincipal wanted, string? description)
    {
        EstatePrincipal users = Admins with { Name = At("users", 21) };
        Import(new Estate { Principals = [Alice, Deploy, Admins, users] });
        if (description is null)
        {
            Assert.Equal(
                "ValidationError: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                Assert.Single(Refused(new Estate { Principals = [wanted] }).Errors).Message);
            return;
        }

        EstateResult result = Assert.Single(Import(new Estate { Principals = [wanted] }));
        Assert.Equal((EstateAction.Updated, description), (result.Action, result.Description));
        Principal alice = _kms.Engine.Principals.Find(PrincipalType.User, "alice")!;
        Assert.Contains("admins", alice.Groups);
        Assert.Contains("read", alice.Policies.Keys);
        Assert.Single(alice.Tags);
        Assert.Equal(EstateAction.Unchanged, Assert.Single(Import(new Estate { Principals = [wanted] })).Action);
    }

    [Fact]
    public void Import_MembersThatAreNotGiven_AreKept()
    {
        Import(new Estate { Principals = [Alice, Admins], Authorization = Guarded });
        EstateAuthorization authorization = new() { Position = new(30, 1), Mode = At(AuthorizationMode.Off, 31) };
        EstatePrincipal named = new() { Position = new(3, 5), Type = PrincipalType.User, Name = At("alice", 3) };
        Assert.Equal(
            ["Nothing to do", "Change the authorization: mode Off"],
            Import(new Estate { Principals = [named], Authorization = authorization }).Select(static result => result.Description));
        AuthorizationSettings settings = _kms.Engine.Authorization.Read();
        Assert.Equal(
            (AuthorizationMode.Off, true, 2),
            (settings.Mode, settings.DirectUseOfAwsManagedKeys, settings.ServiceControlPolicies.Length));
        Import(new Estate { Authorization = new EstateAuthorization { ServiceControlPolicies = [] } });
        Assert.Empty(_kms.Engine.Authorization.Read().ServiceControlPolicies);
    }

    public static TheoryData<Estate, int, string> Refusals => new()
    {
        { new Estate { Principals = [Alice] }, 3, "NoSuchEntity: The group with name admins cannot be found." },
        { new Estate { Principals = [Deploy with { TrustPolicy = null }] }, 10, "ValidationError: A role needs a trust policy." },
        {
            new Estate { Principals = [Admins with { MaxSessionDuration = At(3600, 9) }] }, 9,
            "ValidationError: Only roles have a maximum session duration."
        },
        {
            new Estate { Principals = [Deploy with { MaxSessionDuration = At(3599, 9) }] }, 10,
            "ValidationError: The maximum session duration of a role is 3600 to 43200 seconds, not 3599."
        },
        {
            new Estate { Principals = [Admins with { Policies = [new EstatePolicy("x", At("{", 9))] }] }, 9,
            "MalformedPolicyDocumentException: The identity policy is not a valid JSON document."
        },
        {
            new Estate { Principals = [Deploy with { TrustPolicy = At(Read, 9) }] }, 9,
            "MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals."
        },
        { new Estate { Principals = [Admins with { Name = At("a b", 9) }] }, 9, "ValidationError: The specified value for name is invalid. It must "
            + "contain only alphanumeric characters and/or the following: +=,.@_-" },
        {
            new Estate { Principals = [Admins, Admins with { Name = At("ADMINS", 25) }] }, 25,
            "This principal is described already, in line 20."
        },
        {
            new Estate { Authorization = new EstateAuthorization { ResourceControlPolicies = [At(Read, 9)] } }, 9,
            "MalformedPolicyDocumentException: The Effect of a statement of the resource control policy must be Deny."
        },
        {
            new Estate { Authorization = new EstateAuthorization { ServiceControlPolicies = [[At(Read, 8), At(Trust, 9)]] } }, 9,
            "MalformedPolicyDocumentException: Policy document should not specify a principal."
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Import_WhatIsWrong_IsToldWithItsLine(Estate estate, int line, string message)
    {
        EstateError error = Assert.Single(Refused(estate).Errors);
        Assert.Equal((line, message), (error.Position.Line, error.Message));
        Assert.Empty(_kms.Engine.Principals.List());
    }

    [Fact]
    public void Import_OtherPath_IsRefused()
    {
        Import(new Estate { Principals = [Alice, Admins] });
        EstateError error = Assert.Single(Refused(new Estate { Principals = [Alice with { Path = At("/", 4) }] }).Errors);
        Assert.Equal(
            (4, "The path of alice is /ops/. It is part of the ARN and does not change."), (error.Position.Line, error.Message));
    }

    [Fact]
    public void Export_OfAnImport_IsTheSameEstate()
    {
        Import(new Estate { Principals = [Alice, Deploy, Admins], Authorization = Guarded });
        Estate exported = EstateExport.Read(_kms.Engine);
        using KmsFixture other = new(isNew: true);
        Import(other.Engine, exported);
        Estate again = EstateExport.Read(other.Engine);

        Assert.Equal(Describe(exported), Describe(again));
        Assert.Equal(
            ["Group admins", "Role deploy", "User alice"],
            exported.Principals.Select(static principal => $"{principal.Type} {principal.Name}"));
        Assert.Equal(AuthorizationMode.Record, exported.Authorization!.Mode!.Value);
    }

    [Fact]
    public void Export_OfANewStore_HasNoAuthorization()
    {
        using Estate exported = EstateExport.Read(_kms.Engine);
        Assert.Null(exported.Authorization);
        Assert.Empty(exported.Principals);
    }

    private static string[] Describe(Estate estate) =>
    [
        .. estate.Principals.Select(static principal => string.Join('|', [
            $"{principal.Type}", $"{principal.Name}", $"{principal.Path}", string.Join(',', principal.Groups), $"{principal.TrustPolicy}",
            $"{principal.MaxSessionDuration}",
            string.Join(',', principal.Policies.Select(static policy => $"{policy.Name}={policy.Document}")),
            $"{principal.PermissionsBoundary}", string.Join(',', principal.Tags.Select(static tag => $"{tag.Key}={tag.Value}")),
        ])),
        $"{estate.Authorization!.Mode} {estate.Authorization.DirectUseOfAwsManagedKeys}",
        .. estate.Authorization.ServiceControlPolicies!.Select(static level => string.Join('|', level)),
        .. estate.Authorization.ResourceControlPolicies!.Select(static policy => policy.Value),
    ];

    private EstateResult[] Import(Estate estate) => Import(_kms.Engine, estate);

    private static EstateResult[] Import(KmsEngine engine, Estate estate)
    {
        using EstateImport import = EstateImport.Prepare(engine, estate);
        return [.. import.Changes.Select(change => import.Apply(change))];
    }

    private EstateException Refused(Estate estate) => Assert.Throws<EstateException>(() => EstateImport.Prepare(_kms.Engine, estate));

    private static Located<T> At<T>(T value, int line) => new(value, new SourcePosition(line, 5));
}
