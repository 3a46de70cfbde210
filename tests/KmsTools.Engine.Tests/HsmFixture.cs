using System.Text;
using KmsTools.KeyStores;
using KmsTools.NetworkHsms;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools;

/// <summary>A KMS with a custom key store on a token of its own in SoftHSM.</summary>
public sealed class HsmFixture : IDisposable
{
    public const string UserPin = "user-1234";
    public const string OfficerPin = "officer-5678";
    public const string ClusterId = "cluster-2abcdefghij";

    private static readonly ReadyToken s_ready = new(MakeModel);

    private readonly Pkcs11HsmProvider _provider = new();
    private readonly List<string> _made = [];

    public HsmFixture(int hsms = 1, bool highAvailability = false, bool managePassword = false, TimeProvider? clock = null)
    {
        Watched = new WatchedHsms(_provider);
        Kms = new KmsFixture(Watched, clock);
        Tokens = [.. Enumerable.Range(0, hsms).Select(_ => NewToken())];
        TrustAnchor = Kms.Engine.HsmClusters.Register(
            SoftHsm.Library, Tokens, ClusterId, highAvailability: highAvailability, managePassword: managePassword).TrustAnchorCertificate;
        StoreId = Kms.Call(Creating()).CustomKeyStoreId;
    }

    public KmsFixture Kms { get; }

    /// <summary>The HSMs as this KMS reaches them.</summary>
    public WatchedHsms Watched { get; }

    /// <summary>The tokens that the cluster was made of.</summary>
    public IReadOnlyList<string> Tokens { get; }

    public string Token => Tokens[0];

    public string TrustAnchor { get; }

    /// <summary>The custom key store; disconnected at first.</summary>
    public string StoreId { get; }

