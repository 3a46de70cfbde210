using System.Text.RegularExpressions;
using KmsTools.Authorization;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>Users, roles and groups, and what IAM accepts as such.</summary>
public sealed class PrincipalRegistryTests : IDisposable
{
    private const string Read = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}""";
    private const string Trust =
        """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}""";

    private readonly KmsFixture _kms = new();

    private PrincipalRegistry Registry => _kms.Engine.Principals;

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(PrincipalType.User, "^AIDA[A-Z2-7]{17}$", "arn:aws:iam::111122223333:user/ops/a+b=c,d.e@f_g-1")]
    [InlineData(PrincipalType.Role, "^AROA[A-Z2-7]{17}$", "arn:aws:iam::111122223333:role/ops/a+b=c,d.e@f_g-1")]
    [InlineData(PrincipalType.Group, "^AGPA[A-Z2-7]{17}$", "arn:aws:iam::111122223333:group/ops/a+b=c,d.e@f_g-1")]
    public void Create_EveryType_HasItsIdAndArn(PrincipalType type, string uniqueId, string arn)
    {
        Principal principal = Registry.Create(type, "a+b=c,d.e@f_g-1", Settings(type) with { Path = "/ops/" });

        Assert.Equal(arn, principal.Arn);
        Assert.Matches(new Regex(uniqueId), principal.UniqueId);
        Assert.Equal(KmsFixture.Start, principal.CreationDate);
        Assert.Equal(principal.UniqueId, Registry.Find(type, "A+B=C,D.E@F_G-1")!.UniqueId);
        Assert.Equal(principal.UniqueId, Assert.Single(Registry.List()).UniqueId);
    }

    [Fact]
    public void Create_EverySetting_IsKept()
    {
        Registry.Create(PrincipalType.Group, "Admins", PrincipalSettings.None);
        Registry.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Tags = [new KeyTag("team", "blue")],
            Policies = new Dictionary<string, string> { ["read"] = Read },
            PermissionsBoundary = Read,
            Groups = ["admins", "ADMINS"],
        });
        Registry.Create(PrincipalType.Role, "deploy", new PrincipalSettings { TrustPolicy = Trust, MaxSessionDuration = 43200 });
        _kms.Reopen();

        Principal alice = Registry.Find(PrincipalType.User, "alice")!;
        Assert.Equal([new KeyTag("team", "blue")], alice.Tags.ToArray());
        Assert.Equal([KeyValuePair.Create("read", Read)], alice.Policies.ToArray());
        Assert.Equal((Read, 3600, null), (alice.PermissionsBoundary, alice.MaxSessionDuration, alice.TrustPolicy));
        Assert.Equal(["Admins"], alice.Groups.ToArray());
        Principal deploy = Registry.Find(PrincipalType.Role, "deploy")!;
        Assert.Equal((Trust, 43200), (deploy.TrustPolicy, deploy.MaxSessionDuration));
    }

    [Theory]
    [InlineData(PrincipalType.User, 64)]
    [InlineData(PrincipalType.Role, 64)]
    [InlineData(PrincipalType.Group, 128)]
    public void Create_Name_HasAtMostSoManyCharacters(PrincipalType type, int max)
    {
        Registry.Create(type, new string('n', max), Settings(type));
        Refuses(
            () => Registry.Create(type, new string('n', max + 1), Settings(type)),
            "ValidationError",
            $"The {type.ToString().ToLowerInvariant()}Name must have 1 to {max} characters, not {max + 1}.");
        Refuses(
            () => Registry.Create(type, "", Settings(type)),
            "ValidationError",
            $"The {type.ToString().ToLowerInvariant()}Name must have 1 to {max} characters, not 0.");
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    [InlineData("a*")]
    [InlineData("a:b")]
    public void Create_NameWithOtherCharacters_IsRefused(string name) => Refuses(
        () => Registry.Create(PrincipalType.User, name, PrincipalSettings.None),
        "ValidationError",
        "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-");

    [Theory]
    [InlineData(PrincipalType.User, "User with name Alice already exists.")]
    [InlineData(PrincipalType.Role, "Role with name Alice already exists.")]
    [InlineData(PrincipalType.Group, "Group with name Alice already exists.")]
    public void Create_NameTakenInOtherCase_IsRefused(PrincipalType type, string message)
    {
        Registry.Create(type, "Alice", Settings(type));
        Refuses(() => Registry.Create(type, "aLICE", Settings(type) with { Path = "/other/" }), "EntityAlreadyExists", message);
        Assert.Single(Registry.List());
    }

    [Fact]
    public void Create_SameNameOfOtherTypes_AreThreePrincipals()
    {
        Registry.Create(PrincipalType.User, "x", Settings(PrincipalType.User));
        Registry.Create(PrincipalType.Role, "x", Settings(PrincipalType.Role));
        Registry.Create(PrincipalType.Group, "x", Settings(PrincipalType.Group));
        Assert.Equal(3, Registry.List().Length);
    }

    [Theory]
    [InlineData("/a/", true)]
    [InlineData("/a/b.c/", true)]
    [InlineData("a/", false)]
    [InlineData("/a", false)]
    [InlineData("//", false)]
    [InlineData("/a//b/", false)]
    [InlineData("/a b/", false)]
    [InlineData("", false)]
    public void Create_Path_BeginsAndEndsWithASlash(string path, bool isValid)
    {
        if (isValid)
        {
            Assert.Equal(path, Registry.Create(PrincipalType.User, "alice", new PrincipalSettings { Path = path }).Path);
        }
        else
        {
            Assert.Equal(
                "ValidationError",
                Refused(() => Registry.Create(PrincipalType.User, "alice", new PrincipalSettings { Path = path })));
        }
    }

    [Fact]
    public void Create_Path_HasAtMost512Characters()
    {
        Registry.Create(PrincipalType.User, "a", new PrincipalSettings { Path = $"/{new string('p', 510)}/" });
        Assert.Equal(
            "ValidationError",
            Refused(() => Registry.Create(PrincipalType.User, "b", new PrincipalSettings { Path = $"/{new string('p', 511)}/" })));
    }

    [Theory]
    [InlineData(PrincipalType.User, 2048)]
    [InlineData(PrincipalType.Role, 10240)]
    [InlineData(PrincipalType.Group, 5120)]
    public void Create_Policies_HaveSoManyCharactersTogetherWithoutWhiteSpace(PrincipalType type, int max)
    {
        string half = PolicyOfSize(max / 2, whiteSpace: 5000);
        PrincipalSettings fits = Settings(type) with { Policies = new Dictionary<string, string> { ["a"] = half, ["b"] = half } };
        Registry.Create(type, "fits", fits);
        PrincipalSettings exceeds = Settings(type) with
        {
            Policies = new Dictionary<string, string> { ["a"] = half, ["b"] = PolicyOfSize((max / 2) + 1, whiteSpace: 0) },
        };
        Refuses(
            () => Registry.Create(type, "more", exceeds),
            "LimitExceeded",
            $"Maximum policy size of {max} bytes exceeded for {type.ToString().ToLowerInvariant()} more");
        Refuses(
            () => Registry.PutPolicy(type, "fits", "c", Read),
            "LimitExceeded",
            $"Maximum policy size of {max} bytes exceeded for {type.ToString().ToLowerInvariant()} fits");
        Assert.Equal(["a", "b"], Registry.Find(type, "fits")!.Policies.Keys);
    }

    [Fact]
    public void Create_TrustPolicyAndBoundary_HaveTheirSizes()
    {
        string trust = TrustOfSize(2048);
        Registry.Create(
            PrincipalType.Role, "a", new PrincipalSettings { TrustPolicy = trust, PermissionsBoundary = PolicyOfSize(6144, 10) });
        Refuses(
            () => Registry.Create(PrincipalType.Role, "b", new PrincipalSettings { TrustPolicy = TrustOfSize(2049) }),
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048");
        Refuses(
            () => Registry.Change(PrincipalType.Role, "a", new PrincipalSettings { PermissionsBoundary = PolicyOfSize(6145, 0) }),
            "LimitExceeded",
            "Cannot exceed quota for PolicySize: 6144");
    }

    [Theory]
    [InlineData(3599, false)]
    [InlineData(3600, true)]
    [InlineData(43200, true)]
    [InlineData(43201, false)]
    public void Create_MaxSessionDuration_HasItsBounds(int seconds, bool isValid)
    {
        PrincipalSettings settings = new() { TrustPolicy = Trust, MaxSessionDuration = seconds };
        if (isValid)
        {
            Assert.Equal(seconds, Registry.Create(PrincipalType.Role, "deploy", settings).MaxSessionDuration);
        }
        else
        {
            Refuses(
                () => Registry.Create(PrincipalType.Role, "deploy", settings),
                "ValidationError",
                $"The maximum session duration of a role is 3600 to 43200 seconds, not {seconds}.");
        }
    }

    public static TheoryData<PrincipalType, PrincipalSettings, string> Misfits => new()
    {
        { PrincipalType.User, new() { TrustPolicy = Trust }, "Only roles have a trust policy." },
        { PrincipalType.Group, new() { TrustPolicy = Trust }, "Only roles have a trust policy." },
        { PrincipalType.Role, PrincipalSettings.None, "A role needs a trust policy." },
        { PrincipalType.User, new() { MaxSessionDuration = 3600 }, "Only roles have a maximum session duration." },
        { PrincipalType.Group, new() { Tags = [new KeyTag("a", "b")] }, "Groups have no tags." },
        { PrincipalType.Group, new() { PermissionsBoundary = Read }, "Groups have no permissions boundary." },
        { PrincipalType.Role, new() { TrustPolicy = Trust, Groups = ["admins"] }, "Only users are in groups." },
        {
            PrincipalType.User, new() { Tags = [new KeyTag("a", "1"), new KeyTag("A", "2")] },
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        },
        { PrincipalType.User, new() { Tags = [new KeyTag("AWS:a", "1")] }, "Tags beginning with aws: are reserved." },
        {
            PrincipalType.User, new() { Tags = [new KeyTag(new string('k', 129), "")] },
            "The key of a tag has 1 to 128 characters, its value 0 to 256."
        },
        {
            PrincipalType.User, new() { Tags = [new KeyTag("k", new string('v', 257))] },
            "The key of a tag has 1 to 128 characters, its value 0 to 256."
        },
        { PrincipalType.User, new() { Tags = [new KeyTag("", "v")] }, "The key of a tag has 1 to 128 characters, its value 0 to 256." },
        {
            PrincipalType.User, new() { Policies = new Dictionary<string, string> { [""] = Read } },
            "The policyName must have 1 to 128 characters, not 0."
        },
        {
            PrincipalType.User, new() { Policies = new Dictionary<string, string> { [new string('p', 129)] = Read } },
            "The policyName must have 1 to 128 characters, not 129."
        },
        {
            PrincipalType.User, new() { Policies = new Dictionary<string, string> { ["a b"] = Read } },
            "The specified value for policyName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void Create_WhatATypeDoesNotHave_IsRefused(PrincipalType type, PrincipalSettings settings, string message)
    {
        Refuses(() => Registry.Create(type, "x", settings), "ValidationError", message);
        Assert.Empty(Registry.List());
    }

    [Fact]
    public void Create_TagsAndNamesOfTheLargestSize_AreAccepted()
    {
        Principal alice = Registry.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Tags = [.. Enumerable.Range(0, 50).Select(static i => new KeyTag($"{i:D2}{new string('k', 126)}", new string('v', 256)))],
            Policies = new Dictionary<string, string> { [new string('p', 128)] = Read },
        });
        Assert.Equal(50, alice.Tags.Length);
    }

    [Fact]
    public void Create_MoreThan50Tags_IsRefused() => Refuses(
        () => Registry.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Tags = [.. Enumerable.Range(0, 51).Select(static i => new KeyTag($"{i}", ""))],
        }),
        "LimitExceeded",
        "Cannot exceed quota for TagsPerUser: 50");

    [Fact]
    public void Create_Groups_ExistAndAreAtMostTen()
    {
        string[] groups = [.. Enumerable.Range(0, 11).Select(static i => $"g{i}")];
        foreach (string group in groups)
        {
            Registry.Create(PrincipalType.Group, group, PrincipalSettings.None);
        }

        Registry.Create(PrincipalType.User, "ten", new PrincipalSettings { Groups = [.. groups[..10]] });
        Refuses(
            () => Registry.Create(PrincipalType.User, "eleven", new PrincipalSettings { Groups = [.. groups] }),
            "LimitExceeded",
            "Cannot exceed quota for GroupsPerUser: 10");
        Refuses(
            () => Registry.Change(PrincipalType.User, "ten", new PrincipalSettings { Groups = ["nobody"] }),
            "NoSuchEntity",
            "The group with name nobody cannot be found.");
        Assert.Equal(10, Registry.Find(PrincipalType.User, "ten")!.Groups.Length);
    }

    [Fact]
    public void Create_MoreGroupsThanAnAccountHas_IsRefused()
    {
        Principal group = Registry.Create(PrincipalType.Group, "g0", PrincipalSettings.None);
        using (IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            for (int i = 1; i < 299; i++)
            {
                transaction.PutPrincipal(group with { Name = $"g{i}", UniqueId = UniqueIds.NewPrincipal(PrincipalType.Group) });
            }

            transaction.Commit();
        }

        Registry.Create(PrincipalType.Group, "g299", PrincipalSettings.None);

        Refuses(
            () => Registry.Create(PrincipalType.Group, "g300", PrincipalSettings.None),
            "LimitExceeded",
            "Cannot exceed quota for GroupsPerAccount: 300");
        Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
    }

    [Theory]
    [InlineData("no JSON", "read: The identity policy is not a valid JSON document.")]
    [InlineData("""{"Statement":[]}""", null)]
    [InlineData(Trust, "read: Policy document should not specify a principal.")]
    public void PutPolicy_Malformed_IsRefusedWithItsName(string policy, string? message)
    {
        Registry.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        if (message is null)
        {
            Registry.PutPolicy(PrincipalType.User, "alice", "read", policy);
        }
        else
        {
            Refuses(() => Registry.PutPolicy(PrincipalType.User, "alice", "read", policy), "MalformedPolicyDocument", message);
            Assert.Empty(Registry.Find(PrincipalType.User, "alice")!.Policies);
        }
    }

    [Fact]
    public void Create_MalformedBoundaryOrTrustPolicy_IsRefused()
    {
        Refuses(
            () => Registry.Create(PrincipalType.User, "a", new PrincipalSettings { PermissionsBoundary = "[]" }),
            "MalformedPolicyDocument",
            "The permissions boundary must be a JSON object.");
        Refuses(
            () => Registry.Create(PrincipalType.Role, "a", new PrincipalSettings { TrustPolicy = Read }),
            "MalformedPolicyDocument",
            "Policy contains a statement with one or more invalid principals.");
        Assert.Empty(Registry.List());
    }

    [Fact]
    public void PutPolicy_Again_ReplacesTheOneOfThatName()
    {
        Registry.Create(PrincipalType.Group, "admins", PrincipalSettings.None);
        Registry.PutPolicy(PrincipalType.Group, "admins", "a", Read);
        Registry.PutPolicy(PrincipalType.Group, "admins", "A", Read);
        string denies = Read.Replace("Allow", "Deny", StringComparison.Ordinal);
        Registry.PutPolicy(PrincipalType.Group, "ADMINS", "a", denies);
        Assert.Equal(
            [KeyValuePair.Create("A", Read), KeyValuePair.Create("a", denies)],
            Registry.Find(PrincipalType.Group, "admins")!.Policies.ToArray());

        Registry.RemovePolicy(PrincipalType.Group, "admins", "a");
        Assert.Equal(["A"], Registry.Find(PrincipalType.Group, "admins")!.Policies.Keys);
        Refuses(
            () => Registry.RemovePolicy(PrincipalType.Group, "admins", "a"),
            "NoSuchEntity",
            "The group policy with name a cannot be found.");
    }

    [Fact]
    public void Change_WhatIsGiven_ChangesAndNothingElse()
    {
        Registry.Create(PrincipalType.Group, "admins", PrincipalSettings.None);
        Principal alice = Registry.Create(PrincipalType.User, "alice", new PrincipalSettings
        {
            Path = "/ops/",
            Tags = [new KeyTag("team", "blue")],
            PermissionsBoundary = Read,
            Groups = ["admins"],
        });

        Principal changed = Registry.Change(PrincipalType.User, "ALICE", new PrincipalSettings { Path = "/ops/", Tags = [] });
        Assert.Empty(changed.Tags);
        Assert.Equal((Read, alice.UniqueId, "alice"), (changed.PermissionsBoundary, changed.UniqueId, changed.Name));
        Assert.Equal(["admins"], changed.Groups.ToArray());

        changed = Registry.Change(PrincipalType.User, "alice", new PrincipalSettings { PermissionsBoundary = "", Groups = [] });
        Assert.Null(changed.PermissionsBoundary);
        Assert.Empty(changed.Groups);
        Refuses(
            () => Registry.Change(PrincipalType.User, "alice", new PrincipalSettings { Path = "/" }),
            "ValidationError",
            "The path is part of the ARN and does not change.");
    }

    [Theory]
    [InlineData(PrincipalType.User, "The user with name nobody cannot be found.")]
    [InlineData(PrincipalType.Role, "The role with name nobody cannot be found.")]
    [InlineData(PrincipalType.Group, "The group with name nobody cannot be found.")]
    public void AnyAct_OnNobody_IsRefused(PrincipalType type, string message)
    {
        Refuses(() => Registry.Change(type, "nobody", PrincipalSettings.None), "NoSuchEntity", message);
        Refuses(() => Registry.PutPolicy(type, "nobody", "a", Read), "NoSuchEntity", message);
        Refuses(() => Registry.RemovePolicy(type, "nobody", "a"), "NoSuchEntity", message);
        Refuses(() => Registry.Remove(type, "nobody"), "NoSuchEntity", message);
        Refuses(() => Registry.FindUses(type, "nobody"), "NoSuchEntity", message);
        Assert.Null(Registry.Find(type, "nobody"));
    }

    private static PrincipalSettings Settings(PrincipalType type) =>
        type == PrincipalType.Role ? new PrincipalSettings { TrustPolicy = Trust } : PrincipalSettings.None;

    private static string PolicyOfSize(int size, int whiteSpace)
    {
        const string start = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:""";
        const string end = "\"}]}";
        return start + new string('x', size - start.Length - end.Length) + end + new string(' ', whiteSpace);
    }

    private static string TrustOfSize(int size)
    {
        const string sid = "\"Sid\":\"\",";
        string filled = sid.Replace("\"\",", $"\"{new string('s', size - Trust.Length - sid.Length)}\",", StringComparison.Ordinal);
        return Trust.Replace("\"Effect\"", filled + "\"Effect\"", StringComparison.Ordinal) + "\n \t";
    }

    private static string Refused(Action act) => Assert.Throws<KmsException>(act).ErrorCode;

    private static void Refuses(Action act, string code, string message)
    {
        KmsException error = Assert.Throws<KmsException>(act);
        Assert.Equal((code, message), (error.ErrorCode, error.Message));
    }
}
