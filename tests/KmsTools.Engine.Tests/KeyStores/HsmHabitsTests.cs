using System.Text;
using KmsTools.Cryptography;
using KmsTools.NetworkHsms;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.KeyStores;

/// <summary>Clusters of HSMs that do not do all that SoftHSM does, by a module in C in front of it.</summary>
[Collection("SoftHSM")]
public sealed class HsmHabitsTests : IDisposable
{
    private const string Cluster = "cluster-3abcdefghij";
    private const string Unable = "The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. ";

    private readonly HsmFixture _hsm = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-habits-").FullName;
    private readonly List<string> _warnings = [];

    public HsmHabitsTests() => SetHabits();

    private string Library => $"{NativeProgram.FaultyModule.Path}|faults={Faults} target={SoftHsm.Library}";

    private string Faults => Path.Combine(_folder, "faults");

    private KmsEngine Engine => _hsm.Kms.Engine;

    public void Dispose()
    {
        _hsm.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(7, 7)]
    [InlineData(9, 9)]
    [InlineData(31, 31)]
    [InlineData(32, 32)]
    [InlineData(255, 32)]
    public void Connect_Managed_ThePasswordIsAsLongAsTheTokenPermits(int longest, int expected)
    {
        string token = _hsm.NewToken();
        SetHabits($"pins 4 {longest}");
        string store = NewStore(token);
        Connect(store);
        Assert.Empty(_warnings);
        CustomKeyStore record = Record(store);
        using Secret password = Engine.Services.Hsms.Passwords.Open(record);
        string text = password.Use(Encoding.UTF8.GetString);
        Assert.Matches($"^[A-Za-z0-9]{{{expected}}}$", text);
        Assert.True(CryptoUserPassword.IsMade(Engine.Store.RootKey, record));
        Disconnect(store);
        Assert.True(_hsm.Takes(text, token));
        Connect(store);
        Assert.Equal(ConnectionStateType.CONNECTED, Record(store).ConnectionState);
    }

    [Theory]
    [InlineData("pins 4 6", "The HSMs accept PINs of 4 to 6 bytes, and a generated password has 7 to 32.")]
    [InlineData("pins 33 64", "The HSMs accept PINs of 33 to 64 bytes, and a generated password has 7 to 32.")]
    [InlineData("before C_SetPIN a2 -1", "The token '{0}' refused the new PIN: C_SetPIN returned CKR_PIN_LEN_RANGE (0xA2).")]
    public void Connect_ManagedAndRefused_TheOldPasswordStaysInUse(string habit, string reason)
    {
        string token = _hsm.NewToken();
        SetHabits(habit);
        string store = NewStore(token);
        Connect(store);
        Assert.Equal(
            [$"The password of the crypto user stays as it is: {reason.Replace("{0}", token, StringComparison.Ordinal)}"], _warnings);
        Assert.Equal((ConnectionStateType.CONNECTED, null), (Record(store).ConnectionState, Record(store).OtherWrappedPassword));
        Disconnect(store);
        Assert.True(_hsm.Takes(HsmFixture.UserPin, token));
        Connect(store);
        Assert.Equal(ConnectionStateType.CONNECTED, Record(store).ConnectionState);
    }

    [Theory]
    [InlineData("hide 1087", "The token '{0}' lacks CKM_AES_GCM.")]
    [InlineData("hide 1080", "The token '{0}' lacks CKM_AES_KEY_GEN.")]
    public void Register_MechanismMissing_IsRefusedAndNothingIsRegistered(string habit, string message)
    {
        string token = _hsm.NewToken();
        SetHabits(habit);
        HsmException refusal = Assert.Throws<HsmException>(() => Engine.HsmClusters.Register(Library, [token], Cluster));
        Assert.Equal(
            (HsmFailure.NotPermitted, message.Replace("{0}", token, StringComparison.Ordinal)), (refusal.Failure, refusal.Message));
        Assert.Empty(Engine.HsmClusters.Find(Cluster));
    }