    public CustomKeyStoresListEntry Store =>
        Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = StoreId }).CustomKeyStores.Single();

    /// <summary>A token that has exchanged keys before.</summary>
    public string NewToken()
    {
        string label = NewLabel();
        s_ready.CopyTo(SoftHsm.Tokens, label);
        _made.Add(label);
        return label;
    }

    /// <summary>A token that has not.</summary>
    public string NewTokenWithoutKeys()
    {
        string label = NewLabel();
        _provider.InitializeToken(SoftHsm.Library, label, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin));
        _made.Add(label);
        return label;
    }

    /// <summary>A token that was initialised, but whose crypto user never got a PIN.</summary>
    public static string NewTokenWithoutUser()
    {
        string label = $"t{Guid.NewGuid():N}"[..32];
        OtherSoftware.InitializeToken(SoftHsm.Library, label, OfficerPin);
        return label;
    }

    /// <summary>The request that the store of this fixture was made with.</summary>
    public CreateCustomKeyStoreRequest Creating() => new()
    {
        CustomKeyStoreName = "lab",
        CloudHsmClusterId = ClusterId,
        TrustAnchorCertificate = TrustAnchor,
        KeyStorePassword = UserPin,
    };

    public HsmFixture Connected()
    {
        Connect();
        Assert.Equal(ConnectionStateType.CONNECTED, Store.ConnectionState);
        return this;
    }

    public void Connect() => Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public void Disconnect() => Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = StoreId });

    public KeyMetadata CreateKey() =>
        Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = StoreId }).KeyMetadata;

    /// <summary>The objects in the token, as another user of it sees them.</summary>
    public IReadOnlyList<HsmKeyObject> Objects()
    {
        using IHsmConnection connection = OwnConnection();
        return Assert.Single(connection.ListKeys()).Keys;
    }

    /// <summary>The IDs of the objects in each token of the cluster, as another user sees them.</summary>
    public Dictionary<string, string[]> ObjectsByToken()
    {
        using IHsmConnection connection = OwnConnection();
        return connection.ListKeys()
            .ToDictionary(static hsm => hsm.Token.TokenLabel, static hsm => hsm.Keys.Select(static key => key.Id).ToArray());
    }

    public void DestroyObject(string backingKeyId)
    {
        using IHsmConnection connection = OwnConnection();
        Assert.True(connection.DestroyKey(Convert.FromHexString(backingKeyId)));
    }

    /// <summary>Makes an object as another program does.</summary>
    public void MakeObject(string label, byte[] id)
    {
        using IHsmConnection connection = OwnConnection();
        connection.GenerateKey(label, id);
    }

    /// <summary>Destroys an object in one HSM only.</summary>
    public void DestroyObject(string backingKeyId, string token)
    {
        HsmCluster cluster = Cluster;
        using IHsmConnection connection = _provider.Connect(
            cluster with { Tokens = [cluster.Tokens.Single(each => each.TokenLabel == token)] }, Encoding.UTF8.GetBytes(UserPin));
        Assert.True(connection.DestroyKey(Convert.FromHexString(backingKeyId)));
    }

    public HsmCluster Cluster
    {
        get
        {
            using IStateReader reader = Kms.Engine.Store.OpenReader();
            return reader.FindCluster(ClusterId)!;
        }
    }

    /// <summary>The custom key store as it is kept.</summary>
    public CustomKeyStore Record
    {
        get
        {
            using IStateReader reader = Kms.Engine.Store.OpenReader();
            return reader.FindCustomKeyStore(KmsFixture.Region, StoreId)!;
        }
    }

    /// <summary>Writes the custom key store as a process leaves it that dies.</summary>
    public void Put(Func<CustomKeyStore, CustomKeyStore> change)
    {
        using IStateTransaction transaction = Kms.Engine.Store.BeginTransaction();
        transaction.UpdateCustomKeyStore(change(transaction.FindCustomKeyStore(KmsFixture.Region, StoreId)!));
        transaction.Commit();
    }

    /// <summary>Takes a token away until the result is disposed.</summary>
    public IDisposable Away(string token) => new LostToken(token);

    /// <summary>The key's material.</summary>
    public string BackingKeyId(string keyId)
    {
        using IStateReader reader = Kms.Engine.Store.OpenReader();
        return reader.FindKey(KmsFixture.Region, keyId)!.CurrentMaterial!.KeyMaterialId;
    }

    public IReadOnlyList<StrayKeyMaterial> Strays()
    {
        using IStateReader reader = Kms.Engine.Store.OpenReader();
        return reader.ListStrayKeyMaterial(null);
    }

    /// <summary>Another program sets the crypto user's PIN; it has an instance of the library of its own.</summary>
    public void SetUserPin(string pin, string? token = null)
    {
        using OtherSoftware other = new(SoftHsm.Library, token ?? Token);
        other.LogIn(CKU_SO, OfficerPin).SetUserPin(pin);
    }

    /// <summary>Whether the HSM takes a PIN of its crypto user from another program.</summary>
    public bool Takes(string pin, string? token = null)
    {
        using OtherSoftware other = new(SoftHsm.Library, token ?? Token);
        return other.Takes(CKU_USER, pin);
    }

    /// <summary>The password that the store has for the crypto user now.</summary>
    public string StoredPassword()
    {
        using Cryptography.Secret password = Kms.Engine.Services.Hsms.Passwords.Open(Record);
        return password.Use(Encoding.UTF8.GetString);
    }

    public void Dispose()
    {
        Kms.Dispose();
        _provider.Dispose();
        RemoveTokens();
    }

    private static string NewLabel() => $"t{Guid.NewGuid():N}"[..32];

    private static (string Folder, HsmToken Token) MakeModel()
    {
        using Pkcs11HsmProvider provider = new();
        HsmToken[] tokens =
        [
            .. new[] { NewLabel(), NewLabel() }.Select(label => new HsmToken(
                label,
                provider.InitializeToken(
                    SoftHsm.Library, label, Encoding.UTF8.GetBytes(OfficerPin), Encoding.UTF8.GetBytes(UserPin)).SerialNumber)),
        ];
        ReadyToken.Exchange(provider, SoftHsm.Library, tokens[0], tokens[1], UserPin);
        string model = Path.Combine(SoftHsm.Folder, "model");
        Directory.Move(FolderOf(tokens[0]), model);
        Directory.Delete(FolderOf(tokens[1]), recursive: true);
        return (model, tokens[0]);
    }

    private static string FolderOf(HsmToken token) => Directory.GetDirectories(SoftHsm.Tokens).Single(
        folder => folder.Replace("-", "", StringComparison.Ordinal).EndsWith(token.SerialNumber, StringComparison.Ordinal));

    // SoftHSM reads all tokens whenever it is initialized, so those of past tests would slow down all that follow.
    private void RemoveTokens()
    {
        foreach (string file in Directory.GetFiles(SoftHsm.Folder, "token.object", SearchOption.AllDirectories))
        {
            string content = File.ReadAllText(file, Encoding.Latin1);
            if (_made.Exists(label => content.Contains(label, StringComparison.Ordinal)))
            {
                Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
            }
        }
    }

    private IHsmConnection OwnConnection() => _provider.Connect(Cluster, Encoding.UTF8.GetBytes(UserPin));

    private sealed class LostToken : IDisposable
    {
        private readonly string _home;
        private readonly string _away;

        public LostToken(string token)
        {
            string tokenObject = Directory.GetFiles(SoftHsm.Folder, "token.object", SearchOption.AllDirectories)
                .Single(file => File.ReadAllText(file, Encoding.Latin1).Contains(token, StringComparison.Ordinal));
            _home = Path.GetDirectoryName(tokenObject)!;
            _away = Path.Combine(SoftHsm.Folder, $"away-{Guid.NewGuid():N}");
            Directory.Move(_home, _away);
        }

        public void Dispose()
        {
            if (Directory.Exists(_away))
            {
                Directory.Move(_away, _home);
            }
        }
    }
}
