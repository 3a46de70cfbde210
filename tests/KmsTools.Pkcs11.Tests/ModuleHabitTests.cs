using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Modules that do things otherwise than SoftHSM: their habits are those of a module in C in front of it.</summary>
public sealed class ModuleHabitTests : IClassFixture<Made<FaultyHsmLab>>, IDisposable
{
    private const int Initialize = 0;
    private const int GetAttributeValue = 24;
    private const string Unsealed = "CKA_SENSITIVE is false, CKA_EXTRACTABLE is true";

    private readonly FaultyHsmLab _lab;
    private readonly byte[] _id = HsmLab.NewId();

    public ModuleHabitTests(Made<FaultyHsmLab> made)
    {
        _lab = made.Lab;
        _lab.Activate();
        _lab.SetFaults();
    }

    public void Dispose() => _lab.SetFaults();

    [Theory]
    [InlineData("loose 1")]
    [InlineData("loose 1", "before C_CopyObject 54 -1")]
    [InlineData("loose 1", "before C_SetAttributeValue 54 -1")]
    public void GenerateKey_UnwrappedKeysAreNotSealed_AreSealedInAnotherWay(params string[] rules)
    {
        HsmCluster cluster = ClusterOfTwo();
        _lab.SetFaults(rules);
        using (IHsmConnection connection = _lab.Provider.Connect(cluster, "user-1234"u8))
        {
            Assert.Null(connection.TrySharing());
            connection.GenerateKey("arn:sealed", _id);
            connection.Encrypt(_id, new byte[1], [], new byte[29]);
        }

        foreach (HsmToken token in cluster.Tokens)
        {
            using OtherSoftware other = _lab.StartOther(tokenLabel: token.TokenLabel);
            Assert.Single(other.Find(_id));
            Assert.Equal((true, false), (other.Flag(_id, CKA_SENSITIVE), other.Flag(_id, CKA_EXTRACTABLE)));
        }
    }

    [Fact]
    public void GenerateKey_KeysCannotBeSealed_SaysWhatWasTriedAndLeavesNone()
    {
        HsmCluster cluster = ClusterOfTwo();
        _lab.SetFaults("loose 1", "before C_CopyObject 54 -1", "before C_SetAttributeValue 10 -1");
        string expected = "The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. The token "
            + $"'kms-lab' cannot keep a key that it is given so that it never leaves: C_UnwrapKey left the key so that {Unsealed}; "
            + "C_CopyObject returned CKR_FUNCTION_NOT_SUPPORTED (0x54); C_SetAttributeValue returned CKR_ATTRIBUTE_READ_ONLY (0x10).";
        using IHsmConnection connection = _lab.Provider.Connect(cluster, "user-1234"u8);
        Assert.Equal(expected, connection.TrySharing());
        HsmException exception = Assert.Throws<HsmException>(() => connection.GenerateKey("arn:unsealed", _id));
        Assert.Equal((HsmFailure.NotPermitted, expected, false), (exception.Failure, exception.Message, exception.IsInDoubt));
        foreach (HsmToken token in cluster.Tokens)
        {
            using OtherSoftware other = _lab.StartOther(tokenLabel: token.TokenLabel);
            Assert.Empty(other.Find(_id));
        }
    }

    [Fact]
    public void GenerateKey_OneToken_ReadsItsAttributesWithOneCall()
    {
        using IHsmConnection connection = _lab.Connect();
        long before = _lab.Calls(GetAttributeValue);
        connection.GenerateKey("arn:read", _id);
        Assert.Equal(before + 1, _lab.Calls(GetAttributeValue));
        int keys = connection.ListKeys().Single().Keys.Length;
        Assert.Equal(before + 1 + keys, _lab.Calls(GetAttributeValue));
    }

    [Theory]
    [InlineData("single 7")]
    [InlineData("single 54")]
    [InlineData("single 5")]
    public void ListKeys_AttributesOneByOneOnly_ReadsThemAll(string rule)
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        lab.SetFaults(rule);
        using IHsmConnection connection = lab.Connect();
        ulong handle = connection.GenerateKey("arn:single", _id);
        Assert.Equal(
            new HsmKeyObject("arn:single", Convert.ToHexStringLower(_id), lab.TokenLabel, handle),
            Assert.Single(connection.ListKeys().Single().Keys));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void ChangePin_LengthOfTheToken_IsRespectedAndTheOldPinStays(int length, bool isTaken)
    {
        byte[] pin = [.. Enumerable.Repeat((byte)'p', length)];
        using FaultyHsmLab lab = new();
        lab.Activate();
        lab.SetFaults("pins 4 8");
        using (IHsmConnection connection = lab.Connect())
        {
            Assert.Equal((4, 8), (connection.Status()[0].MinPinLength, connection.Status()[0].MaxPinLength));
            HsmException? refusal = (HsmException?)Record.Exception(() => connection.ChangePin(pin));
            Assert.Equal(isTaken, refusal is null);
            if (refusal is not null)
            {
                Assert.Equal(
                    (HsmFailure.InvalidArgument, $"The token 'kms-lab' takes PINs of 4 to 8 bytes, not of {length}.", false),
                    (refusal.Failure, refusal.Message, refusal.IsInDoubt));
            }
        }

        using IHsmConnection again = isTaken ? lab.Provider.Connect(lab.Cluster, pin) : lab.Connect();
        again.GenerateRandom(new byte[8]);
    }

