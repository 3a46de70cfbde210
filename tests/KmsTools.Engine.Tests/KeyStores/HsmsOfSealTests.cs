using System.Text;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.KeyStores;

/// <summary>KMS never makes a seal worthless: neither by a new PIN of its HSM nor with the deletion of a KMS key.</summary>
[Collection("SoftHSM")]
public sealed class HsmsOfSealTests : IDisposable
{
    private readonly Secret _pin = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));

    public void Dispose() => _pin.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Seal_HsmOfAClusterWithAManagedPassword_IsRefused(bool pinFromFile)
    {
        using HsmFixture hsm = new(managePassword: true);
        string file = Path.Combine(hsm.Kms.Folder, "pin");
        File.WriteAllText(file, HsmFixture.UserPin);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        string uri = $"{UriOf(hsm)}{(pinFromFile ? $"&pin-source={file}" : "")}";
        HsmException refused = Assert.Throws<HsmException>(
            () => hsm.Kms.Engine.RootKey.Seal([new HsmOpener(() => hsm.Watched, uri, pinFromFile ? null : _pin)]));

        Assert.Equal(
            (HsmFailure.NotPermitted, ErrorCause.PinOfHsmIsManaged, HsmFixture.ClusterId),
            (refused.Failure, refused.Cause, refused.ClusterId));
        Assert.Equal(
            $"HSM '{hsm.Token}' is in cluster-2abcdefghij, whose password is managed: each connect changes the PIN of the HSM, and the PIN "
                + "that would open the store is not known any more. The store was not sealed.",
            refused.Message);
        Assert.Null(hsm.Kms.Engine.RootKey.ReadSeal());
        Assert.Empty(hsm.Objects());
        Assert.Equal(
            refused.Message,
            Assert.Throws<HsmException>(() => hsm.Kms.Engine.RootKey.PreviewSeal(uri, [SealSlotKind.HSM])).Message);
        hsm.Kms.Engine.HsmClusters.Configure(HsmFixture.ClusterId, managePassword: false);
        hsm.Kms.Engine.RootKey.PreviewSeal(uri, [SealSlotKind.HSM]);
        Assert.Equal([SealSlotKind.HSM], Seal(hsm, "").Seal.Slots.Select(static slot => slot.Kind));
    }

    [Fact]
    public void Seal_HsmOfNoClusterWithAManagedPassword_Seals()
    {
        using HsmFixture hsm = new(managePassword: true);
        string other = hsm.NewToken();
        hsm.Kms.Engine.RootKey.Seal([new HsmOpener(() => hsm.Watched, $"pkcs11:token={other}?module-path={SoftHsm.Library}", _pin)]);
        hsm.Connected();
        Assert.NotNull(hsm.Kms.Engine.RootKey.ReadSeal());
        Assert.Throws<HsmException>(() => Seal(hsm, ""));
    }

    [Fact]
    public void ManagePassword_HsmThatOpensTheStore_IsRefusedUntilSomethingElseDoes()
    {
        using HsmFixture hsm = new();
        HsmClusterRegistry clusters = hsm.Kms.Engine.HsmClusters;
        SealSlot slot = Assert.Single(Seal(hsm, "").Seal.Slots);
        string expected = $"HSM '{hsm.Token}' has a key that opens the seal of this store: {slot.HsmUri}. If the password of CLUSTER is "
            + "managed, each connect changes the PIN of the HSM, and the PIN that opens the store is not known any more.";
        const string Second = "cluster-3abcdefghij";

        HsmException configured = Assert.Throws<HsmException>(() => clusters.Configure(HsmFixture.ClusterId, managePassword: true));
        HsmException registered = Assert.Throws<HsmException>(
            () => clusters.Register(SoftHsm.Library, [hsm.Token], Second, managePassword: true));
        clusters.Register(SoftHsm.Library, [hsm.NewToken()], Second, managePassword: true);
        HsmException added = Assert.Throws<HsmException>(() => hsm.Kms.Engine.HsmMembers.AddUri(Second, UriOf(hsm)));

        Assert.Equal(expected.Replace("CLUSTER", HsmFixture.ClusterId, StringComparison.Ordinal), configured.Message);
        Assert.Equal(expected.Replace("CLUSTER", Second, StringComparison.Ordinal), registered.Message);
        Assert.Equal(registered.Message, added.Message);
        Assert.All((HsmException[])[configured, registered, added], static each => Assert.Equal(
            (HsmFailure.NotPermitted, ErrorCause.HsmPinOpensStore), (each.Failure, each.Cause)));
        Assert.False(clusters.Find(HsmFixture.ClusterId)[0].ManagePassword);
        clusters.Configure(HsmFixture.ClusterId, commandsFromElsewhere: 1);
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        hsm.Kms.Engine.RootKey.Seal([new RecoveryKeyOpener(recoveryKey)]);
        Assert.True(clusters.Configure(HsmFixture.ClusterId, managePassword: true).ManagePassword);
    }

    [Fact]
    public void Connect_ManagedClusterWhoseHsmOpensTheStore_KeepsThePinAndWarns()
    {
        using HsmFixture hsm = new();
        SealSlot slot = Assert.Single(Seal(hsm, "").Seal.Slots);
        using (IStateTransaction transaction = hsm.Kms.Engine.Store.BeginTransaction())
        {
            transaction.UpdateCluster(hsm.Cluster with { ManagePassword = true });
            transaction.Commit();
        }

        List<string> warnings = [];
        hsm.Kms.Engine.Execute(
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = hsm.StoreId }, observer: new CallObserver { Warning = warnings.Add });

        Assert.Equal(ConnectionStateType.CONNECTED, hsm.Store.ConnectionState);
        Assert.Equal(
            [
                $"The password of the crypto user stays as it is: HSM {hsm.Token} has a key that opens the seal of this store, {slot.HsmUri}. "
                    + "Seal the store by something else, or let the password of cluster-2abcdefghij not be managed.",
            ],
            warnings);
        hsm.Disconnect();
        using SealKey key = hsm.Kms.Engine.RootKey.ReadSeal()!.Open(new HsmOpener(() => hsm.Watched, _pin));
        Assert.NotNull(key);
    }

    [Fact]
    public void Seal_KeyOfAKmsKey_IsRefusedByItsIdAndByItsLabel()
    {
        using HsmFixture hsm = new HsmFixture().Connected();
        KeyMetadata key = hsm.CreateKey();
        string id = Assert.Single(hsm.Objects()).Id;
        const string Foreign = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        hsm.MakeObject(Foreign, [7]);

        HsmException byId = Assert.Throws<HsmException>(
            () => Seal(hsm, $";id={string.Concat(id.Chunk(2).Select(static octet => $"%{new string(octet)}"))}"));
        HsmException byLabel = Assert.Throws<HsmException>(() => Seal(hsm, $";object={Uri.EscapeDataString(key.Arn)}"));
        HsmException ofAnother = Assert.Throws<HsmException>(() => Seal(hsm, ";id=%07"));

        const string Rest = ": when the KMS key is deleted, the HSM destroys it, and what it has sealed cannot be opened any more. Name "
            + "another key, or none: then a key is made.";
        Assert.Equal($"The key that the PKCS#11 URI names is that of a KMS key, {key.Arn}{Rest}", byId.Message);
        Assert.Equal(byId.Message, byLabel.Message);
        Assert.Equal($"The key that the PKCS#11 URI names is that of a KMS key, {Foreign}{Rest}", ofAnother.Message);
        string uri = UriOf(hsm, $";id={string.Concat(id.Chunk(2).Select(static octet => $"%{new string(octet)}"))}");
        Assert.Equal(byId.Message, PreviewRefusal(uri).Message);
        Assert.Equal(byId.Message, PreviewRefusal(UriOf(hsm, $";object={Uri.EscapeDataString(key.Arn)}")).Message);
        hsm.Kms.Engine.RootKey.PreviewSeal(UriOf(hsm, ";id=%07"), [SealSlotKind.HSM]);
        string token = HsmUri.Of(SoftHsm.Library, Assert.Single(hsm.Cluster.Tokens));
        Assert.All((HsmException[])[byId, byLabel, ofAnother], each => Assert.Equal(
            (HsmFailure.NotPermitted, ErrorCause.KeyNotForSeal, token), (each.Failure, each.Cause, each.TokenUri)));
        Assert.Null(hsm.Kms.Engine.RootKey.ReadSeal());
        hsm.MakeObject("mine", [8]);
        Assert.Single(Seal(hsm, ";id=%08").Seal.Slots);

        HsmException PreviewRefusal(string previewed) =>
            Assert.Throws<HsmException>(() => hsm.Kms.Engine.RootKey.PreviewSeal(previewed, [SealSlotKind.HSM]));
    }

    [Fact]
    public void PreviewSeal_Refused_IsRecordedOnlyWhereTheActWasTried()
    {
        using HsmFixture hsm = new(managePassword: true);
        RootKeyRegistry rootKey = hsm.Kms.Engine.RootKey;
        Caller caller = Caller.LocalUser(hsm.Kms.Engine.Properties.AccountId);
        string uri = UriOf(hsm);

        Assert.Throws<HsmException>(() => rootKey.PreviewSeal(uri, [SealSlotKind.HSM]));
        Assert.Empty(hsm.Kms.Events("SealStore"));
        Assert.Throws<HsmException>(() => rootKey.PreviewSeal(uri, [SealSlotKind.HSM, SealSlotKind.RECOVERY_KEY], caller));
        Assert.Single(hsm.Kms.Events("SealStore"));
        Assert.Throws<ArgumentException>(() => rootKey.PreviewSeal($"pkcs11:token={hsm.Token}", [SealSlotKind.HSM]));
        Assert.Throws<ArgumentException>(() => rootKey.PreviewSeal($"{uri}&pin-value=1234", [SealSlotKind.HSM]));
    }

    [Fact]
    public void FindSealRisks_HsmWithAManagedPin_TellsBeforeAndAfterKmsHasChangedIt()
    {
        using HsmFixture hsm = new(managePassword: true);
        Assert.Empty(hsm.Kms.Engine.RootKey.FindSealRisks());
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        string uri = SealAsBefore(hsm, new RecoveryKeyOpener(recoveryKey));
        string opens = $"HSM '{hsm.Token}' has a key that opens the seal of this store, {uri}, and is in cluster-2abcdefghij, whose password "
            + "is managed: ";

        Assert.Equal(
            [
                opens + "the PIN that opens the store is not known any more once a connect has changed it. Seal the store by something else, "
                    + "or let the password not be managed.",
            ],
            hsm.Kms.Engine.RootKey.FindSealRisks());
        StoreFinding finding = Assert.Single(Verify(hsm), static finding => finding.Kind == StoreFindingKind.SEAL_AT_RISK);
        Assert.Equal((false, "the seal"), (finding.IsDamage, finding.Subject));
        Assert.Equal(Assert.Single(hsm.Kms.Engine.RootKey.FindSealRisks()), finding.Message);

        hsm.Kms.Engine.HsmClusters.Configure(HsmFixture.ClusterId, managePassword: false);
        Assert.Empty(hsm.Kms.Engine.RootKey.FindSealRisks());
        Assert.DoesNotContain(Verify(hsm), static finding => finding.Kind == StoreFindingKind.SEAL_AT_RISK);
    }

    [Theory]
    [InlineData(false, "nothing opens it.")]
    [InlineData(true, "only what else opens the seal does.")]
    public void FindSealRisks_PinThatOnlyTheKeyStoreKnows_SaysWhatIsLeft(bool hasRecoveryKey, string expected)
    {
        using HsmFixture hsm = new(managePassword: true);
        using RecoveryKey recoveryKey = RecoveryKey.Create();

        // The seal is made while the PIN is known, and comes into effect once the key store has changed it.
        using SealKey key = SealKey.Generate();
        Seal seal = Sealing.Seal.Create(
            key,
            [new HsmOpener(() => hsm.Watched, UriOf(hsm), _pin), .. hasRecoveryKey ? [new RecoveryKeyOpener(recoveryKey)] : Array.Empty<SealOpener>()]);
        hsm.Connected();
        Put(hsm, seal, key);

        string risk = Assert.Single(hsm.Kms.Engine.RootKey.FindSealRisks());
        Assert.EndsWith(
            $"whose password is managed: {hsm.StoreId} has changed the PIN of the HSM, and only it knows the PIN. Once no process has the "
                + $"store open, {expected} Before that, seal the store by something else, and make other backups.",
            risk,
            StringComparison.Ordinal);
    }

    private static List<StoreFinding> Verify(HsmFixture hsm)
    {
        List<StoreFinding> found = [];
        hsm.Kms.Engine.Verifier.Run(found.Add, []);
        return found;
    }

    private static void Put(HsmFixture hsm, Seal seal, SealKey key)
    {
        using IStateTransaction transaction = hsm.Kms.Engine.Store.BeginTransaction();
        transaction.SealRootKey(seal, key);
        transaction.Commit();
    }

    // As an earlier version has sealed it, which did not refuse.
    private string SealAsBefore(HsmFixture hsm, SealOpener other)
    {
        using SealKey key = SealKey.Generate();
        Seal seal = Sealing.Seal.Create(key, [new HsmOpener(() => hsm.Watched, UriOf(hsm), _pin), other]);
        Put(hsm, seal, key);
        return seal.Slots[0].HsmUri!;
    }

    [Fact]
    public void Seal_NoKeyOrNoToken_SaysWhatThereIs()
    {
        using HsmFixture hsm = new HsmFixture().Connected();
        hsm.MakeObject("twice", [1]);
        hsm.MakeObject("twice", [2]);

        HsmException missing = Assert.Throws<HsmException>(() => Seal(hsm, ";id=%09"));
        HsmException several = Assert.Throws<HsmException>(() => Seal(hsm, ";object=twice"));
        HsmException noToken = Assert.Throws<HsmException>(() => hsm.Kms.Engine.RootKey.Seal(
            [new HsmOpener(() => hsm.Watched, $"pkcs11:token=nowhere?module-path={SoftHsm.Library}", _pin)]));

        string token = HsmUri.Of(SoftHsm.Library, Assert.Single(hsm.Cluster.Tokens));
        Assert.Equal(
            (HsmFailure.KeyNotFound, ErrorCause.KeyNotForSeal, token), (missing.Failure, missing.Cause, missing.TokenUri));
        Assert.Equal(
            (HsmFailure.Ambiguous, ErrorCause.KeyNotForSeal, token), (several.Failure, several.Cause, several.TokenUri));
        Assert.Equal((ErrorCause.MissingToken, SoftHsm.Library), (noToken.Cause, noToken.Library));
        Assert.Contains(hsm.Token, noToken.TokenLabels);
        Assert.Null(hsm.Kms.Engine.RootKey.ReadSeal());
        Assert.Single(Seal(hsm, "").Seal.Slots);
    }

    [Fact]
    public void ScheduleKeyDeletion_KeyWhoseObjectOpensTheStore_Warns()
    {
        using HsmFixture hsm = new HsmFixture().Connected();
        KeyMetadata sealing = hsm.CreateKey();
        string id = Assert.Single(hsm.Objects()).Id;
        KeyMetadata other = hsm.CreateKey();
        List<string> warnings = [];

        // As an earlier version has sealed it, which did not refuse.
        string uri = UriOf(hsm, $";id={string.Concat(id.Chunk(2).Select(static octet => $"%{new string(octet)}"))}");
        using (RecoveryKey recoveryKey = RecoveryKey.Create())
        using (SealKey key = SealKey.Generate())
        {
            Seal seal = Sealing.Seal.Create(key, [new HsmOpener(() => hsm.Watched, uri, _pin), new RecoveryKeyOpener(recoveryKey)]);
            using IStateTransaction transaction = hsm.Kms.Engine.Store.BeginTransaction();
            transaction.SealRootKey(seal, key);
            transaction.Commit();
        }

        Schedule(other);
        Assert.Empty(warnings);
        string risk = Assert.Single(hsm.Kms.Engine.RootKey.FindSealRisks());
        Schedule(sealing);
        SealSlot slot = hsm.Kms.Engine.RootKey.ReadSeal()!.Slots[0];
        Assert.Equal(
            [
                $"The key in the HSM that opens the seal of this store is that of {sealing.Arn}: {slot.HsmUri}. When the KMS key is deleted, the "
                    + "HSM destroys it, and what it has sealed cannot be opened any more, backups too. Before that, seal the store by something "
                    + "else, and make other backups.",
            ],
            warnings);
        Assert.Equal(warnings[0], risk);

        void Schedule(KeyMetadata key) => hsm.Kms.Engine.Execute(
            new ScheduleKeyDeletionRequest { KeyId = key.KeyId }, observer: new CallObserver { Warning = warnings.Add });
    }

    private static string UriOf(HsmFixture hsm, string key = "") => $"pkcs11:token={hsm.Token}{key}?module-path={SoftHsm.Library}";

    private SealedStore Seal(HsmFixture hsm, string key) =>
        hsm.Kms.Engine.RootKey.Seal([new HsmOpener(() => hsm.Watched, UriOf(hsm, key), _pin)]);
}
