using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Sealing;

public sealed class SealTests
{
    // The mark, the version, the ID and the number of slots; then kind, length of parameters, cost and salt.
    private const int FirstSlot = 8 + 1 + 16 + 1;
    private const int FirstParameters = FirstSlot + 3;
    private const int PassphraseSlotSize = 3 + 28 + 16 + 72;

    private static readonly byte[] s_content = [1, 2, 3];
    private static readonly byte[] s_place = [9];
    private readonly CheapArgon2id _argon2id = new();

    [Fact]
    public void Open_EachOfItsSlots_IsTheKey()
    {
        using SealKey key = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        using Secret passphrase = Text("correct horse");
        Seal made = Seal.Create(key, Of(passphrase), new RecoveryKeyOpener(recoveryKey));
        Seal read = Seal.Parse(made.ToBytes());
        Assert.Equal([SealSlotKind.PASSPHRASE, SealSlotKind.RECOVERY_KEY], read.Slots.Select(static slot => slot.Kind));
        using SealKey byPassphrase = read.Open(Of(passphrase));
        using SealKey byRecoveryKey = read.Open(new RecoveryKeyOpener(recoveryKey));
        Assert.True(byPassphrase.IsSame(key));
        Assert.True(byRecoveryKey.IsSame(key));
        using Secret content = byRecoveryKey.Unwrap(key.Wrap(s_content, s_place), s_place);
        Assert.Equal(s_content, content.Use(static bytes => bytes.ToArray()));
    }

    [Fact]
    public void Create_PassphraseWithoutCost_HasTheSecondRecommendedOne()
    {
        using SealKey key = SealKey.Generate();
        using Secret passphrase = Text("p");
        byte[] bytes = Seal.Create(key, new PassphraseOpener(passphrase, () => _argon2id)).ToBytes();
        Assert.Equal(new Argon2idCost(65536, 3, 4), _argon2id.Last);
        Assert.Equal("000100000000000300000004", Convert.ToHexStringLower(bytes.AsSpan(FirstParameters, 12)));
    }

