using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Alarms;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;

namespace KmsTools.Estates;

/// <summary>Imports into real stores.</summary>
public sealed class EstateImportTests
{
    private const string Id = "11111111-2222-3333-4444-555555555555";

    [Fact]
    public void Import_FixedKeys_AreTheSameInEveryStore()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] pkcs8 = key.ExportPkcs8PrivateKey();
        using KmsFixture one = new();
        using KmsFixture two = new(isNew: true);
        foreach (KmsFixture kms in (KmsFixture[])[one, two])
        {
            Import(kms.Engine, new EstateKey
            {
                Id = new(Id),
                Spec = new(KeySpec.HMAC_256),
                Usage = new(KeyUsageType.GENERATE_VERIFY_MAC),
                Material = Material(new byte[32]),
            });
            Import(kms.Engine, new EstateKey
            {
                Aliases = [new("alias/sign")],
                Spec = new(KeySpec.ECC_NIST_P256),
                Usage = new(KeyUsageType.SIGN_VERIFY),
                Material = Material(pkcs8),
            });
            Assert.Equal($"arn:aws:kms:us-east-1:111122223333:key/{Id}", kms.Describe(Id).Arn);
            Assert.Equal(
                HMACSHA256.HashData(new byte[32], "abc"u8),
                kms.Call(new GenerateMacRequest { KeyId = Id, MacAlgorithm = "HMAC_SHA_256", Message = "abc"u8.ToArray() }).Mac.ToArray());
            Assert.Equal(key.ExportSubjectPublicKeyInfo(), kms.Call(new GetPublicKeyRequest { KeyId = "alias/sign" }).PublicKey.ToArray());
        }
    }

    // RFC 8032, section 7.1, test 3, and Wycheproof.
    [Fact]
    public void Import_FixedKeysFromSeeds_SignAsTheirVectorsSay()
    {
        using KmsFixture kms = new();
        WycheproofMlDsa vector = WycheproofMlDsa.Of(KeySpec.ML_DSA_65);
        byte[] ed25519 = Convert.FromHexString(
            "302E020100300506032B657004220420C5AA8DF43F9F837BEDB7442F31DCB7B166D38535076F094B85CE3A2E0B4458F7");
        EstateKey[] wanted =
        [
            new()
            {
                Aliases = [new("alias/ed25519")],
                Spec = new(KeySpec.ECC_NIST_EDWARDS25519),
                Usage = new(KeyUsageType.SIGN_VERIFY),
                Material = Material(ed25519),
            },
            new()
            {
                Aliases = [new("alias/ml-dsa")],
                Spec = new(KeySpec.ML_DSA_65),
                Usage = new(KeyUsageType.SIGN_VERIFY),
                Material = Material(Convert.FromHexString(vector.PrivateKey)),
                MultiRegion = new(true),
                Replicas = [new EstateKey { Region = new("eu-west-1"), Aliases = [new("alias/ml-dsa")] }],
            },
        ];
        foreach (EstateKey key in wanted)
        {
            Import(kms.Engine, key);
        }

        Assert.Equal(
            "6291D657DEEC24024827E69C3ABE01A30CE548A284743A445E3680D7DB5AC3AC18FF9B538D16F290AE67F760984DC6594A7C15E9716ED28DC027BECEEA1EC40A",
            Convert.ToHexString(kms.Sign("alias/ed25519", SigningAlgorithmSpec.ED25519_SHA_512, [0xaf, 0x82])));
        foreach (string region in new[] { "us-east-1", "eu-west-1" })
        {
            Assert.True(kms.Call(
                KeysOfEverySpec.Verification(
                    "alias/ml-dsa",
                    SigningAlgorithmSpec.ML_DSA_SHAKE_256,
                    WycheproofMlDsa.Message,
                    vector.Signature), region).SignatureValid);
        }

        Assert.Equal(EstateAction.Unchanged, Assert.Single(Import(kms.Engine, wanted[0])).Action);
    }

    [Fact]
    public void Import_FixedSymmetricMaterial_StaysBoundToItsStore()
    {
        using KmsFixture one = new();
        using KmsFixture two = new(isNew: true);
        EstateKey wanted = new() { Id = new(Id), Material = Material(new byte[32]) };
        Import(one.Engine, wanted);
        Import(two.Engine, wanted);
        byte[] ciphertext = one.Encrypt(Id, 1, 2, 3);
        Assert.Equal([1, 2, 3], one.Decrypt(ciphertext));
        Assert.Equal("InvalidCiphertextException", two.Refused(new DecryptRequest { CiphertextBlob = ciphertext }).ErrorCode);
        Assert.NotEqual(one.Describe(Id).CurrentKeyMaterialId, two.Describe(Id).CurrentKeyMaterialId);
    }

    [Fact]
    public void Import_Again_RecordsNothing()
    {
        using KmsFixture kms = new();
        EstateKey wanted = new()
        {
            Aliases = [new("alias/a"), new("alias/b")],
            Description = new("A"),
            Origin = new(OriginType.EXTERNAL),
            Material = Material(new byte[32]),
            Tags = [new EstateTag(default, "Team", "shop")],
            Grants = [new EstateGrant
            {
                Grantee = new("arn:aws:iam::111122223333:user/alice"),
                Operations = [new(GrantOperation.Decrypt)],
            }],
            MultiRegion = new(true),
            Replicas = [new EstateKey { Region = new("eu-west-1"), Aliases = [new("alias/a")], Enabled = new(false) }],
            Enabled = new(false),
        };
        Import(kms.Engine, wanted);
        Assert.Equal(KeyState.Disabled, kms.Call(new DescribeKeyRequest { KeyId = "alias/a" }).KeyMetadata.KeyState);
        Assert.Equal(KeyState.Disabled, kms.Call(new DescribeKeyRequest { KeyId = "alias/a" }, "eu-west-1").KeyMetadata.KeyState);
        int events = kms.Events().Count;
        long version = kms.Engine.Store.ReadVersion();
        Assert.Equal(
            [EstateAction.Unchanged, EstateAction.Unchanged],
            Import(kms.Engine, wanted).Select(static result => result.Action).Order());
        Assert.Equal((events, version), (kms.Events().Count, kms.Engine.Store.ReadVersion()));
    }

    [Fact]
    public void Import_AfterOneThatEndedEarly_FinishesIt()
    {
        using KmsFixture kms = new();
        EstateKey wanted = new()
        {
            Aliases = [new("alias/a"), new("alias/b")],
            Rotation = new EstateRotation(default, Enabled: true),
            Tags = [new EstateTag(default, "Team", "shop")],
            Enabled = new(false),
        };
        int total = Prepare(kms.Engine, wanted).Changes.Length;
        Assert.Equal(4, total);
        for (int done = 0; done < total; done++)
        {
            // Each time only the first change that is left is made.
            using EstateImport import = Prepare(kms.Engine, wanted);
            Assert.Equal(total - done, import.Changes.Length);
            import.Apply(import.Changes[0]);
        }

        Assert.Equal(EstateAction.Unchanged, Assert.Single(Prepare(kms.Engine, wanted).Changes).Action);
        Assert.Single(kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Import_PartsNotInTheFile_StayAsTheyAre()
    {
        using KmsFixture kms = new();
        string keyId = kms.CreateKey().KeyId;
        kms.Alias("alias/a", keyId);
        kms.Alias("alias/mine", keyId);
        kms.Call(new TagResourceRequest { KeyId = keyId, Tags = [new Tag { TagKey = "Mine", TagValue = "1" }] });
        string other = kms.CreateKey().KeyId;
        Import(kms.Engine, new EstateKey { Aliases = [new("alias/a")], Tags = [new EstateTag(default, "Team", "shop")] });
        Assert.Equal(["Mine", "Team"], kms.Call(new ListResourceTagsRequest { KeyId = keyId }).Tags.Select(static tag => tag.TagKey));
        Assert.Equal(
            ["alias/a", "alias/mine"],
            kms.Call(new ListAliasesRequest { KeyId = keyId }).Aliases.Select(static alias => alias.AliasName));
        Assert.Equal(KeyState.Enabled, kms.Describe(other).KeyState);
    }

    [Fact]
    public void Import_WhollyWrongFile_ChangesNothing()
    {
        using KmsFixture kms = new();
        Estate estate = new()
        {
            Keys = [new EstateKey { Aliases = [new("alias/good")] }, new EstateKey { Aliases = [new("bad", new(7, 15))] }],
        };
        EstateException error = Assert.Throws<EstateException>(() => EstateImport.Prepare(kms.Engine, estate));
        Assert.StartsWith(
            "estate.yaml(7,15): ValidationException: Alias must start with the prefix \"alias/\".",
            error.Describe("estate.yaml"),
            StringComparison.Ordinal);
        Assert.Empty(kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Import_ErrorOfACall_NamesTheMember()
    {
        using KmsFixture kms = new();
        kms.Engine.Quotas.Set(QuotaName.AliasesPerKey, 1);
        EstateKey wanted = new() { Aliases = [new("alias/a", new(4, 9)), new("alias/b", new(5, 9))] };
        EstateException error = Assert.Throws<EstateException>(() => Import(kms.Engine, wanted));
        EstateError found = Assert.Single(error.Errors);
        Assert.Equal((new SourcePosition(5, 9), "LimitExceededException"), (found.Position, found.ErrorCode));
        Assert.Equal("LimitExceededException", Assert.IsType<KmsException>(error.InnerException).ErrorCode);
    }

    [Fact]
    public void Import_FixedKeysWithTheRealClock_AreRefusedByTheOperationItself()
    {
        string folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = folder, Temporary = true })),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException());
        KmsException error = Assert.Throws<KmsException>(() => engine.Execute(new CreateKeyRequest { Fixed = new FixedKey(Id, null) }));
        Assert.Equal("A key with a given ID or given material can be made only in a store with a simulated clock.", error.Message);
    }

    [Fact]
    public void Import_IdGivenTwice_IsRefused()
    {
        using KmsFixture kms = new();
        kms.Call(new CreateKeyRequest { Fixed = new FixedKey(Id, null) });
        kms.Refuses(
            new CreateKeyRequest { Fixed = new FixedKey(Id, null) },
            "AlreadyExistsException",
            $"Key 'arn:aws:kms:us-east-1:111122223333:key/{Id}' already exists");
    }

    [Fact]
    public void Export_WhatIsNotToBeCreatedAgain_IsLeftOut()
    {
        using KmsFixture kms = new();
        string keyId = kms.CreateKey().KeyId;
        kms.Alias("alias/kept", keyId);
        string doomed = kms.CreateKey().KeyId;
        kms.Schedule(doomed);
        kms.Describe("alias/aws/s3");
        List<string> skipped = [];
        Estate estate = EstateExport.Read(kms.Engine, skipped.Add);
        Assert.Equal(["alias/kept"], estate.Keys.Select(static key => key.Name));
        Assert.Equal([$"arn:aws:kms:us-east-1:111122223333:key/{doomed} is pending deletion and is left out."], skipped);
    }

    [Fact]
    public void Export_AlarmsOnKeysLeftOut_AreLeftOut()
    {
        using KmsFixture kms = new();
        string doomed = kms.CreateKey().KeyId;
        kms.Engine.Alarms.Create("still in use", AlarmEvent.KeyUsedWhilePendingDeletion, doomed);
        kms.Engine.Alarms.Create("any", AlarmEvent.KeyUsedWhilePendingDeletion, threshold: 3, action: "Stop-Computer");
        kms.Schedule(doomed);
        List<string> skipped = [];
        Estate estate = EstateExport.Read(kms.Engine, skipped.Add);
        Assert.Equal(
            [("any", AlarmEvent.KeyUsedWhilePendingDeletion, null, 3)],
            estate.Alarms.Select(static alarm => (alarm.Name.Value, alarm.Event.Value, alarm.Key?.Value, alarm.Threshold?.Value)));
        Assert.Equal(
            [
                $"arn:aws:kms:us-east-1:111122223333:key/{doomed} is pending deletion and is left out.",
                $"The alarm 'still in use' is left out, as is its key arn:aws:kms:us-east-1:111122223333:key/{doomed}.",
            ],
            skipped);
    }

    [Fact]
    public void Export_AlarmsOfAFreshStore_ComeBackEqual()
    {
        using KmsFixture kms = new();
        string keyId = kms.Call(new CreateKeyRequest { Origin = "EXTERNAL" }, "eu-west-1").KeyMetadata.KeyId;
        kms.Call(new CreateAliasRequest { AliasName = "alias/partner", TargetKeyId = keyId }, "eu-west-1");
        kms.Engine.Alarms.Create("partner", AlarmEvent.KeyMaterialExpiring, keyId, 14, caller: KmsFixture.CallerIn("eu-west-1"));
        kms.Engine.Alarms.Create("failed", AlarmEvent.KeyStoreFailed);
        Estate estate = EstateExport.Read(kms.Engine);
        Assert.Equal(
            [("failed", null, null, 1), ("partner", "eu-west-1", "alias/partner", 14)],
            estate.Alarms.Select(static alarm => (alarm.Name.Value, alarm.Region?.Value, alarm.Key?.Value, alarm.Threshold?.Value)));

        using KmsFixture fresh = new();
        Import(fresh.Engine, estate);
        Assert.Equal(
            [("failed", AlarmEvent.KeyStoreFailed, null, 1), ("partner", AlarmEvent.KeyMaterialExpiring, $"arn:aws:kms:eu-west-1:111122223333:key/{keyId}", 14)],
            fresh.Engine.Alarms.List().Select(static alarm => (alarm.Name, alarm.Event, alarm.KeyId, alarm.Threshold)));
        Assert.Equal(estate.Alarms, EstateExport.Read(fresh.Engine).Alarms);
        long version = fresh.Engine.Store.ReadVersion();
        Assert.All(Import(fresh.Engine, estate), static result => Assert.Equal(EstateAction.Unchanged, result.Action));
        Assert.Equal(version, fresh.Engine.Store.ReadVersion());
    }

    [Fact]
    public void Import_AlarmThatWatchesSomethingElse_KeepsItsActionAndCountsAgain()
    {
        using KmsFixture kms = new();
        string keyId = kms.CreateKey().KeyId;
        kms.Engine.Alarms.Create("in use", AlarmEvent.KeyUsedWhilePendingDeletion, keyId, action: "Write-Warning x");
        kms.Schedule(keyId);
        kms.Refused(new EncryptRequest { KeyId = keyId, Plaintext = new byte[1] });
        AlarmDescription before = Assert.Single(kms.Engine.Alarms.List());
        Assert.Equal(AlarmState.ALARM, before.State);

        Assert.Equal(EstateAction.Updated, Assert.Single(Import(kms.Engine, Alarm(threshold: 2, keyId))).Action);
        AlarmDescription two = Assert.Single(kms.Engine.Alarms.List());
        Assert.Equal((AlarmState.OK, 2, "Write-Warning x", before.CreationDate), (two.State, two.Threshold, two.Action, two.CreationDate));
        Assert.Equal("1 call was refused within 5 minutes because a key is pending deletion (threshold: 2).", two.StateReason);
        kms.Refused(new EncryptRequest { KeyId = keyId, Plaintext = new byte[1] });
        Assert.Equal(AlarmState.ALARM, Assert.Single(kms.Engine.Alarms.List()).State);

        Import(kms.Engine, Alarm(threshold: 2, key: null));
        AlarmDescription all = Assert.Single(kms.Engine.Alarms.List());
        Assert.Equal((AlarmState.OK, null, null), (all.State, all.KeyId, all.AuditEvent));
        Assert.Equal("0 calls were refused within 5 minutes because a key is pending deletion (threshold: 2).", all.StateReason);

        static Estate Alarm(int threshold, string? key) => new()
        {
            Alarms =
            [
                new EstateAlarm
                {
                    Name = new("in use"),
                    Event = new(AlarmEvent.KeyUsedWhilePendingDeletion),
                    Key = key is null ? null : new(key),
                    Threshold = new(threshold),
                },
            ],
        };
    }

    [Fact]
    public void Export_KeysOfAllRegions_AreFound()
    {
        using KmsFixture kms = new();
        kms.Call(new CreateKeyRequest { MultiRegion = true }, "ap-south-1");
        kms.Call(new CreateKeyRequest(), "eu-west-1");
        Assert.Equal(["ap-south-1", "eu-west-1"], EstateExport.Read(kms.Engine).Keys.Select(static key => key.Region?.Value));
    }

    [Fact]
    public void Import_StoreWithAConsistencyDelay_IsCompleteAndChangesNothingTheSecondTime()
    {
        using KmsFixture kms = new();
        kms.Engine.SetConsistencyDelay(300);
        EstateKey wanted = new()
        {
            Aliases = [new("alias/imported")],
            Origin = new(OriginType.EXTERNAL),
            Material = Material(new byte[32]),
        };
        Assert.Equal(
            [EstateAction.Created, EstateAction.Updated], Import(kms.Engine, wanted).Select(static result => result.Action));
        Assert.Equal("NotFoundException", kms.Refused(new DescribeKeyRequest { KeyId = "alias/imported" }).ErrorCode);
        kms.Step(TimeSpan.FromSeconds(10));
        Assert.Equal(EstateAction.Unchanged, Assert.Single(Import(kms.Engine, wanted)).Action);
        kms.Step(TimeSpan.FromSeconds(290));
        Assert.Equal(KeyState.Enabled, kms.Describe("alias/imported").KeyState);
    }

    private static EstateMaterial Material(byte[] bytes) => new(default, Secret.CopyOf(bytes));

    private static EstateImport Prepare(KmsEngine engine, EstateKey key) => EstateImport.Prepare(engine, new Estate { Keys = [key] });

    private static ImmutableArray<EstateResult> Import(KmsEngine engine, EstateKey key) => Import(engine, new Estate { Keys = [key] });

    private static ImmutableArray<EstateResult> Import(KmsEngine engine, Estate estate)
    {
        using EstateImport import = EstateImport.Prepare(engine, estate);
        return [.. import.Changes.Select(change => import.Apply(change))];
    }
}
