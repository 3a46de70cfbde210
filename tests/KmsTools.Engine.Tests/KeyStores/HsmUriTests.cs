using System.Text;
using KmsTools.Auditing;
using KmsTools.BouncyCastle;
using KmsTools.Cryptography;
using KmsTools.Estates;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pkcs11;
using KmsTools.Storage;

namespace KmsTools.KeyStores;

/// <summary>Clusters whose HSMs are named by PKCS#11 URIs.</summary>
[Collection("SoftHSM")]
public sealed class HsmUriTests : IDisposable
{
    private const string ClusterId = "cluster-3abcdefghij";
    private const string Pin = HsmFixture.UserPin;

    private readonly HsmFixture _hsm = new();
    private readonly string _pinFile = Path.Combine(Path.GetTempPath(), $"kmstools-pin-{Guid.NewGuid():N}");

    private KmsEngine Engine => _hsm.Kms.Engine;

    private HsmClusterRegistry Clusters => Engine.HsmClusters;

    public void Dispose()
    {
        _hsm.Dispose();
        File.Delete(_pinFile);
    }

    [Fact]
    public void RegisterUris_TwoTokensWithOneLabel_AreTwoHsms()
    {
        (string label, HsmStatus first, HsmStatus second) = MakeTwins();
        HsmException ambiguous = Assert.Throws<HsmException>(() => Clusters.Register(SoftHsm.Library, [label], ClusterId));
        Assert.Equal(HsmFailure.Ambiguous, ambiguous.Failure);
        string[] candidates = [.. ambiguous.Message.Split(Environment.NewLine).Skip(1).Select(static line => line.Trim(' ', '\''))];
        Assert.Equal(new[] { first.Uri, second.Uri }.Order(), candidates.Order());

        HsmClusterDescription cluster = Clusters.RegisterUris(candidates, ClusterId);
        Assert.Equal((HsmState.ACTIVE, 2, SoftHsm.Library), (cluster.State, cluster.ActiveHsmCount, cluster.Library));
        Assert.Equal(candidates, Engine.HsmMembers.Find(ClusterId).Select(static hsm => hsm.Uri));
        Assert.Equal([true, true], Registered()!.Tokens.Select(static token => token.IsNamedByUri));

        string storeId = Create(cluster, Pin);
        _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = storeId });
        string keyId = _hsm.Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = storeId }).KeyMetadata.KeyId;
        Assert.Equal([1], Engine.HsmMembers.Find(ClusterId).Select(static hsm => hsm.KeyCount!.Value).Distinct());
        Assert.Equal([7], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(keyId, 7)));
        Assert.Empty(Engine.KeyMaterial.Find(ClusterId).Orphans);

        Assert.Equal(
            $"Cluster {ClusterId} has 2 HSMs with the token label '{label}'. Give the serial number too: "
                + $"{Registered()!.Tokens[0].SerialNumber}, {Registered()!.Tokens[1].SerialNumber}.",
            Message<ArgumentException>(() => Engine.HsmMembers.Remove(ClusterId, label)));
        Assert.Equal(second.SerialNumber, Engine.HsmMembers.Remove(ClusterId, label, serialNumber: second.SerialNumber).Hsm.SerialNumber);
        Assert.Equal([first.SerialNumber], Registered()!.Tokens.Select(static token => token.SerialNumber));
    }

    [Fact]
    public void AddUri_TokenWithTheLabelOfAnother_IsRecordedWithItsUri()
    {
        (string label, HsmStatus first, HsmStatus second) = MakeTwins();
        Clusters.RegisterUris([first.Uri!], ClusterId);
        Assert.Equal(
            $"Cluster {ClusterId} has an HSM with the token label '{label}' and the serial number '{first.SerialNumber}' already.",
            Message<ArgumentException>(() => Engine.HsmMembers.AddUri(ClusterId, $"pkcs11:serial={first.SerialNumber}")));

        // Without module-path: of the library of the cluster.
        HsmAddition added = Engine.HsmMembers.AddUri(ClusterId, $"PKCS11:token={label};serial={second.SerialNumber}");
        Assert.Equal((second.Uri, HsmState.ACTIVE), (added.Hsm.Uri, added.Hsm.State));
        AuditEvent[] entries = [.. _hsm.Kms.Events("AddHsm")];
        Assert.Equal(["ValidationException", null], entries.Select(static each => each.ErrorCode));
        AuditEvent entry = entries[1];
        Assert.Equal(second.Uri, $"{entry.RequestParameters!["uri"]}");
        Assert.Null(Registered()!.Tokens[1].Library);
    }

    [Fact]
    public void RegisterUris_OneTokenTwiceOrWithoutLibrary_IsRefusedAndNothingChanges()
    {
        long version = Engine.Store.ReadVersion();
        HsmStatus token = Find(_hsm.Token);
        Assert.Equal(
            $"The token '{_hsm.Token}' is named twice: each HSM of a cluster is another token.",
            Message<ArgumentException>(() => Clusters.RegisterUris([token.Uri!, $"pkcs11:serial={token.SerialNumber}"], ClusterId)));
        Assert.Equal(
            "The URI names no PKCS#11 library. Add its full path: '?module-path=/path/to/library.so'.",
            Message<ArgumentException>(() => Clusters.RegisterUris([$"pkcs11:token={_hsm.Token}"], ClusterId)));
        Assert.Equal(
            $"{SoftHsm.Library} has no token with the label 'absent', serial number '1'.",
            Message<HsmException>(() => Clusters.RegisterUris([$"pkcs11:token=absent;serial=1?module-path={SoftHsm.Library}"], ClusterId)));
        Assert.Equal(
            "The URIs have different PINs or PIN files. The crypto user has the same PIN on all HSMs of a cluster.",
            Message<ArgumentException>(
                () => Clusters.RegisterUris([$"{token.Uri}&pin-source=/a", "pkcs11:token=b?pin-source=/b"], ClusterId)));
        Assert.Null(Registered());
        Assert.Equal(version, Engine.Store.ReadVersion());
    }

    [Fact]
    public void PinSource_IsReadWhenItIsNeeded()
    {
        WritePin("first-pin");
        HsmClusterDescription cluster = Clusters.RegisterUris([$"{Find(_hsm.NewToken()).Uri}&pin-source=file:{_pinFile}"], ClusterId);
        Assert.Equal(_pinFile, cluster.PinSource);
        Assert.Equal("first-pin", Text(Clusters.ReadPin(ClusterId)));
        string storeId = Create(cluster, "first-pin");
        Assert.Null(Clusters.ReadChangedPin(KmsFixture.Region, storeId));
        WritePin(Pin);
        Assert.Equal(Pin, Text(Clusters.ReadPin(ClusterId)));
        Assert.Equal(Pin, Text(Clusters.ReadChangedPin(KmsFixture.Region, storeId)));
        File.Delete(_pinFile);
        Assert.Null(Clusters.ReadChangedPin(KmsFixture.Region, storeId));
        Assert.Equal(
            $"The PIN file {_pinFile} does not exist.",
            WithoutName(Message<ArgumentException>(() => Clusters.ReadPin(ClusterId))));
        Assert.Null(Clusters.ReadPin(HsmFixture.ClusterId));
        Assert.Null(Clusters.ReadPin("cluster-22222222222"));
    }

    [Fact]
    public void ReadChangedPin_ConnectedStoreOrMadePassword_StaysAsItIs()
    {
        WritePin(Pin);
        HsmClusterDescription cluster = Clusters.RegisterUris([$"{Find(_hsm.NewToken()).Uri}&pin-source={_pinFile}"], ClusterId);
        string storeId = Create(cluster, Pin);
        _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = storeId });
        WritePin("other-pin");
        Assert.Null(Clusters.ReadChangedPin(KmsFixture.Region, storeId));
        _hsm.Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = storeId });
        Assert.Equal("other-pin", Text(Clusters.ReadChangedPin(KmsFixture.Region, storeId)));
        _hsm.Kms
            .Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = storeId, KeyStorePassword = "0123456789abcdefghijABCDEFGHIJ01" });
        Assert.Null(Clusters.ReadChangedPin(KmsFixture.Region, storeId));
    }

    [Fact]
    public void PinValue_StoreThatStays_IsRefusedWithoutTellingIt()
    {
        string uri = $"{Find(_hsm.Token).Uri}&pin-value=s3cretPin";
        const string Message = "A PIN in a URI (pin-value) is taken in temporary stores only. Write it into a file that only you can "
            + "read, and name the file: 'pin-source=file:/path'.";
        Assert.Equal(Message, Message<ArgumentException>(() => Clusters.RegisterUris([uri], ClusterId)));
        Assert.Equal(Message, Message<ArgumentException>(() => Engine.HsmMembers.AddUri(HsmFixture.ClusterId, uri)));
        using Secret officer = Secret.CopyOf("officer-5678"u8);
        Assert.Equal(Message, Message<ArgumentException>(
            () => _hsm.Kms.Engine.HsmTokens.Initialize($"pkcs11:token=x?module-path={SoftHsm.Library}&pin-value=s3cretPin", officer)));
        Estate estate = new()
        {
            Clusters = [new EstateCluster { Id = new(ClusterId), Library = new(""), Tokens = [new EstateToken(new(uri), IsUri: true)] }],
        };
        Assert.Equal(Message, Assert.Single(Assert.Throws<EstateException>(() => EstateImport.Prepare(Engine, estate)).Errors).Message);
        Assert.Null(Registered());
    }

    [Fact]
    public void PinValue_TemporaryStore_IsKeptWrapped()
    {
        string folder = Path.Combine(Path.GetTempPath(), $"kmstools-test-{Guid.NewGuid():N}");
        using (Pkcs11HsmProvider provider = new())
        using (KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = folder, Temporary = true })),
            () => provider,
            static () => new BouncyCastleSignatures()))
        {
            using Secret officer = Secret.CopyOf("officer-5678"u8);
            string label = $"t{Guid.NewGuid():N}"[..32];
            string uri = $"pkcs11:token={label}?module-path={SoftHsm.Library}&pin-value=s3cret%50in";
            HsmStatus token = engine.HsmTokens.Initialize(uri, officer);
            engine.HsmClusters.RegisterUris([uri], ClusterId);
            Assert.Equal("s3cretPin", Text(engine.HsmClusters.ReadPin(ClusterId)));
            Assert.Equal(token.Uri, Assert.Single(engine.HsmMembers.Find()).Uri);
            foreach (string file in Directory.GetFiles(folder, "*.db*"))
            {
                using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                using StreamReader reader = new(stream, Encoding.Latin1);
                Assert.DoesNotContain("s3cret", reader.ReadToEnd(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Estate_WithUris_ComesBackEqual()
    {
        (_, HsmStatus first, HsmStatus second) = MakeTwins();
        WritePin(Pin);
        EstateCluster wanted = new()
        {
            Id = new(ClusterId),
            Library = new(""),
            Tokens = [new EstateToken(new($"{first.Uri}&pin-source={_pinFile}"), IsUri: true), new EstateToken(
                new($"pkcs11:serial={second.SerialNumber}"),
                IsUri: true)],
        };
        EstateKeyStore store = new() { Name = new("by uri"), Cluster = new(ClusterId), Connected = new(true) };
        Assert.Equal([EstateAction.Created, EstateAction.Created, EstateAction.Updated], Import(wanted, store));
        Assert.Equal([EstateAction.Unchanged, EstateAction.Unchanged], Import(wanted, store));

        EstateCluster exported = EstateExport.Read(Engine).Clusters.Single(static cluster => cluster.Id.Value == ClusterId);
        Assert.Equal(
            [(first.Uri, true), (second.Uri, true)],
            exported.Tokens.Select(static token => ((string?)token.Label.Value, token.IsUri)));
        Assert.Equal((EstateSecretSource.File, _pinFile), (exported.Pin!.Source, exported.Pin.Name));
        Assert.Equal([EstateAction.Unchanged, EstateAction.Unchanged], Import(exported, store));

        // In another order, and then another token.
        Assert.Equal([EstateAction.Unchanged], Import(exported with { Tokens = [exported.Tokens[1], exported.Tokens[0]] }));
        string third = Find(_hsm.NewToken()).Uri!;
        EstateError error = Assert.Single(Assert.Throws<EstateException>(
            () => Import(exported with { Tokens = [exported
                .Tokens[0], new EstateToken(new($"{third}&pin-source={_pinFile}"), IsUri: true)], Pin = null })).Errors);
        Assert.EndsWith(
            $"which an import cannot change to the tokens {first.Uri}, {third}&pin-source={_pinFile}.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Estate_WrongUris_AreToldAtTheirPlaces()
    {
        EstateCluster cluster = new()
        {
            Id = new(ClusterId),
            Library = new(""),
            Tokens = [new EstateToken(new("pkcs11:object=a", new(3, 4)), IsUri: true), new EstateToken(
                new("pkcs11:token=a b?pin-value=s3cretPin", new(5, 6)),
                IsUri: true)],
        };
        Assert.Equal(
            [
                new EstateError(new(
                    3,
                    4), "The PKCS#11 URI is not valid: the attribute 'object' names an object in a token. A URI of an HSM names the token "
                        + "alone."),
                new EstateError(new(5, 6), "The PKCS#11 URI is not valid: it has a blank. In values a blank is written %20."),
            ],
            Assert.Throws<EstateException>(() => Import(cluster)).Errors);
        cluster = cluster with { Position = new(1, 2), Tokens = [new EstateToken(new("pkcs11:token=a"), IsUri: true)] };
        Assert.Equal(
            [new EstateError(new(1, 2), "This cluster needs the member 'library', or a URI with a module-path.")], Assert
                .Throws<EstateException>(() => Import(cluster))
                .Errors);
        cluster = cluster with
        {
            Library = new(SoftHsm.Library),
            Pin = new EstateSecret(new(7, 8), EstateSecretSource.Prompt),
            Tokens = [new EstateToken(new("pkcs11:token=a?pin-source=/a"), IsUri: true)],
        };
        Assert.Equal(
            [new EstateError(new(7, 8), "A URI of this cluster has the PIN, or names its file. Give it once.")],
            Assert.Throws<EstateException>(() => Import(cluster)).Errors);
    }

    [Fact]
    public void Labels_WithTrailingBlanks_AreFound()
    {
        string label = _hsm.NewToken()[..20];
        Initialize(label);
        Clusters.Register(SoftHsm.Library, [label + "   "], ClusterId);
        Assert.Equal(label, Assert.Single(Registered()!.Tokens).TokenLabel);
        Assert.Equal(
            $"The token '{label}' is named twice: each HSM of a cluster is another token.",
            Message<ArgumentException>(() => Clusters.Register(SoftHsm.Library, [label, label + " "])));
        Assert.Equal(label, Engine.HsmMembers.Remove(ClusterId, label + " ").Hsm.TokenLabel);
        Assert.Equal(label, Engine.HsmMembers.Add(ClusterId, label + "  ").Hsm.TokenLabel);
        Assert.Throws<ArgumentException>(() => Engine.HsmMembers.Remove(ClusterId, " " + label));
    }

    // The name of the parameter is no part of the message.
    private static string WithoutName(string message) => message.Split(" (Parameter")[0];

    private static string Message<T>(Action refused)
        where T : Exception => WithoutName(Assert.Throws<T>(refused).Message);

    private static string? Text(Secret? secret)
    {
        using (secret)
        {
            return secret?.Use(static bytes => Encoding.UTF8.GetString(bytes));
        }
    }

    private void WritePin(string pin)
    {
        File.Delete(_pinFile);
        File.WriteAllText(_pinFile, pin + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_pinFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private HsmCluster? Registered()
    {
        using IStateReader reader = Engine.OpenReader();
        return reader.FindCluster(ClusterId);
    }

    private string Create(HsmClusterDescription cluster, string password) => _hsm.Kms.Call(new CreateCustomKeyStoreRequest
    {
        CustomKeyStoreName = "by uri",
        CloudHsmClusterId = cluster.ClusterId,
        TrustAnchorCertificate = cluster.TrustAnchorCertificate,
        KeyStorePassword = password,
    }).CustomKeyStoreId;

    private HsmStatus Find(string label) => _hsm.Kms.Engine.HsmTokens.List(SoftHsm.Library).Single(token => token.TokenLabel == label);

    private void Initialize(string label) =>
        _hsm.Watched.InitializeToken(SoftHsm.Library, label, Encoding.UTF8.GetBytes(HsmFixture.OfficerPin), Encoding.UTF8.GetBytes(Pin));

    private (string Label, HsmStatus First, HsmStatus Second) MakeTwins()
    {
        string label = _hsm.NewToken();
        HsmStatus first = Find(label);
        using (_hsm.Away(label))
        {
            Initialize(label);
        }

        return (label, first, _hsm.Kms.Engine.HsmTokens.List(SoftHsm.Library)
            .Single(token => token.TokenLabel == label && token.SerialNumber != first.SerialNumber));
    }

    private EstateAction[] Import(EstateCluster cluster, params EstateKeyStore[] stores)
    {
        using EstateImport import = EstateImport.Prepare(Engine, new Estate { Clusters = [cluster], KeyStores = [.. stores] });
        return [.. import.Changes.Select(change => import.Apply(change).Action)];
    }
}
