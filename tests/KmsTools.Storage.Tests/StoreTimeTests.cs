using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>What a store keeps about the time that passed, and what waits until that is explained.</summary>
[OnEveryStore]
public sealed class StoreTimeTests : StoreFixture
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static StoreTime Known => new()
    {
        Seen = Noon.AddMilliseconds(1),
        Greatest = Noon.AddMilliseconds(2),
        Explained = Noon.AddMilliseconds(3),
        Elapsed = TimeSpan.FromMilliseconds(4),
        UnexplainedSince = Noon.AddMilliseconds(5),
        Uptime = TimeSpan.FromMilliseconds(6),
        RequiredUptime = TimeSpan.FromMilliseconds(7),
    };

    [Fact]
    public void StoreTime_NewStore_IsItsBirth()
    {
        using IStateStore store = Open();

        Assert.Equal(StoreTime.Of(store.Properties.CreationDate), Read(store, static reader => reader.ReadStoreTime()));
    }

    [Fact]
    public void StoreTime_Written_IsReadAfterTheStoreIsOpenedAgain()
    {
        using (IStateStore store = Open())
        {
            Write(store, static transaction => transaction.WriteStoreTime(StoreTime.Of(Noon)));
            Write(store, static transaction => transaction.WriteStoreTime(Known));
        }

        using IStateStore again = Open();
        Assert.Equal(Known, Read(again, static reader => reader.ReadStoreTime()));
    }

    [Fact]
    public void Held_KeysAndMaterials_AreListedByTheirTimesAndNotDue()
    {
        using IStateStore store = Open();
        KeyMaterial material = NewKey("material", 1, 2, 3).Materials[0] with { ValidTo = Noon, Description = "old" };
        HeldMaterial held = new(Region, "material", Noon, material);
        Write(store, transaction =>
        {
            transaction.InsertKey(NewKey("later") with { DeletionDate = Noon.AddDays(2), IsDeletionHeld = true });
            transaction.InsertKey(NewKey("first") with { DeletionDate = Noon.AddDays(1), IsDeletionHeld = true });
            transaction.InsertKey(NewKey("due") with { DeletionDate = Noon.AddDays(3) });
            transaction.InsertKey(NewKey("rotation") with { Rotation = new RotationSchedule(90, Noon), IsRotationHeld = true });
            transaction.InsertKey(NewKey("material"));
            transaction.HoldMaterial(held);
        });

        using (IStateReader reader = store.OpenReader())
        {
            Assert.Equal(
                [new HeldKey(Region, "first", Noon.AddDays(1)), new HeldKey(Region, "later", Noon.AddDays(2))], reader.ListHeldKeys().ToArray());
            Assert.Equal([(Region, "rotation")], reader.ListHeldRotations().ToArray());
            HeldMaterial read = Assert.Single(reader.ListHeldMaterials());
            Assert.Equal(material.Wrapped.ToArray(), read.Material.Wrapped.ToArray());
            Assert.Equal(held, read with { Material = read.Material with { Wrapped = material.Wrapped } });
            StoreTime time = reader.ReadStoreTime();
            Assert.Equal((Noon, Noon.AddDays(2), true), (time.EarliestHeld, time.LatestHeld, time.HasHeldRotations));
            Assert.Equal(Noon.AddDays(3), reader.ReadEarliestDue());
            Assert.True(reader.FindKey(Region, "first")!.IsDeletionHeld);
            Assert.True(reader.FindKey(Region, "rotation")!.IsRotationHeld);
            Assert.False(reader.FindKey(Region, "due")!.IsDeletionHeld);
        }

        Write(store, static transaction => transaction.DeleteKey(transaction.FindKey(Region, "material")!));
        Assert.Empty(Read(store, static reader => reader.ListHeldMaterials()));
    }

    [Fact]
    [InFolder]
    public void HeldMaterial_Deleted_LeavesNoBytesInTheFiles()
    {
        using IStateStore store = Open();
        byte[] bytes = Guid.NewGuid().ToByteArray();
        HeldMaterial held = new(Region, "key", Noon, NewKey("key", bytes).Materials[0]);
        Write(store, transaction =>
        {
            transaction.InsertKey(NewKey("key"));
            transaction.HoldMaterial(held);
        });
        Assert.True(IsInFiles(bytes));

        Write(store, transaction => transaction.DeleteHeldMaterial(held));

        Assert.False(IsInFiles(bytes));
    }

    private bool IsInFiles(byte[] bytes) => Directory.GetFiles(Folder, "state.db*").Any(file =>
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content.AsSpan().IndexOf(bytes) >= 0;
    });
}
