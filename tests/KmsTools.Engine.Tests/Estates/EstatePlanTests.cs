using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Keys;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>The plan as a pure function: no store, no engine.</summary>
public sealed class EstatePlanTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";
    private const string Arn = "arn:aws:kms:us-east-1:111122223333:key/" + Id;
    private const string User = "arn:aws:iam::111122223333:user/alice";
    private const string Cluster = "cluster-2abcdefghij";

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Key Present = new()
    {
        AccountId = "111122223333",
        Region = "us-east-1",
        KeyId = Id,
        CreationDate = Now,
        Description = "Orders",
        Policy = KeyPolicy.Default("111122223333"),
        Tags = [new KeyTag("Team", "shop")],
        Rotation = new RotationSchedule(180, Now),
        Materials = [new KeyMaterial { KeyMaterialId = "m1", State = KeyMaterialState.CURRENT, CreationDate = Now }],
    };

    private static readonly Grant PresentGrant = new()
    {
        Region = "us-east-1",
        KeyId = Id,
        GrantId = new string('a', 64),
        Name = "reports",
        CreationDate = Now,
        Grantee = new GrantPrincipal(User, IsService: false),
        Operations = [GrantOperation.Decrypt, GrantOperation.DescribeKey],
    };

    private static readonly EstateGrant Grant = new()
    {
        Position = new(30, 9),
        Name = At("reports", 31),
        Grantee = At(User, 32),
        Operations = [At(GrantOperation.DescribeKey, 33), At(GrantOperation.Decrypt, 33)],
    };

    /// <summary>A key that names everything that can be compared, and is as it is in the store.</summary>
    private static readonly EstateKey Same = new()
    {
        Position = new(3, 5),
        Aliases = [At("alias/orders", 4)],
        Description = At("Orders", 5),
        Spec = At(KeySpec.SYMMETRIC_DEFAULT, 6),
        Usage = At(KeyUsageType.ENCRYPT_DECRYPT, 7),
        Origin = At(OriginType.AWS_KMS, 8),
        MultiRegion = At(false, 9),
        Enabled = At(true, 10),
        Rotation = new EstateRotation(new(11, 5), Enabled: true, 180),
        Policy = At(KeyPolicy.Default("111122223333").Replace(" ", "", StringComparison.Ordinal)
            .Replace("EnableIAMUserPermissions", "Enable IAM User Permissions", StringComparison.Ordinal), 12),
        Tags = [new EstateTag(new(13, 7), "Team", "shop")],
        Grants = [Grant],
    };

    [Fact]
    public void Plan_AsDescribed_IsUnchanged()
    {
        EstateChange change = Assert.Single(Changes(Same));
        Assert.Equal((EstateKind.Key, "alias/orders", EstateAction.Unchanged), (change.Kind, change.Name, change.Action));
        Assert.Empty(change.Steps);
    }

    [Fact]
    public void Plan_MembersNotGiven_AreLeftAlone() =>
        Assert.Equal(EstateAction.Unchanged, Assert.Single(Changes(new EstateKey { Aliases = [At("alias/orders")] })).Action);

    public static TheoryData<string, EstateKey, string, EstateAction, int> Differences() => new()
    {
        { "description", Same with { Description = At("Other", 5) }, "Change the description", EstateAction.Updated, 5 },
        {
            "tag value",
            Same with { Tags = [new EstateTag(new(13, 7), "Team", "finance")] },
            "Change the tag 'Team'",
            EstateAction.Updated,
            13 },
        { "tag", Same with { Tags = [new EstateTag(new(14, 7), "Stage", "test")] }, "Add the tag 'Stage'", EstateAction.Created, 14 },
        {
            "policy",
            Same with { Policy = At(KeyPolicy.Default("111122223333").Replace("key-default-1", "mine", StringComparison.Ordinal), 12) },
            "Replace the key policy",
            EstateAction.Updated,
            12 },
        {
            "alias",
            Same with { Aliases = [At("alias/orders", 4), At("alias/more", 4)] },
            "Create the alias alias/more",
            EstateAction.Created,
            4 },
        {
            "alias of another key",
            Same with { Aliases = [At("alias/orders", 4), At("alias/elsewhere", 4)] },
            "Move the alias alias/elsewhere from the key 99999999-0000-0000-0000-000000000000",
            EstateAction.Updated,
            4 },
        { "disabled", Same with { Enabled = At(false, 10) }, "Disable the key", EstateAction.Updated, 10 },
        {
            "rotation period",
            Same with { Rotation = new EstateRotation(new(11, 5), Enabled: true, 200) },
            "Rotate every 200 days",
            EstateAction.Updated,
            11 },
        {
            "default rotation period",
            Same with { Rotation = new EstateRotation(new(11, 5), Enabled: true) },
            "Rotate every 365 days",
            EstateAction.Updated,
            11 },
        {
            "no rotation",
            Same with { Rotation = new EstateRotation(new(11, 5), Enabled: false) },
            "Turn automatic rotation off",
            EstateAction.Updated,
            11 },
        {
            "grant",
            Same with { Grants = [Grant, Grant with { Name = At("more", 40), Position = new(40, 9) }] },
            $"Create the grant to {User}",
            EstateAction.Created,
            40 },
        {
            "grant without a name",
            Same with { Grants = [Grant with { Name = null }] },
            $"Create the grant to {User}",
            EstateAction.Created,
            30 },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Plan_EachDifference_IsOneChange(string what, EstateKey wanted, string description, EstateAction action, int line)
    {
        EstateChange change = Assert.Single(Changes(wanted));
        Assert.Equal((what, description, action, line), (what, change.Description, change.Action, change.Position.Line));
        Assert.Single(change.Steps);
    }

    [Fact]
    public void Plan_DisabledKey_IsEnabledFirstAndDisabledLast()
    {
        EstateState disabled = State(Present with { IsEnabled = false });
        EstateKey more = Same with { Rotation = new EstateRotation(default, Enabled: true, 90), Description = At("new") };
        Assert.Equal(
            ["Change the description", "Enable the key", "Rotate every 90 days"],
            Changes(more, disabled).Select(static change => change.Description));
        Assert.Equal(
            ["Change the description", "Rotate every 90 days", "Disable the key"],
            Changes(more with { Enabled = At(false) }, State(Present)).Select(static change => change.Description));
    }

    [Fact]
    public void Plan_WhatADisabledKeyRefuses_IsSaidBeforehand() => Refuses(
        Same with { Enabled = At(false), Rotation = new EstateRotation(new(11, 5), Enabled: true, 90) },
        State(Present with { IsEnabled = false }),
        (11, 5, $"DisabledException: {Arn} is disabled."));

    public static TheoryData<string, EstateKey, int, string> Unchangeable() => new()
    {
        {
            "spec",
            Same with { Spec = At(KeySpec.RSA_2048, 6) },
            6,
            $"The key spec of {Arn} is SYMMETRIC_DEFAULT and cannot be changed to RSA_2048." },
        {
            "usage",
            Same with { Usage = At(KeyUsageType.SIGN_VERIFY, 7) },
            7,
            $"The key usage of {Arn} is ENCRYPT_DECRYPT and cannot be changed to SIGN_VERIFY." },
        {
            "origin",
            Same with { Origin = At(OriginType.EXTERNAL, 8) },
            8,
            $"The origin of {Arn} is AWS_KMS and cannot be changed to EXTERNAL." },
        {
            "multi-Region",
            Same with { MultiRegion = At(true, 9) },
            9,
            $"The multi-Region property of {Arn} is False and cannot be changed to True." },
        { "key store", Same with { KeyStore = At("lab", 9) }, 9, $"{Arn} is in no custom key store and cannot be moved to lab." },
        {
            "grant", Same with { Grants = [Grant with { Operations = [At(GrantOperation.Encrypt)] }] }, 31,
            $"{Arn} has a grant reports that permits something else, and grants cannot be changed. Revoke grant {new string('a', 64)}, or "
                + "choose another name."
        },
    };

    [Theory]
    [MemberData(nameof(Unchangeable))]
    public void Plan_WhatCannotBeChanged_IsAnError(string what, EstateKey wanted, int line, string message)
    {
        EstateError error = Assert.Single(Plan(wanted).Errors);
        Assert.Equal((what, line, message), (what, error.Position.Line, error.Message));
    }

    [Fact]
    public void Plan_KeyPendingDeletion_IsAnError() => Refuses(
        Same, State(Present with { DeletionDate = Now }), (3, 5, $"{Arn} is pending deletion, which an import does not cancel."));

    [Theory]
    [InlineData("alias/pay roll", "'alias/pay roll'")]
    [InlineData("alias/payroll\n", "'alias/payroll\\u000A'")]
    public void Plan_MalformedAlias_IsAnErrorBeforeAnythingIsDone(string alias, string shown) => Assert.Contains(
        Plan(new EstateKey { Aliases = [At("alias/a"), At(alias, 4)] }).Errors,
        error => (error.Position.Line, error.Message) == (
            4, $"ValidationException: {shown} is not a valid alias name: use alias/ and letters, digits, and : / _ -, at most 256 "
                + "characters in all."));

    [Fact]
    public void Plan_SeveralErrors_AreFoundAtOnce()
    {
        EstateKey wanted = new()
        {
            Position = new(3, 5),
            Aliases = [At("alias/aws/new", 4), At("orders", 5)],
            Tags = [new EstateTag(new(6, 7), "aws:x", "1")],
            Policy = At("{}", 7),
            Spec = At(KeySpec.RSA_2048, 8),
            Description = At(new string('x', 8193), 9),
        };
        Assert.Equal(
            [
                (4, "NotAuthorizedException: Aliases that begin with alias/aws/ are reserved for AWS services: alias/aws/new"),
            ],
            Plan(new EstateKey { Aliases = [wanted.Aliases[0]] }).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Equal(
            [
                (6, "TagException: Tags beginning with aws: are reserved"),
                (7, "MalformedPolicyDocumentException: The key policy has no Statement."),
                (8, "ValidationException: You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."),
            ],
            new EstateException(Plan(wanted).Errors).Errors.Where(static error => error.Position.Line is >= 6 and <= 8)
                .Select(static error => (error.Position.Line, error.Message)));
        Assert.Contains(Plan(wanted).Errors, static error => error.Position.Line == 9 && error.Message.EndsWith(
            "at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192", StringComparison.Ordinal));
    }

    [Fact]
    public void Plan_KeyWithoutIdAndAlias_IsAnError() => Refuses(
        new EstateKey
        {
            Position = new(3, 5),
        }, State(), (3, 5, "A key needs an id or an alias: by it the next import knows the key again."));

    [Fact]
    public void Plan_NewKey_ComesWithItsFirstAlias()
    {
        ImmutableArray<EstateChange> changes = Changes(new EstateKey { Aliases = [At("alias/a"), At("alias/b")] }, State());
        Assert.Equal(
            ["Create the key (SYMMETRIC_DEFAULT, alias/a)", "Create the alias alias/b"],
            changes.Select(static change => change.Description));
        Assert.Equal([typeof(CreateKeyStep), typeof(UpdateStep<EmptyResponse>)], changes[0].Steps.Select(static step => step.GetType()));
        Assert.Single(changes[1].Steps);
    }

    [Fact]
    public void Plan_FixedId_NeedsASimulatedClockOnlyWhereTheKeyIsNew()
    {
        EstateKey wanted = new() { Position = new(3, 5), Id = At(Id, 3), Aliases = [At("alias/orders", 4)] };
        Assert.Empty(Plan(wanted, State(Present) with { Store = Store(simulated: false) }).Errors);
        Assert.Empty(Plan(wanted, State()).Errors);
        Refuses(wanted, State() with { Store = Store(simulated: false) }, (
            3, 5,
            $"The store has no key {Id}, and a new key gets a given ID only in a store with a simulated clock. Name the key by an alias "
                + "instead."));
    }

    [Theory]
    [InlineData(
        "11111111-2222-3333-4444-55555555555",
        false,
        "'11111111-2222-3333-4444-55555555555' is not a valid key ID: a lower-case UUID, or mrk- and 32 hex digits for a multi-Region key.")]
    [InlineData(
        "mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        false,
        "The ID of a multi-Region key begins with mrk-, that of any other key does not.")]
    [InlineData(Id, true, "The ID of a multi-Region key begins with mrk-, that of any other key does not.")]
    [InlineData("mrk-0f1e2d3c4b5a69788796a5b4c3d2e1f0", true, null)]
    [InlineData(Id, false, null)]
    public void Plan_FixedIds_HaveTheFormOfTheirKind(string id, bool multiRegion, string? message) =>
        Assert.Equal(
            message,
            Plan(new EstateKey { Id = At(id), MultiRegion = At(multiRegion) }, State()).Errors.SingleOrDefault()?.Message);

    [Theory]
    [InlineData(OriginType.AWS_KMS, true, false, true)]
    [InlineData(OriginType.AWS_KMS, false, true, false)]
    [InlineData(OriginType.AWS_KMS, false, false, false)]
    [InlineData(OriginType.EXTERNAL, true, false, true)]
    [InlineData(OriginType.EXTERNAL, false, true, true)]
    [InlineData(OriginType.EXTERNAL, false, false, false)]
    public void Plan_Material_IsForTestStoresOnly(OriginType origin, bool simulated, bool temporary, bool allowed)
    {
        EstateKey wanted = new() { Aliases = [At("alias/a")], Origin = At(origin), Material = Material(32) };
        Assert.Equal(allowed, Plan(wanted, State() with { Store = Store(simulated), IsTemporary = temporary }).Errors.IsEmpty);
    }

    [Fact]
    public void Plan_MaterialOfTheWrongLength_IsReportedWithoutItsBytes()
    {
        EstateError error = Assert.Single(Plan(new EstateKey { Aliases = [At("alias/a")], Material = Material(31) }, State()).Errors);
        Assert.Equal(
            (20, "IncorrectKeyMaterialException: The key material has 31 bytes; the key needs 32."),
            (error.Position.Line, error.Message));
    }

    [Fact]
    public void Plan_MaterialOfAPresentKey_IsComparedAndNeverChanged()
    {
        EstateKey wanted = Same with { Material = Material(32) };
        EstateState same = State(Present) with { MaterialIds = Map(("us-east-1", Id), "m1") };
        Assert.Equal(EstateAction.Unchanged, Assert.Single(Changes(wanted, same)).Action);
        Refuses(
            wanted,
            same with { MaterialIds = Map(("us-east-1", Id), "m2") },
            (20, 7, $"{Arn} has other key material, which an import cannot change."));
    }

    [Fact]
    public void Plan_WhatNeedsMaterial_WaitsForIt()
    {
        EstateKey wanted = new()
        {
            Aliases = [At("alias/a")],
            Origin = At(OriginType.EXTERNAL),
            Enabled = At(false),
            Grants = [Grant],
            MultiRegion = At(true),
            Replicas = [new EstateKey { Region = At("eu-west-1") }],
        };
        Assert.Equal(
            ["Created Create the key (SYMMETRIC_DEFAULT, alias/a)", "Waiting Create the grant: waits "
                + "for the key material", "Waiting Replicate the key to eu-west-1: waits for the key material", "Waiting Disable the key: "
                + "waits for the key material"],
            Changes(wanted, State()).Select(static change => $"{change.Action} {change.Description}"));
        Assert.Equal(
            ["Create the key (SYMMETRIC_DEFAULT, alias/a)", "Import the key material", $"Create the grant to {User}", "Replicate the key "
                + "to eu-west-1", "Import the key material in eu-west-1", "Disable the key"],
            Changes(wanted with { Material = Material(32) }, State()).Select(static change => change.Description));
    }

    [Fact]
    public void Plan_TwoKeysOfTheFile_AreNeverOne()
    {
        Estate twice = new() { Keys = [Same with { Position = new(3, 5) }, new EstateKey { Position = new(50, 5), Id = At(Id, 50) }] };
        Assert.Equal(
            [(50, $"This is the same key as alias/orders in line 3: {Arn}.")],
            EstatePlan.Make(twice, State(Present)).Errors.Select(static error => (error.Position.Line, error.Message)));
        Estate alias = new()
        {
            Keys = [new EstateKey { Aliases = [At("alias/a", 3)] }, new EstateKey { Id = At(Id, 9), Aliases = [At("alias/a", 9)] }],
        };
        Assert.Equal(
            [(9, "The alias alias/a is given already, in line 3.")],
            EstatePlan.Make(alias, State()).Errors.Select(static error => (error.Position.Line, error.Message)));
    }

    [Fact]
    public void Plan_Replicas_NeedAMultiRegionKeyInAnotherRegion()
    {
        EstateKey replica = new() { Position = new(20, 9), Region = At("us-east-1", 20) };
        Refuses(
            new EstateKey { Aliases = [At("alias/a")], MultiRegion = At(true), Replicas = [replica] },
            State(),
            (20, 5, "The primary key itself is in us-east-1."));
        Refuses(
            new EstateKey { Aliases = [At("alias/a")], MultiRegion = At(true), Replicas = [replica with { Region = At("cn-north-1", 20) }] },
            State(),
            (20, 5, "The key cannot be replicated to cn-north-1, which is in the partition aws-cn: its own is aws."));
        Refuses(
            new EstateKey { Aliases = [At("alias/a")], Replicas = [replica with { Region = At("eu-west-1") }] },
            State(),
            (20, 9, "Only a multi-Region key can have replicas: add 'multiRegion: true' to it."));
    }

    private static readonly EstateCluster WantedCluster = new()
    {
        Position = new(2, 5),
        Id = At(Cluster, 2),
        Library = At("/lib/p11.so", 3),
        Tokens = [new(At("one", 4)), new(At("two", 4))],
        Pin = new EstateSecret(new(5, 5), EstateSecretSource.Environment, "PIN"),
    };

    private static readonly HsmCluster PresentCluster = new()
    {
        ClusterId = Cluster,
        Library = "/lib/p11.so",
        Tokens = [new HsmToken("two", "2"), new HsmToken("one", "1")],
        TrustAnchorCertificate = "pem",
        CreationDate = Now,
    };

    private static readonly EstateKeyStore WantedStore = new()
    {
        Position = new(8, 5),
        Name = At("lab", 8),
        Cluster = At(Cluster, 9),
        Connected = At(true, 10),
    };

    private static readonly CustomKeyStore PresentStore = new()
    {
        CustomKeyStoreId = "cks-1",
        Region = "us-east-1",
        Name = "lab",
        CloudHsmClusterId = Cluster,
        TrustAnchorCertificate = "pem",
        CreationDate = Now,
        WrappedPassword = ReadOnlyMemory<byte>.Empty,
        ConnectionState = ConnectionStateType.CONNECTED,
    };

    [Fact]
    public void Plan_Clusters_AreRegisteredOrLeft()
    {
        Estate estate = new() { Clusters = [WantedCluster] };
        Assert.Equal(
            ["Register the cluster, on the tokens one, two of /lib/p11.so"],
            EstatePlan.Make(estate, State()).Changes.Select(static change => change.Description));
        Assert.Equal([EstateAction.Unchanged], EstatePlan.Make(estate, WithCluster()).Changes.Select(static change => change.Action));
        Estate other = new() { Clusters = [WantedCluster with { Library = At("/lib/other.so", 3), Tokens = [new(
            At("one", 4))], TrustAnchorCertificate = At("other", 6) }] };
        Assert.Equal(
            [
                (3, $"The library of {Cluster} is /lib/p11.so and cannot be changed to /lib/other.so."),
                (4, $"{Cluster} has the tokens two, one, which an import cannot change to the token one."),
                (6, $"{Cluster} has another trust anchor certificate, which cannot be changed."),
            ],
            EstatePlan.Make(other, WithCluster()).Errors.Select(static error => (error.Position.Line, error.Message)));
    }

    [Fact]
    public void Plan_TokenWithASeparateLibrary_KeepsIt()
    {
        EstateCluster wanted = WantedCluster with { Tokens = [new(At("one", 4)), new(At("two", 5), At("/lib/two.so", 6))] };
        EstateState present = State() with
        {
            Clusters = Map(Cluster, PresentCluster with { Tokens = [new HsmToken("two", "2", "/lib/two.so"), new HsmToken("one", "1")] }),
        };
        Assert.Equal(
            ["Register the cluster, on the tokens one, two (/lib/two.so) of /lib/p11.so"],
            EstatePlan.Make(new Estate { Clusters = [wanted] }, State()).Changes.Select(static change => change.Description));
        Assert.Equal(
            [EstateAction.Unchanged],
            EstatePlan.Make(new Estate { Clusters = [wanted] }, present).Changes.Select(static change => change.Action));

        // To name the library of the cluster is to name none.
        EstateCluster named = WantedCluster with { Tokens = [new(At("one", 4), At("/lib/p11.so", 5)), new(At("two", 6))] };
        Assert.Equal(
            [EstateAction.Unchanged],
            EstatePlan.Make(new Estate { Clusters = [named] }, WithCluster()).Changes.Select(static change => change.Action));

        AssertRefused(
            wanted,
            WithCluster(),
            (6, $"The library of the token two of {Cluster} is /lib/p11.so and cannot be changed to /lib/two.so."));
        AssertRefused(
            WantedCluster,
            present,
            (4, $"The library of the token two of {Cluster} is /lib/two.so and cannot be changed to /lib/p11.so."));
        AssertRefused(
            wanted with { Tokens = [wanted.Tokens[0], wanted.Tokens[1] with { Library = At("/lib/three.so", 7) }] },
            present,
            (7, $"The library of the token two of {Cluster} is /lib/two.so and cannot be changed to /lib/three.so."));
        AssertRefused(
            wanted with { Library = At("/lib/other.so", 3) },
            present,
            (3, $"The library of {Cluster} is /lib/p11.so and cannot be changed to /lib/other.so."));
    }

    [Fact]
    public void Plan_Label_StandsForOneTokenWhateverItsLibrary()
    {
        AssertRefused(
            WantedCluster with { Tokens = [new(At("one", 4)), new(At("two", 5)), new(At("one", 6), At("/lib/two.so", 7))] },
            State(),
            (6, "The token 'one' is named twice: each HSM of a cluster is another token."));
        AssertRefused(
            WantedCluster with { Tokens = [new(At("one", 4)), new(At("one", 5))] },
            State(),
            (5, "The token 'one' is named twice: each HSM of a cluster is another token."));
    }

    [Theory]
    [InlineData(0, null, null)]
    [InlineData(0, 0, null)]
    [InlineData(0, 1, "Set the external requests per second to 1")]
    [InlineData(7, null, null)]
    [InlineData(7, 7, null)]
    [InlineData(7, 0, "Set the external requests per second to 0")]
    [InlineData(7, int.MaxValue, "Set the external requests per second to 2147483647")]
    public void Plan_ExternalRequests_AreChangedWhereTheyAreGiven(int present, int? wanted, string? description)
    {
        EstateState state = State() with { Clusters = Map(Cluster, PresentCluster with { CommandsFromElsewhere = present }) };
        Estate estate = new()
        {
            Clusters = [WantedCluster with { CommandsFromElsewhere = wanted is { } commands ? At(commands, 6) : null }],
        };
        EstatePlan plan = EstatePlan.Make(estate, state);
        Assert.Empty(plan.Errors);
        EstateChange change = Assert.Single(plan.Changes);
        Assert.Equal(
            description is null ? (EstateAction.Unchanged, "Nothing to do", 2) : (EstateAction.Updated, description, 6),
            (change.Action, change.Description, change.Position.Line));
        Assert.Equal(description is null ? [] : [new ConfigureClusterStep(Cluster, CommandsFromElsewhere: wanted)], change.Steps);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Plan_NegativeExternalRequests_AreRefusedBeforeAnythingIsChanged(int commands)
    {
        EstateCluster wanted = WantedCluster with { CommandsFromElsewhere = At(commands, 6) };
        foreach (EstateState state in (EstateState[])[State(), WithCluster()])
        {
            AssertRefused(wanted, state, (6, "The external requests per second must not be negative."));
        }

        Assert.StartsWith(
            "The external requests per second must not be negative.",
            Assert.Throws<ArgumentOutOfRangeException>(() => HsmClusterRules.RequireCommands(commands)).Message,
            StringComparison.Ordinal);
    }

    private static void AssertRefused(EstateCluster wanted, EstateState state, params (int Line, string Message)[] errors) => Assert.Equal(
        errors,
        EstatePlan.Make(new Estate { Clusters = [wanted] }, state).Errors.Select(static error => (error.Position.Line, error.Message)));

    public static TheoryData<bool, bool?, string[]> Settings() => new()
    {
        { false, null, [] },
        { false, false, [] },
        { false, true, ["Make keys only while two of its HSMs are active", "Change the password of the crypto user at each connect"] },
        { true, null, [] },
        { true, true, [] },
        { true, false, ["Make keys while one of its HSMs is active", "Leave the password of the crypto user as it is from now on"] },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Plan_MembersOfACluster_AreChangedWhereTheyAreGiven(bool present, bool? wanted, string[] descriptions)
    {
        EstateState state = State() with { Clusters = Map(
            Cluster,
            PresentCluster with { HighAvailability = present, ManagePassword = present }) };
        Located<bool>? flag = wanted is { } value ? At(value, 6) : null;
        Estate estate = new() { Clusters = [WantedCluster with { HighAvailability = flag, ManagePassword = flag }] };
        EstatePlan plan = EstatePlan.Make(estate, state);
        Assert.Empty(plan.Errors);
        EstateChange[] changes = [.. plan.Changes.Where(static change => !change.Steps.IsEmpty)];
        Assert.Equal(descriptions, changes.Select(static change => change.Description));
        Assert.All(changes, static change => Assert.Equal(
            (EstateKind.Cluster, EstateAction.Updated, new SourcePosition(6, 5)),
            (change.Kind, change.Action, change.Position)));
        Assert.Equal(
            descriptions.Length == 0 ? [EstateAction.Unchanged] : [],
            plan.Changes.Except(changes).Select(static change => change.Action));
    }

    [Fact]
    public void Plan_NewCluster_NamesItsSettings()
    {
        EstateCluster both = WantedCluster with { HighAvailability = At(true, 6), ManagePassword = At(true, 7), CommandsFromElsewhere = At(
            5,
            8) };
        Assert.Equal(
            ["Register the cluster, on the tokens one, two of /lib/p11.so, highly available, with a managed password, with external requests "
                + "(5 per second)"],
            EstatePlan.Make(new Estate { Clusters = [both] }, State()).Changes.Select(static change => change.Description));
        Assert.Equal(
            ["Register the cluster, on the tokens one, two of /lib/p11.so"],
            EstatePlan.Make(new Estate
            {
                Clusters = [both with { HighAvailability = At(false), ManagePassword = At(false), CommandsFromElsewhere = At(0) }],
            }, State()).Changes.Select(static change => change.Description));
    }

    [Fact]
    public void Plan_KeyStoreOnAHighlyAvailableCluster_NeedsTwoHsms()
    {
        Estate estate = new() { Clusters = [WantedCluster with { HighAvailability = At(true, 6) }], KeyStores = [WantedStore] };
        Assert.Empty(EstatePlan.Make(estate, State()).Errors);
        Estate one = new()
        {
            Clusters = [WantedCluster with { HighAvailability = At(true, 6), Tokens = [new(At("one", 4))] }],
            KeyStores = [WantedStore],
        };
        Assert.Equal(
            [(6, "CloudHsmClusterInvalidConfigurationException: CloudHSM cluster must contain active HSMs in at least two Availability "
                + "Zones")],
            EstatePlan.Make(one, State()).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Empty(EstatePlan.Make(one with { KeyStores = [] }, State()).Errors);
    }

    [Fact]
    public void Plan_PinInPlaintext_IsForTemporaryStores()
    {
        using Secret pin = Secret.CopyOf("secret-pin"u8);
        Estate estate = new() { Clusters = [WantedCluster with { Pin = new EstateSecret(new(5, 10), EstateSecretSource.Plaintext, Plaintext: pin) }] };
        EstateError error = Assert.Single(EstatePlan.Make(estate, State() with { IsTemporary = false }).Errors);
        Assert.Equal(
            (new SourcePosition(5, 10), "A PIN in plaintext is accepted in temporary stores only. Use pinFrom with environment, file or prompt."),
            (error.Position, error.Message));
        Assert.Empty(EstatePlan.Make(estate, State() with { IsTemporary = true }).Errors);
    }

    public static TheoryData<ConnectionStateType, bool?, string[]> Connections() => new()
    {
        { ConnectionStateType.CONNECTED, true, [] },
        { ConnectionStateType.CONNECTED, null, [] },
        { ConnectionStateType.CONNECTED, false, ["Disconnect the custom key store"] },
        { ConnectionStateType.DISCONNECTED, true, ["Connect the custom key store"] },
        { ConnectionStateType.DISCONNECTED, null, [] },
        { ConnectionStateType.DISCONNECTED, false, [] },
        { ConnectionStateType.FAILED, true, ["Disconnect the custom key store", "Connect the custom key store"] },
        { ConnectionStateType.FAILED, null, [] },
        { ConnectionStateType.FAILED, false, ["Disconnect the custom key store"] },
    };

    [Theory]
    [MemberData(nameof(Connections))]
    public void Plan_KeyStores_AreConnectedAsDescribed(ConnectionStateType state, bool? wanted, string[] descriptions) => Assert.Equal(
        descriptions,
        StoreChanges(PresentStore with { ConnectionState = state }, WantedStore with { Connected = wanted is { } flag ? At(flag) : null }));

    [Fact]
    public void Plan_NewKeyStores_AreCreatedAndConnected()
    {
        Assert.Equal(
            [$"Create the custom key store on {Cluster}", "Connect the custom key store"],
            StoreChanges(null, WantedStore with { Connected = null }));
        Assert.Equal([$"Create the custom key store on {Cluster}"], StoreChanges(null, WantedStore with { Connected = At(false) }));
    }

    [Fact]
    public void Plan_KeyStoreThatEndsDisconnected_IsConnectedWhileKeysAreCreatedInIt()
    {
        EstateKey key = new() { Aliases = [At("alias/a")], KeyStore = At("lab", 20) };
        Assert.Equal(
            [$"Create the custom key store on {Cluster}", "Connect the custom key store", "Create the key (SYMMETRIC_DEFAULT, alias/a)", "Disconnect the custom key store"],
            StoreChanges(null, WantedStore with { Connected = At(false) }, key));
        Assert.Equal(
            ["Connect the custom key store", "Create the key (SYMMETRIC_DEFAULT, alias/a)", "Disconnect the custom key store"],
            StoreChanges(
                PresentStore with { ConnectionState = ConnectionStateType.DISCONNECTED },
                WantedStore with { Connected = At(false) },
                key));
        Estate estate = new() { Clusters = [WantedCluster], KeyStores = [WantedStore with { Connected = null }], Keys = [key] };
        Assert.Equal(
            [(20, "The custom key store lab is not connected, so no key can be made in it: add 'connected: true' to it.")],
            EstatePlan.Make(estate, WithStore(PresentStore with { ConnectionState = ConnectionStateType.DISCONNECTED })).Errors
                .Select(static error => (error.Position.Line, error.Message)));
    }

    [Fact]
    public void Plan_AnotherPinOrClusterOfAKeyStore_IsTakenOverWhileDisconnected()
    {
        EstateState state = WithStore(PresentStore) with { KeyStoresWithOtherSecret = ["cks-1"] };
        Estate estate = new() { Clusters = [WantedCluster], KeyStores = [WantedStore with { Connected = null }] };
        Assert.Equal(
            ["Disconnect the custom key store", "Take over the PIN of its cluster", "Connect the custom key store"],
            EstatePlan.Make(estate, state).Changes.Where(static change => !change.Steps.IsEmpty)
                .Select(static change => change.Description));
        Assert.Equal(
            ["Disconnect the custom key store", $"Move it from cluster-3abcdefghij to {Cluster}", "Connect the custom key store"],
            StoreChanges(PresentStore with { CloudHsmClusterId = "cluster-3abcdefghij" }, WantedStore));
    }

    [Fact]
    public void Plan_KeyStore_NeedsItsClusterAndAPin()
    {
        Estate estate = new() { KeyStores = [WantedStore] };
        Assert.Equal(
            [(9, $"Cluster {Cluster} was not found, neither under clusters nor in the store.")],
            EstatePlan.Make(estate, State()).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Equal(
            [(9, $"To create the custom key store lab, the PIN of {Cluster} is needed: give the cluster, under clusters, a pinFrom.")],
            EstatePlan.Make(estate, WithCluster()).Errors.Select(static error => (error.Position.Line, error.Message)));
        Assert.Equal(
            [(5, "The environment variable PIN is not set: it holds the PIN.")],
            EstatePlan.Make(
                estate with { Clusters = [WantedCluster] },
                WithCluster() with { MissingPins = ImmutableDictionary<string, string>.Empty
                    .Add(Cluster, "The environment variable PIN is not set: it holds the PIN.") })
                .Errors.Select(static error => (error.Position.Line, error.Message)));
    }

    private static Located<T> At<T>(T value, int line = 1) => new(value, new SourcePosition(line, 5));

    private static EstateMaterial Material(int length) => new(new SourcePosition(20, 7), Secret.TakeOver(new byte[length]));

    private static ImmutableDictionary<TKey, TValue> Map<TKey, TValue>(TKey key, TValue value)
        where TKey : notnull => ImmutableDictionary<TKey, TValue>.Empty.Add(key, value);

    private static StateStoreProperties Store(bool simulated) => new("installation", KmsFixture.Account, KmsFixture.Region, simulated, Now);

    private static EstateState State(params Key[] keys) => new()
    {
        Store = Store(simulated: true),
        IsTemporary = false,
        CallerArn = User,
        Signatures = static () => throw new NotSupportedException(),
        Keys = keys.ToImmutableDictionary(static key => (key.Region, key.KeyId)),
        Grants = keys.ToImmutableDictionary(static key => (key.Region, key.KeyId), static _ => ImmutableArray.Create(PresentGrant)),
        Aliases = keys.Length == 0 ? ImmutableDictionary<(string, string), string>.Empty : new Dictionary<(string, string), string>
        {
            [("us-east-1", "alias/orders")] = Id,
            [("us-east-1", "alias/elsewhere")] = "99999999-0000-0000-0000-000000000000",
        }.ToImmutableDictionary(),
    };

    private static EstateState WithCluster() => State() with { Clusters = Map(Cluster, PresentCluster) };

    private static EstateState WithStore(CustomKeyStore? store) =>
        store is null ? WithCluster() : WithCluster() with { KeyStores = Map(("us-east-1", "lab"), store) };

    private static string[] StoreChanges(CustomKeyStore? present, EstateKeyStore wanted, params EstateKey[] keys)
    {
        EstatePlan plan = EstatePlan.Make(
            new Estate { Clusters = [WantedCluster], KeyStores = [wanted], Keys = [.. keys] },
            WithStore(present));
        Assert.Empty(plan.Errors);
        return [.. plan.Changes.Where(static change => !change.Steps.IsEmpty).Select(static change => change.Description)];
    }

    private static EstatePlan Plan(EstateKey key, EstateState? state = null) =>
        EstatePlan.Make(new Estate { Keys = [key] }, state ?? State(Present));

    private static ImmutableArray<EstateChange> Changes(EstateKey key, EstateState? state = null)
    {
        EstatePlan plan = Plan(key, state);
        Assert.Empty(plan.Errors);
        return plan.Changes;
    }

    private static void Refuses(EstateKey key, EstateState state, (int Line, int Column, string Message) expected)
    {
        EstateError error = Assert.Single(Plan(key, state).Errors);
        Assert.Equal(expected, (error.Position.Line, error.Position.Column, error.Message));
    }
}
