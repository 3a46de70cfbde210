using System.Text;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.WebConsole.Keys;

namespace KmsTools.WebConsole;

/// <summary>The index of the lists: after every change it is what a new one would be.</summary>
public sealed class KeyIndexTests
{
    private const string Region = "us-east-1";

    [Fact]
    public async Task Read_AfterManyChanges_IsWhatANewIndexReads()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using KeyIndex index = new(server.Engine);
        const int seed = 20261129;
        Random random = new(seed);
        List<string> keys = [.. Enumerable.Range(0, 12).Select(_ => Create(server.Engine))];
        RequireSame(server.Engine, index);
        for (int step = 0; step < 120; step++)
        {
            Change(server.Engine, random, keys, step);
            if (random.Next(3) > 0)
            {
                RequireSame(server.Engine, index);
            }
        }

        RequireSame(server.Engine, index);
    }

    [Fact]
    public async Task Read_MoreCommitsThanAreKept_IsComplete()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using KeyIndex index = new(server.Engine);
        string key = Create(server.Engine);
        RequireSame(server.Engine, index);
        for (int i = 0; i < 600; i++)
        {
            server.Engine.Execute(new UpdateKeyDescriptionRequest { KeyId = key, Description = $"{i}" });
        }

        Assert.Equal("599", Assert.Single(index.Read(Region).ById).Description);
    }

    [Fact]
    public async Task Read_KeyStoreIsDisconnected_ShowsItsKeysUnavailableAndKeepsAllOtherRows()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        const string pin = "user-1234";
        string token = $"t{Guid.NewGuid():N}"[..32];
        server.Engine.HsmTokens.Initialize(SoftHsm.Library, token, "officer-5678"u8, Encoding.UTF8.GetBytes(pin));
        HsmClusterDescription cluster = server.Engine.HsmClusters.Register(SoftHsm.Library, [token]);
        string store = server.Engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "lab",
            CloudHsmClusterId = cluster.ClusterId,
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            KeyStorePassword = pin,
        }).CustomKeyStoreId;
        server.Engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store });
        string inStore = server.Engine.Execute(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = store }).KeyMetadata.KeyId;
        string other = Create(server.Engine);
        using KeyIndex index = new(server.Engine);
        KeyRow otherBefore = index.Read(Region).Find(other)!;
        Assert.Equal(KeyState.Enabled, index.Read(Region).Find(inStore)!.State);

        server.Engine.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store });
        Assert.Equal(KeyState.Unavailable, index.Read(Region).Find(inStore)!.State);
        Assert.Same(otherBefore, index.Read(Region).Find(other));

        server.Engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store });
        Assert.Equal(KeyState.Enabled, index.Read(Region).Find(inStore)!.State);
    }

    [Fact]
    public async Task Read_ClockPassesADeletion_KeyIsGone()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using KeyIndex index = new(server.Engine);
        string key = Create(server.Engine);
        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 7 });
        Assert.Equal((KeyState.PendingDeletion, DueKind.Deletion), (Row().State, Row().Due!.Value.Kind));
        server.Engine.StepClock(server.Engine.UtcNow.AddDays(8));
        Assert.Null(index.Read(Region).Find(key));

        KeyRow Row() => index.Read(Region).Find(key)!;
    }

    [Theory]
    [InlineData(false, "a", "b", "c", null, null)]
    [InlineData(true, "c", "b", "a", null, null)]
    public void Compare_ByAlias_KeysWithoutOneComeLast(bool isDescending, params string?[] expected)
    {
        KeyRow[] rows = [Row("3", "b"), Row("5"), Row("1", "a"), Row("4"), Row("2", "c")];
        KeyOrder order = new(KeyColumn.Alias, isDescending);
        KeyRow[] sorted = [.. rows.Order(order)];
        Assert.Equal(expected, sorted.Select(static row => row.Aliases is [var alias, ..] ? alias : null));
        Assert.Equal(["4", "5"], sorted[3..].Select(static row => row.KeyId));
    }

    private static KeyRow Row(string keyId, params string[] aliases) => new() { KeyId = keyId, Aliases = [.. aliases] };

    private static string Create(KmsEngine engine) => engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;

    private static void Change(KmsEngine engine, Random random, List<string> keys, int step)
    {
        string key = keys[random.Next(keys.Count)];
        string other = keys[random.Next(keys.Count)];
        string alias = $"alias/{random.Next(8)}";
        Action[] changes =
        [
            () => keys.Add(Create(engine)),
            () => engine.Execute(new CreateAliasRequest { AliasName = alias, TargetKeyId = key }),
            () => engine.Execute(new CreateAliasRequest { AliasName = alias, TargetKeyId = key }),
            () => engine.Execute(new UpdateAliasRequest { AliasName = alias, TargetKeyId = other }),
            () => engine.Execute(new DeleteAliasRequest { AliasName = alias }),
            () => engine.Execute(new DisableKeyRequest { KeyId = key }),
            () => engine.Execute(new EnableKeyRequest { KeyId = key }),
            () => engine.Execute(new UpdateKeyDescriptionRequest { KeyId = key, Description = $"step {step}" }),
            () => engine.Execute(new EnableKeyRotationRequest { KeyId = key }),
            () => engine.Execute(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 7 }),
            () => engine.Execute(new CancelKeyDeletionRequest { KeyId = key }),
            () => engine.StepClock(engine.UtcNow.AddDays(3)),
        ];
        try
        {
            changes[random.Next(changes.Length)]();
        }
        catch (KmsException)
        {
            // Not every change is possible in every state.
        }
    }

    private static void RequireSame(KmsEngine engine, KeyIndex index)
    {
        using KeyIndex fresh = new(engine);
        foreach (KeyColumn column in Enum.GetValues<KeyColumn>())
        {
            foreach (bool isDescending in (bool[])[false, true])
            {
                KeyOrder order = new(column, isDescending);
                Assert.Equal(
                    fresh.Read(Region).In(order).Select(Describe),
                    index.Read(Region).In(order).Select(Describe));
            }
        }
    }

    private static string Describe(KeyRow row) =>
        $"{row.KeyId} {string.Join(',', row.Aliases)} {row.Description} {row.State} {row.Spec} {row.Usage} {row.Origin} {row.Manager} {row.Due}";
}