    [Fact]
    public void ToBytes_TwoSealsOfOneKey_HaveNothingOfItAndAreDifferent()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(32);
        using SealKey key = new(bytes);
        using Secret passphrase = Text("correct horse");
        byte[] one = Seal.Create(key, Of(passphrase)).ToBytes();
        byte[] other = Seal.Create(key, Of(passphrase)).ToBytes();
        Assert.Equal(FirstSlot + PassphraseSlotSize + 64, one.Length);
        Assert.Equal(-1, one.AsSpan().IndexOf(bytes.AsSpan(0, 8)));
        Assert.Equal(-1, one.AsSpan().IndexOf("correct horse"u8));
        Assert.False(one.AsSpan(FirstParameters + 12, PassphraseSlotSize - 15)
            .SequenceEqual(other.AsSpan(FirstParameters + 12, PassphraseSlotSize - 15)));
    }

    [Fact]
    public void Open_WhatItWasNotMadeFor_SaysWhatIsWrong()
    {
        using SealKey key = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        using RecoveryKey otherRecoveryKey = RecoveryKey.Create();
        using Secret passphrase = Text("correct horse");
        using Secret otherPassphrase = Text("correct horse ");
        Seal seal = Seal.Create(key, Of(passphrase), new RecoveryKeyOpener(recoveryKey));
        AssertFault(SealFault.WrongPassphrase, "The passphrase does not open the seal.", () => seal.Open(Of(otherPassphrase)));
        AssertFault(
            SealFault.WrongRecoveryKey,
            "The recovery key is that of another seal.",
            () => seal.Open(new RecoveryKeyOpener(otherRecoveryKey)));
        AssertFault(
            SealFault.NoSuchSlot,
            "The seal has no recovery key.",
            () => Seal.Create(key, Of(passphrase)).Open(new RecoveryKeyOpener(recoveryKey)));
        AssertFault(
            SealFault.NoSuchSlot,
            "The seal has no passphrase.",
            () => Seal.Create(key, new RecoveryKeyOpener(recoveryKey)).Open(Of(passphrase)));
    }

    [Fact]
    public void Parse_AnyBitChanged_IsDamaged()
    {
        using SealKey key = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        byte[] bytes = Seal.Create(key, new RecoveryKeyOpener(recoveryKey)).ToBytes();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertFault(SealFault.Damaged, "The seal is damaged.", () => Seal.Parse(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            AssertFault(SealFault.Damaged, "The seal is damaged.", () => Seal.Parse(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Open_SlotOfAnotherSeal_IsForeign()
    {
        using SealKey key = SealKey.Generate();
        using SealKey otherKey = SealKey.Generate();
        using Secret passphrase = Text("mine");
        using Secret known = Text("of whoever exchanged it");
        byte[] bytes = Seal.Create(key, Of(passphrase)).ToBytes();
        byte[] other = Seal.Create(otherKey, Of(known)).ToBytes();
        other.AsSpan(FirstSlot, PassphraseSlotSize).CopyTo(bytes.AsSpan(FirstSlot));
        Seal exchanged = Seal.Parse(WithHash(bytes));
        AssertFault(SealFault.ForeignSlot, Foreign, () => exchanged.Open(Of(known)));
        AssertFault(SealFault.WrongPassphrase, "The passphrase does not open the seal.", () => exchanged.Open(Of(passphrase)));
    }

    [Fact]
    public void Open_SlotTakenAway_IsForeign()
    {
        using SealKey key = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        using Secret passphrase = Text("mine");
        byte[] bytes = Seal.Create(key, Of(passphrase), new RecoveryKeyOpener(recoveryKey)).ToBytes();
        byte[] less = [.. bytes.AsSpan(0, FirstSlot + PassphraseSlotSize), .. bytes.AsSpan(bytes.Length - 64)];
        less[FirstSlot - 1] = 1;
        AssertFault(SealFault.ForeignSlot, Foreign, () => Seal.Parse(WithHash(less)).Open(Of(passphrase)));
    }

    [Theory]
    [InlineData(1024 * 1024, 16, 16, true)]
    [InlineData((1024 * 1024) + 1, 3, 1, false)]
    [InlineData(65536, 17, 1, false)]
    [InlineData(65536, 3, 17, false)]
    [InlineData(65536, 0, 1, false)]
    [InlineData(65536, 1, 0, false)]
    [InlineData(-1, 1, 1, false)]
    [InlineData(8, 1, 1, true)]
    [InlineData(15, 1, 2, false)]
    public void Parse_CraftedCost_IsRefusedBeforeItIsPaid(int memory, int iterations, int lanes, bool isAllowed)
    {
        using SealKey key = SealKey.Generate();
        using Secret passphrase = Text("mine");
        byte[] bytes = Seal.Create(key, Of(passphrase)).ToBytes();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(FirstParameters), memory);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(FirstParameters + 4), iterations);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(FirstParameters + 8), lanes);
        Exception? refused = Record.Exception(() => Seal.Parse(WithHash(bytes)));
        Assert.Equal(isAllowed ? null : SealFault.Damaged, (refused as SealException)?.Fault);
        Assert.Equal(isAllowed, new Argon2idCost(memory, iterations, lanes).IsAllowed);
    }

    [Theory]
    [InlineData(8, 2)]
    [InlineData(FirstSlot, 4)]
    public void Parse_OfALaterVersion_SaysSo(int position, byte value)
    {
        using SealKey key = SealKey.Generate();
        using Secret passphrase = Text("mine");
        byte[] bytes = Seal.Create(key, Of(passphrase)).ToBytes();
        bytes[position] = value;
        Assert.Equal(SealFault.NewerVersion, Assert.Throws<SealException>(() => Seal.Parse(WithHash(bytes))).Fault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(9)]
    public void Parse_AnotherNumberOfSlots_IsDamaged(byte count)
    {
        using SealKey key = SealKey.Generate();
        using Secret passphrase = Text("mine");
        byte[] bytes = Seal.Create(key, Of(passphrase)).ToBytes();
        bytes[FirstSlot - 1] = count;
        AssertFault(SealFault.Damaged, "The seal is damaged.", () => Seal.Parse(WithHash(bytes)));
    }

    [Fact]
    public void Create_EmptyPassphraseOrNothing_IsRefused()
    {
        using SealKey key = SealKey.Generate();
        using Secret empty = Text("");
        Assert.Throws<ArgumentOutOfRangeException>(() => Seal.Create(key));
        Assert.Throws<ArgumentOutOfRangeException>(() => Seal.Create(key, Of(empty)));
    }

    [Fact]
    public void Unwrap_OtherKeyOrPlace_IsRefused()
    {
        using SealKey key = SealKey.Generate();
        using SealKey other = SealKey.Generate();
        using SealKey copy = key.Copy();
        byte[] wrapped = key.Wrap(s_content, s_place);
        Assert.Equal(3 + 40, wrapped.Length);
        Assert.Throws<AuthenticationTagMismatchException>(() => other.Unwrap(wrapped, s_place));
        Assert.Throws<AuthenticationTagMismatchException>(() => key.Unwrap(wrapped, []));
        key.Dispose();
        using Secret content = copy.Unwrap(wrapped, s_place);
        Assert.Equal(s_content, content.Use(static bytes => bytes.ToArray()));
        Assert.Throws<ObjectDisposedException>(() => key.Derive("purpose"));
    }

    [Fact]
    public void Derive_Purposes_AreDifferentAndStayTheSame()
    {
        using SealKey key = new(new byte[32]);
        using Secret one = key.Derive("one");
        using Secret again = key.Derive("one");
        using Secret other = key.Derive("other");
        Assert.True(one.ContentEquals(again));
        Assert.False(one.ContentEquals(other));
        Assert.Equal(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, new byte[32], 32, salt: [], "KmsTools seal one"u8.ToArray()),
            one.Use(static bytes => bytes.ToArray()));
    }

    private const string Foreign = "A slot of the seal was exchanged: what was given would open it, and belongs to another seal.";

    private static Secret Text(string text) => Secret.CopyOf(Encoding.UTF8.GetBytes(text));

    private static byte[] WithHash(byte[] bytes)
    {
        SHA256.HashData(bytes.AsSpan(0, bytes.Length - 32)).CopyTo(bytes, bytes.Length - 32);
        return bytes;
    }

    private static void AssertFault(SealFault fault, string message, Action action)
    {
        SealException refused = Assert.Throws<SealException>(action);
        Assert.Equal((fault, message), (refused.Fault, refused.Message));
    }

    private PassphraseOpener Of(Secret passphrase) => new(passphrase, () => _argon2id, new Argon2idCost(32, 1, 1));
}