    [Theory]
    [InlineData("full fffffffffffffffe", null)]
    [InlineData("full ffffffffffffffff", null)]
    [InlineData("full 80000000", null)]
    [InlineData("full 7fffffff", 0)]
    public void Status_SessionsOfTheToken_NoLimitIsNull(string rule, int? expected)
    {
        _lab.SetFaults(rule);
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(expected, connection.Status()[0].FreeSessions);
    }

    [Theory]
    [InlineData(CKM_AES_GCM, HsmState.DEGRADED, "The token 'kms-lab' lacks CKM_AES_GCM.", null)]
    [InlineData(CKM_AES_KEY_GEN, HsmState.DEGRADED, "The token 'kms-lab' lacks CKM_AES_KEY_GEN.", null)]
    [InlineData(CKM_RSA_PKCS_OAEP, HsmState.ACTIVE, null, "The token 'kms-lab' lacks CKM_RSA_PKCS_OAEP.")]
    [InlineData(CKM_SHA_1, HsmState.ACTIVE, null, null)]
    public void Find_MechanismMissing_IsToldWithoutLogin(CKM hidden, HsmState state, string? reason, string? sharingReason)
    {
        _lab.SetFaults($"hide {hidden:x}");
        HsmStatus found = _lab.Provider.Find(_lab.Library, [_lab.TokenLabel])[0];
        Assert.Equal((state, reason, sharingReason), (found.State, found.Reason, found.SharingReason));
        long initialized = _lab.Calls(Initialize);
        HsmStatus inspected = _lab.Provider.Inspect(_lab.Library, _lab.Cluster.Tokens)[0];
        Assert.Equal((state, reason, sharingReason), (inspected.State, inspected.Reason, inspected.SharingReason));
        Assert.Equal(initialized, _lab.Calls(Initialize));
        if (reason is not null)
        {
            Assert.Equal(reason, Assert.Throws<HsmException>(() => _lab.Connect()).Message);
        }
    }

    [Fact]
    public void Inspect_TokenGone_SaysWhy()
    {
        HsmStatus gone = _lab.Provider.Inspect(_lab.Library, [new HsmToken("gone", "0123456789abcdef")])[0];
        Assert.Equal(
            (HsmState.DEGRADED, "No token has the label 'gone' and the serial number '0123456789abcdef'."), (gone.State, gone.Reason));
    }

    [Fact]
    public void Find_LibraryDoesNotStart_NamesIt()
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        lab.SetFaults("before C_Initialize 5 -1");
        HsmException exception = Assert.Throws<HsmException>(() => lab.Provider.Find(lab.Library, [lab.TokenLabel]));
        string path = LibraryReference.Parse(lab.Library).Path;
        Assert.Equal(
            $"The PKCS#11 library '{path}' could not be initialized: C_Initialize returned CKR_GENERAL_ERROR (0x5).", exception.Message);
        Assert.Equal((ErrorCause.LibraryNotInitialized, path), (exception.Cause, exception.Library));
    }

    [Fact]
    public void InitializeToken_NewDatabaseOfNssWithAnotherLabel_SaysWhichLabelItHas()
    {
        using NssLab nss = new();
        HsmException exception = Assert.Throws<HsmException>(() => nss.Provider.InitializeToken(
            nss.Library.Replace(nss.Folder, nss.NewFolder(), StringComparison.Ordinal), "other", "officer-5678"u8, "user-1234"u8));
        Assert.Equal(
            (HsmFailure.InvalidArgument, "The module keeps the label 'kms-nss-lab' for this token: give it this label instead of 'other'."),
            (exception.Failure, exception.Message));
    }

    private HsmCluster ClusterOfTwo()
    {
        _ = _lab.Provider.ListTokens(_lab.SoftHsm).Any(static token => token.TokenLabel == "second")
            || _lab.Provider.InitializeToken(_lab.SoftHsm, "second", "officer-5678"u8, "user-1234"u8).State == HsmState.ACTIVE;
        HsmStatus second = _lab.Provider.Find(_lab.SoftHsm, ["second"])[0];
        return _lab.Cluster with { Tokens = [.. _lab.Cluster.Tokens, new HsmToken("second", second.SerialNumber, _lab.SoftHsm)] };
    }
}
