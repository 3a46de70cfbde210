using System.Collections.Immutable;
using KmsTools.Alarms;
using KmsTools.Keys;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>The plan of alarms as a pure function: no store, no engine.</summary>
public sealed class EstateAlarmPlanTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";
    private const string Arn = "arn:aws:kms:us-east-1:111122223333:key/" + Id;

    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Key Present = new()
    {
        AccountId = "111122223333",
        Region = "us-east-1",
        KeyId = Id,
        CreationDate = Now,
        Policy = KeyPolicy.Default("111122223333"),
        Origin = OriginType.EXTERNAL,
    };

    private static readonly CustomKeyStore PresentStore = new()
    {
        CustomKeyStoreId = "cks-1",
        Region = "us-east-1",
        Name = "lab",
        CloudHsmClusterId = "cluster-2abcdefghij",
        TrustAnchorCertificate = "pem",
        CreationDate = Now,
        WrappedPassword = ReadOnlyMemory<byte>.Empty,
    };

    private static readonly Alarm PresentAlarm = new()
    {
        Name = "expires",
        Event = AlarmEvent.KeyMaterialExpiring,
        Region = "us-east-1",
        KeyId = Id,
        Threshold = 30,
        CreationDate = Now,
        StateUpdated = Now,
    };

    /// <summary>An alarm that is as it is in the store: 30 days are the default.</summary>
    private static readonly EstateAlarm Same = new()
    {
        Position = new(3, 5),
        Name = At("expires", 3),
        Event = At(AlarmEvent.KeyMaterialExpiring, 4),
        Key = At("alias/partner", 5),
    };

    [Fact]
    public void Plan_AsDescribed_IsUnchanged()
    {
        EstateAlarm[] spellings = [Same, Same with { Threshold = At(30, 6) }, Same with { Key = At(Id, 5) }, Same with { Region = At(
            "us-east-1",
            6) }];
        foreach (EstateAlarm spelling in spellings)
        {
            EstateChange change = Assert.Single(Plan(spelling).Changes);
            Assert.Equal((EstateKind.Alarm, "expires", EstateAction.Unchanged), (change.Kind, change.Name, change.Action));
            Assert.Empty(change.Steps);
        }
    }

    public static TheoryData<string, EstateAlarm, string, EstateAction> Differences() => new()
    {
        {
            "new",
            Same with { Name = At("new", 3) },
            "Make an alarm on KeyMaterialExpiring of alias/partner (threshold: 30)",
            EstateAction.Created },
        {
            "new, on all",
            new EstateAlarm { Position = new(3, 5), Name = At("all", 3), Event = At(AlarmEvent.KeyStoreFailed, 4) },
            "Make an alarm on KeyStoreFailed of all (threshold: 1)",
            EstateAction.Created },
        {
            "threshold",
            Same with { Threshold = At(29, 6) },
            "Have the alarm watch KeyMaterialExpiring of alias/partner (threshold: 29)",
            EstateAction.Updated },
        { "all keys", Same with { Key = null }, "Have the alarm watch KeyMaterialExpiring of all (threshold: 30)", EstateAction.Updated },
        {
            "event",
            Same with { Event = At(AlarmEvent.KeyUsedWhilePendingDeletion, 4) },
            "Have the alarm watch KeyUsedWhilePendingDeletion of alias/partner (threshold: 1)",
            EstateAction.Updated },
        {
            "key store",
            Same with { Event = At(AlarmEvent.KeyStoreFailed, 4), Key = null, KeyStore = At("lab", 5) },
            "Have the alarm watch KeyStoreFailed of lab (threshold: 1)",
            EstateAction.Updated },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void Plan_EachDifference_IsOneChange(string what, EstateAlarm wanted, string description, EstateAction action)
    {
        EstateChange change = Assert.Single(Plan(wanted).Changes);
        Assert.Equal((what, description, action, 3), (what, change.Description, change.Action, change.Position.Line));
        Assert.IsType<SetAlarmStep>(Assert.Single(change.Steps));
    }

    [Fact]
    public void Plan_WatchedPart_IsNamedByItsId()
    {
        Assert.Equal(
            new AlarmDefinition(AlarmEvent.KeyMaterialExpiring, 29, "us-east-1", Id), Request(Same with { Threshold = At(29, 6) }));
        Assert.Equal(
            new AlarmDefinition(AlarmEvent.KeyStoreFailed, 1, "us-east-1", CustomKeyStoreId: "cks-1"),
            Request(new EstateAlarm { Name = At("x", 3), Event = At(AlarmEvent.KeyStoreFailed, 4), KeyStore = At("lab", 5) }));
        Assert.Equal(
            new AlarmDefinition(AlarmEvent.OrphanedKeyMaterial, 1000),
            Request(new EstateAlarm { Name = At("x", 3), Event = At(AlarmEvent.OrphanedKeyMaterial, 4), Threshold = At(1000, 6) }));

        static AlarmDefinition Request(EstateAlarm alarm) =>
            Assert.IsType<SetAlarmStep>(Assert.Single(Assert.Single(Plan(alarm).Changes).Steps)).In(new EstateIds());
    }

    public static TheoryData<EstateAlarm, int, string> Refusals() => new()
    {
        { Same with { Threshold = At(0, 6) }, 6, "The threshold of KeyMaterialExpiring is 1 to 365." },
        { Same with { Threshold = At(366, 6) }, 6, "The threshold of KeyMaterialExpiring is 1 to 365." },
        {
            Same with { Event = At(AlarmEvent.KeyUsedWhilePendingDeletion, 4), Threshold = At(1001, 6) },
            6,
            "The threshold of KeyUsedWhilePendingDeletion is 1 to 1000." },
        { Same with { Name = At("", 3) }, 3, "The name of an alarm has 1 to 255 characters." },
        { Same with { Name = At(new string('a', 256), 3) }, 3, "The name of an alarm has 1 to 255 characters." },
        { Same with { Name = At("a\nb", 3) }, 3, "The name of an alarm has 1 to 255 characters." },
        {
            Same with { Key = At("alias/none", 5) },
            5,
            "NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found." },
        {
            Same with { Key = At("99999999-2222-3333-4444-555555555555", 5) },
            5,
            "NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/99999999-2222-3333-4444-555555555555' does not exist" },
        {
            Same with { Region = At("eu-west-1", 5) },
            5,
            "NotFoundException: Alias arn:aws:kms:eu-west-1:111122223333:alias/partner is not found." },
        { Same with { Key = At("partner", 5) }, 5, "NotFoundException: Invalid keyId 'partner'" },
        { Same with { Key = At(Arn, 5) }, 5, "An ARN is that of one store. Give the ID of the key or one of its aliases, and its region." },
        { Same with { Event = At(AlarmEvent.KeyStoreFailed, 4) }, 5, Arn + " is not in a custom key store." },
        { Same with { Event = At(AlarmEvent.OrphanedKeyMaterial, 4) }, 5, Arn + " is not in a custom key store." },
        {
            Same with { Key = null, KeyStore = At("none", 7), Event = At(AlarmEvent.KeyStoreFailed, 4) },
            7,
            "Custom key store none was not found in us-east-1, neither under keyStores nor in the store." },
        { Same with { Key = null, KeyStore = At(
            "lab",
            7) }, 7, "KeyMaterialExpiring does not happen to custom key stores: give a key, or nothing for all. The events KeyStoreFailed "
                + "and ProxyCertificateExpiring have a keyStore." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Plan_WhatNewKmsAlarmRefuses_IsRefusedAtItsPlace(EstateAlarm wanted, int line, string message)
    {
        EstatePlan plan = Plan(wanted);
        EstateError error = Assert.Single(plan.Errors);
        Assert.Equal((line, 5, message), (error.Position.Line, error.Position.Column, error.Message));
        Assert.Empty(plan.Changes);
    }

    [Fact]
    public void Plan_BothSidesOfEachBound_AreKnown()
    {
        foreach (EstateAlarm allowed in (EstateAlarm[])[
            Same with { Threshold = At(1, 6) }, Same with { Threshold = At(365, 6) }, Same with { Name = At(new string('a', 255), 3) },
            Same with { Event = At(AlarmEvent.KeyUsedWhilePendingDeletion, 4), Threshold = At(1000, 6) }])
        {
            Assert.Empty(Plan(allowed).Errors);
        }
    }

    [Fact]
    public void Plan_KeyOfTheFile_IsWatchedOnceItIsCreated()
    {
        EstateKey key = new() { Position = new(9, 5), Aliases = [At("alias/new", 9)], Origin = At(OriginType.EXTERNAL, 10) };
        EstateAlarm alarm = Same with { Key = At("alias/new", 5) };
        EstatePlan plan = EstatePlan.Make(new Estate { Keys = [key], Alarms = [alarm] }, State());
        Assert.Empty(plan.Errors);
        Assert.Equal(
            ["Create the key (SYMMETRIC_DEFAULT, alias/new)", "Have the alarm watch KeyMaterialExpiring of alias/new (threshold: 30)"],
            plan.Changes.Select(static change => change.Description));
        Assert.Equal([key], plan.Changes[1].Needs);
        EstateIds ids = new() { [key] = "new-id" };
        SetAlarmStep step = Assert.IsType<SetAlarmStep>(Assert.Single(plan.Changes[1].Steps));
        Assert.Equal(
            ("expires", new AlarmDefinition(AlarmEvent.KeyMaterialExpiring, 30, "us-east-1", "new-id")),
            (step.Name, step.In(ids)));

        EstateError error = Assert.Single(
            EstatePlan.Make(new Estate { Keys = [key with { Origin = null }], Alarms = [alarm] }, State()).Errors);
        Assert.Equal(
            (5, "alias/new has no imported key material that could expire: its origin is AWS_KMS."),
            (error.Position.Line, error.Message));
    }

    [Fact]
    public void Plan_AliasThatMoves_MeansTheKeyItMovesTo()
    {
        EstateKey key = new()
        {
            Position = new(9, 5),
            Aliases = [At("alias/new", 9), At("alias/partner", 9)],
            Origin = At(OriginType.EXTERNAL, 10),
        };
        EstatePlan plan = EstatePlan.Make(new Estate { Keys = [key], Alarms = [Same] }, State());
        Assert.Empty(plan.Errors);
        Assert.Equal("Have the alarm watch KeyMaterialExpiring of alias/partner (threshold: 30)", plan.Changes[^1].Description);
        Assert.Equal([key], plan.Changes[^1].Needs);
    }

    [Fact]
    public void Plan_ReplicaThatWaitsForItsMaterial_HasItsAlarmWait()
    {
        EstateKey key = new()
        {
            Position = new(9, 5),
            Aliases = [At("alias/new", 9)],
            Origin = At(OriginType.EXTERNAL, 10),
            MultiRegion = At(true, 11),
            Replicas = [new EstateKey { Position = new(12, 9), Region = At("eu-west-1", 12), Aliases = [At("alias/new", 13)] }],
        };
        EstatePlan plan = EstatePlan.Make(
            new Estate { Keys = [key], Alarms = [Same with { Region = At("eu-west-1", 5), Key = At("alias/new", 5) }] },
            State());
        Assert.Empty(plan.Errors);
        Assert.Equal(
            (EstateKind.Alarm, EstateAction.Waiting, "Have the alarm watch KeyMaterialExpiring of alias/new (threshold: 30): waits for "
                + "the key material"),
            (plan.Changes[^1].Kind, plan.Changes[^1].Action, plan.Changes[^1].Description));
    }

    [Fact]
    public void Plan_KeyInAKeyStore_FindsTheKeyStore()
    {
        EstateAlarm alarm = new() { Name = At("x", 3), Event = At(AlarmEvent.KeyStoreFailed, 4), Key = At("alias/partner", 5) };
        EstateState state = State() with { Keys = Map(
            ("us-east-1", Id),
            Present with { Origin = OriginType.AWS_CLOUDHSM, CustomKeyStoreId = "cks-1" }) };
        EstateChange change = Assert.Single(EstatePlan.Make(new Estate { Alarms = [alarm] }, state).Changes);
        Assert.Equal(
            new SetAlarmStep("x", new AlarmDefinition(AlarmEvent.KeyStoreFailed, 1, "us-east-1", CustomKeyStoreId: "cks-1")),
            Assert.Single(change.Steps));
    }

    [Fact]
    public void Plan_NameGivenTwice_IsRefused()
    {
        Estate estate = new() { Alarms = [Same, Same with { Name = At("expires", 8) }] };
        Assert.Equal(
            [(8, "This alarm is described already, in line 3.")],
            EstatePlan.Make(estate, State()).Errors.Select(static error => (error.Position.Line, error.Message)));
    }

    private static Located<T> At<T>(T value, int line) => new(value, new SourcePosition(line, 5));

    private static ImmutableDictionary<TKey, TValue> Map<TKey, TValue>(TKey key, TValue value)
        where TKey : notnull => ImmutableDictionary<TKey, TValue>.Empty.Add(key, value);

    private static EstateState State() => new()
    {
        Store = new StateStoreProperties("installation", KmsFixture.Account, KmsFixture.Region, true, Now),
        IsTemporary = false,
        CallerArn = "arn:aws:iam::111122223333:user/alice",
        Signatures = static () => throw new NotSupportedException(),
        Keys = Map(("us-east-1", Id), Present),
        Aliases = Map(("us-east-1", "alias/partner"), Id),
        KeyStores = Map(("us-east-1", "lab"), PresentStore),
        Alarms = Map("expires", PresentAlarm),
    };

    private static EstatePlan Plan(EstateAlarm alarm) => EstatePlan.Make(new Estate { Alarms = [alarm] }, State());
}
