using System.Collections.Immutable;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>What a connect says about keys whose material is in no HSM any more.</summary>
[Collection("SoftHSM")]
public sealed class HsmSynchronizerTests
{
    private readonly List<string> _warnings = [];
    private readonly List<string> _lost = [];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Connect_AKeyIsInNoHsm_WarnsByItsNameAndConnects(int hsms)
    {
        using HsmFixture hsm = new HsmFixture(hsms).Connected();
        KeyMetadata kept = hsm.CreateKey();
        KeyMetadata gone = hsm.CreateKey();
        Reconnect(hsm);
        Assert.Empty(_warnings);
        Assert.Empty(_lost);

        string id = hsm.BackingKeyId(gone.KeyId);
        foreach (string token in hsm.Tokens)
        {
            hsm.DestroyObject(id, token);
        }

        Reconnect(hsm);
        Assert.Equal(
            [$"No HSM of {HsmFixture.ClusterId} holds the material of 1 key, which cannot be used: {gone.Arn}."], _warnings);
        Assert.Equal([HsmFixture.ClusterId], _lost);
        Assert.Equal(ConnectionStateType.CONNECTED, hsm.Store.ConnectionState);
        Assert.Equal([1], hsm.Kms.Decrypt(hsm.Kms.Encrypt(kept.KeyId, 1)));
    }

    [Fact]
    public void Connect_OneOfTwoHsmsHoldsTheKey_SaysNothingOfALoss()
    {
        using HsmFixture hsm = new HsmFixture(2).Connected();
        KeyMetadata key = hsm.CreateKey();
        hsm.DestroyObject(hsm.BackingKeyId(key.KeyId), hsm.Tokens[1]);

        Reconnect(hsm);

        Assert.Equal(
            [
                $"HSM {hsm.Tokens[1]} lacks 1 key that cannot leave the other HSMs: {key.Arn}. Calls with them go to the other HSMs.",
            ],
            _warnings);
        Assert.Empty(_lost);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "No HSM of c holds the material of 1 key, which cannot be used: a1.")]
    [InlineData(5, "No HSM of c holds the material of 5 keys, which cannot be used: a1, a2, a3, a4, a5.")]
    [InlineData(6, "No HSM of c holds the material of 6 keys, which cannot be used: a1, a2, a3, a4, a5, ....")]
    public void Loss_OfKeys_NamesTheFirstFive(int keys, string? expected) => Assert.Equal(
        expected,
        HsmSynchronizationReport.Loss("c", [Inventory(null)], Enumerable.Range(1, keys).Reverse().Select(static i => KeyValuePair.Create($"{i}", $"a{i}"))));

    [Fact]
    public void Loss_AnHsmDoesNotAnswer_IsToldOfThoseThatDo() => Assert.Equal(
        "No HSM of c that answers holds the material of 1 key, which cannot be used: a1.",
        HsmSynchronizationReport.Loss("c", [Inventory(null), Inventory("away")], [KeyValuePair.Create("1", "a1")]));

    private static HsmInventory Inventory(string? failure) => new(new HsmToken("lab", "serial", null), failure, ImmutableArray<HsmKeyObject>.Empty);

    private void Reconnect(HsmFixture hsm)
    {
        _warnings.Clear();
        hsm.Disconnect();
        hsm.Kms.Engine.Execute(
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = hsm.StoreId },
            observer: new CallObserver { Warning = _warnings.Add, MaterialLost = _lost.Add });
    }
}