    [Fact]
    public void Register_TwoTokensThatCannotShare_IsRefusedAndOneAloneIsNot()
    {
        string[] tokens = [_hsm.NewTokenWithoutKeys(), _hsm.NewTokenWithoutKeys()];
        SetHabits("hide 9");
        HsmException refusal = Assert.Throws<HsmException>(() => Engine.HsmClusters.Register(Library, tokens, Cluster));
        Assert.Equal(
            $"The token '{tokens[0]}' lacks CKM_RSA_PKCS_OAEP. The HSMs of the cluster could not give each other keys, and none could be "
                + "created.",
            refusal.Message);
        Assert.Empty(Engine.HsmClusters.Find(Cluster));
        Assert.Equal(HsmState.ACTIVE, Engine.HsmClusters.Register(Library, [tokens[0]], Cluster).State);
    }

    [Theory]
    [InlineData("hide 1087", "The token '{0}' lacks CKM_AES_GCM.")]
    [InlineData("before C_GenerateKeyPair 31 -1", Unable + "Token '{0}': C_GenerateKeyPair returned CKR_DEVICE_MEMORY (0x31).")]
    public void Add_HsmThatCannotTakeKeys_IsRefusedAndTheClusterStaysAsItIs(string habit, string message)
    {
        _hsm.Connected();
        string token = _hsm.NewTokenWithoutKeys();
        SetHabits(habit);
        HsmException refusal = Assert.Throws<HsmException>(() => Engine.HsmMembers.Add(HsmFixture.ClusterId, token, Library));
        Assert.Equal(
            (HsmFailure.NotPermitted, message.Replace("{0}", token, StringComparison.Ordinal)), (refusal.Failure, refusal.Message));
        Assert.Equal(_hsm.Token, Assert.Single(Engine.HsmMembers.Find(HsmFixture.ClusterId)).TokenLabel);
        _hsm.CreateKey();
    }

    [Fact]
    public void Connect_HsmsCannotShare_WarnsWithTheCause()
    {
        string[] tokens = [_hsm.NewTokenWithoutKeys(), _hsm.NewTokenWithoutKeys()];
        string store = NewStore(tokens);
        SetHabits("before C_GenerateKeyPair 31 -1");
        Connect(store);
        Assert.Equal([$"{Unable}Token '{tokens[0]}': C_GenerateKeyPair returned CKR_DEVICE_MEMORY (0x31)."], _warnings);
        Assert.Equal(ConnectionStateType.CONNECTED, Record(store).ConnectionState);
    }

    [Fact]
    public void Connect_HsmWrapsWhatIsNotExtractable_Warns()
    {
        using NssLab nss = new();
        string store = NewStore(Engine.HsmClusters.Register(nss.Library, [nss.TokenLabel], Cluster));
        Connect(store);
        Assert.Equal(
            ["The token 'kms-nss-lab' wraps keys that are not extractable: whoever can log in to it can take them out."], _warnings);
        Assert.Equal(ConnectionStateType.CONNECTED, Record(store).ConnectionState);
    }

    [Fact]
    public void Find_HsmThatLostAMechanism_SaysWhy()
    {
        string token = _hsm.NewToken();
        _ = NewStore(token);
        SetHabits("hide 1087");
        HsmDescription hsm = Assert.Single(Engine.HsmMembers.Find(Cluster));
        Assert.Equal((HsmState.DEGRADED, $"The token '{token}' lacks CKM_AES_GCM."), (hsm.State, hsm.Reason));
        SetHabits();
        Assert.Null(Assert.Single(Engine.HsmMembers.Find(Cluster)).Reason);
    }

    private void SetHabits(params string[] rules)
    {
        File.WriteAllLines(Faults + ".next", rules);
        File.Move(Faults + ".next", Faults, overwrite: true);
    }

    private string NewStore(params string[] tokens) => NewStore(
        Engine.HsmClusters.Register(Library, tokens, Cluster, managePassword: tokens.Length == 1));

    private string NewStore(HsmClusterDescription cluster) => _hsm.Kms.Call(new CreateCustomKeyStoreRequest
    {
        CustomKeyStoreName = "habits",
        CloudHsmClusterId = Cluster,
        TrustAnchorCertificate = cluster.TrustAnchorCertificate,
        KeyStorePassword = HsmFixture.UserPin,
    }).CustomKeyStoreId;

    private void Connect(string store) => Engine.Execute(
        new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store }, observer: new CallObserver { Warning = _warnings.Add });

    private void Disconnect(string store) => _hsm.Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = store });

    private CustomKeyStore Record(string store)
    {
        using IStateReader reader = Engine.Store.OpenReader();
        return reader.FindCustomKeyStore(KmsFixture.Region, store)!;
    }
}
