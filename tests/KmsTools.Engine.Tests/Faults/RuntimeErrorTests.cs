using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.NetworkHsms;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Faults;

/// <summary>What a call is answered for everything that an HSM of a connected key store can return.</summary>
[Collection("SoftHSM")]
public sealed class RuntimeErrorTests : IClassFixture<RuntimeErrorTests.OneHsm>
{
    private const string Unreachable = "KMS cannot communicate with your CloudHSM cluster";
    private const string Refused = "The CloudHSM cluster refused the request: ";
    private const string NoSession = "The CloudHSM cluster has no PKCS #11 session free. Try again. ";

    private readonly NetworkHsmRack _rack;
    private readonly KeyMetadata _key;
    private readonly byte[] _ciphertext;

    public RuntimeErrorTests(OneHsm fixture)
    {
        _rack = fixture.Rack;
        _key = fixture.Key;
        _ciphertext = fixture.Ciphertext;
        Hsm.SetFaults();
        RequireSoon();
    }

    public sealed class OneHsm : IDisposable
    {
        public OneHsm()
        {
            Rack.Connected();
            Key = Rack.Kms.Call(Creating(Rack)).KeyMetadata;
            Ciphertext = Rack.Kms.Encrypt(Key.KeyId, 7);
        }

        internal NetworkHsmRack Rack { get; } = new(1, timeout: 1_000);

        internal KeyMetadata Key { get; }

        internal byte[] Ciphertext { get; }

        public void Dispose() => Rack.Dispose();
    }

    private NetworkHsm Hsm => _rack.Hsms[0];

    [Fact]
    public void CreateKey_HsmDown_LeavesNoRecordBehind()
    {
        string[] strays = Strays();
        Hsm.Kill();
        try
        {
            Assert.Equal("DependencyTimeoutException", _rack.Kms.Refused(Creating(_rack)).ErrorCode);
            Assert.Equal(
                "DependencyTimeoutException",
                _rack.Kms.Refused(new GenerateRandomRequest { NumberOfBytes = 8, CustomKeyStoreId = _rack.StoreId }).ErrorCode);
            Assert.Equal(strays, Strays());
        }
        finally
        {
            Hsm.Start();
            RequireSoon();
        }
    }

    [Theory]
    [InlineData("b1", "KMSInternalException", NoSession + "(C_EncryptInit returned CKR_SESSION_COUNT (0xB1))")]
    [InlineData("b4", "KMSInternalException", NoSession + "(C_EncryptInit returned CKR_SESSION_PARALLEL_NOT_SUPPORTED (0xB4))")]
    [InlineData("31", "KMSInternalException", NoSession + "(C_EncryptInit returned CKR_DEVICE_MEMORY (0x31))")]
    [InlineData("2", "KMSInternalException", NoSession + "(C_EncryptInit returned CKR_HOST_MEMORY (0x2))")]
    [InlineData("68", "KMSInvalidStateException", Refused + "C_EncryptInit returned CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)")]
    [InlineData("63", "KMSInvalidStateException", Refused + "C_EncryptInit returned CKR_KEY_TYPE_INCONSISTENT (0x63)")]
    [InlineData("62", "KMSInvalidStateException", Refused + "C_EncryptInit returned CKR_KEY_SIZE_RANGE (0x62)")]
    [InlineData("70", "KMSInvalidStateException", Refused + "C_EncryptInit returned CKR_MECHANISM_INVALID (0x70)")]
    [InlineData("71", "KMSInvalidStateException", Refused + "The HSM refuses any IV for AES-GCM: "
        + "a random one (C_EncryptInit returned CKR_MECHANISM_PARAM_INVALID (0x71)), "
        + "and a zeroed one to be replaced (C_EncryptInit returned CKR_MECHANISM_PARAM_INVALID (0x71)). "
        + "Check what it requires of CKM_AES_GCM.")]
    [InlineData("7", "KMSInvalidStateException", Refused + "The HSM refuses any IV for AES-GCM: "
        + "a random one (C_EncryptInit returned CKR_ARGUMENTS_BAD (0x7)), "
        + "and a zeroed one to be replaced (C_EncryptInit returned CKR_ARGUMENTS_BAD (0x7)). "
        + "Check what it requires of CKM_AES_GCM.")]
    [InlineData("32", "KMSInvalidStateException", Unreachable)]
    [InlineData("30", "KMSInvalidStateException", Unreachable)]
    [InlineData("e0", "KMSInvalidStateException", Unreachable)]
    [InlineData("101", "KMSInvalidStateException", Unreachable)]
    [InlineData("b3", "KMSInvalidStateException", Unreachable)]
    [InlineData("b0", "KMSInvalidStateException", Unreachable)]
    public void Encrypt_HsmReturns_HasTheError(string returned, string code, string message)
    {
        Hsm.SetFaults($"before C_EncryptInit {returned} -1");

        KmsException error = _rack.Kms.Refused(new EncryptRequest { KeyId = _key.KeyId, Plaintext = [1] });

        Assert.Equal((code, message), (error.ErrorCode, error.Message));
        Assert.Equal(code == "KMSInternalException" ? 500 : 400, error.HttpStatusCode);
        Assert.Equal(ConnectionStateType.CONNECTED, _rack.Store.ConnectionState);
        Assert.Equal(KeyState.Enabled, _rack.Kms.Describe(_key.KeyId).KeyState);
    }

    [Theory]
    [InlineData("101")]
    [InlineData("b3")]
    [InlineData("b0")]
    [InlineData("32")]
    [InlineData("60")]
    [InlineData("82")]
    public void Encrypt_SessionOrHandleLostOnce_Succeeds(string returned)
    {
        Hsm.SetFaults($"before C_EncryptInit {returned} 1");
        _rack.Kms.Encrypt(_key.KeyId, 1);
        Assert.Contains($"before C_EncryptInit {returned}", Hsm.Log());
    }

    [Theory]
    [InlineData("before C_EncryptInit 60 -1")]
    [InlineData("before C_EncryptInit 82 -1")]
    public void Encrypt_HandleNeverGood_IsMaterialMissing(string rule)
    {
        Hsm.SetFaults(rule);
        _rack.Kms.Refuses(
            new EncryptRequest { KeyId = _key.KeyId, Plaintext = [1] },
            "KMSInvalidStateException",
            $"{_key.Arn} has no key material in CloudHSM cluster cluster-2abcdefghij.");
    }

    [Fact]
    public void Encrypt_ObjectDestroyedInTheHsm_IsMaterialMissing()
    {
        KeyMetadata key = CreateKey();
        Hsm.DestroyObjects(key.Arn);
        _rack.Kms.Refuses(
            new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] },
            "KMSInvalidStateException",
            $"{key.Arn} has no key material in CloudHSM cluster cluster-2abcdefghij.");
        Assert.Equal(KeyState.Enabled, _rack.Kms.Describe(key.KeyId).KeyState);
    }

    [Theory]
    [InlineData("40")]
    [InlineData("41")]
    [InlineData("42")]
    [InlineData("5")]
    [InlineData("6")]
    public void Decrypt_HsmSaysForged_IsInvalidCiphertext(string returned)
    {
        Hsm.SetFaults($"before C_Decrypt {returned} -1");
        _rack.Kms.Refuses(new DecryptRequest { CiphertextBlob = _ciphertext }, "InvalidCiphertextException", "");
        Hsm.SetFaults();
        Assert.Equal([7], _rack.Kms.Decrypt(_ciphertext));
    }

    [Fact]
    public void Decrypt_HsmKilled_CannotCommunicate() => RequireUnreachable(Hsm.Kill, Hsm.Start);

    [Fact]
    public void Decrypt_HsmFrozen_CannotCommunicate() => RequireUnreachable(Hsm.Freeze, Hsm.Unfreeze);

    [Fact]
    public void Decrypt_TokenAway_CannotCommunicate() => RequireUnreachable(Hsm.RemoveToken, Hsm.RestoreToken);

    [Fact]
    public void Decrypt_TokenInitialisedAnew_CannotCommunicate()
    {
        RequireUnreachable(
            () =>
            {
                Hsm.RemoveToken();
                Hsm.MakeNamesake();
            },
            Hsm.RestoreToken);
    }

    [Fact]
    public void CreateKey_HsmFrozen_CannotCommunicateAndLeavesNoKey()
    {
        int keys = _rack.Kms.Call(new ListKeysRequest { Limit = 1000 }).Keys.Length;
        Hsm.Freeze();
        try
        {
            RequireUnreachableForCreation();
        }
        finally
        {
            Hsm.Unfreeze();
        }

        Assert.Equal(keys, _rack.Kms.Call(new ListKeysRequest { Limit = 1000 }).Keys.Length);
    }

    [Fact]
    public void CreateKey_AnswerLost_KeepsARecordUntilTheHsmsAreCompared()
    {
        string[] strays = Strays();
        Hsm.SetFaults("before C_GenerateKey 30 1");
        RequireUnreachableForCreation();
        Hsm.SetFaults();

        StrayKeyMaterial doubtful = Assert.Single(_rack.Strays(), stray => !strays.Contains(stray.BackingKeyId));
        Assert.Equal((StrayReason.CREATING, null), (doubtful.Reason, doubtful.ClaimedUntil));

        _rack.Kms.Engine.KeyMaterial.Find(NetworkHsmRack.ClusterId);
        Assert.DoesNotContain(doubtful.BackingKeyId, Strays());
    }

    [Theory]
    [InlineData("1b")]
    [InlineData("b5")]
    [InlineData("e2")]
    public void Delete_HsmRefusesToDestroy_DeletesTheKeyAndLeavesAnOrphan(string returned)
    {
        KeyMetadata key = CreateKey();
        string material = Hsm.KeyIds(key.Arn).Single();
        _rack.Kms.Schedule(key.KeyId);
        Hsm.SetFaults($"before C_DestroyObject {returned} -1");

        _rack.Kms.StepDays(8);

        Assert.Equal("NotFoundException", _rack.Kms.Error(new DescribeKeyRequest { KeyId = key.KeyId }).Code);
        AuditEvent deletion = _rack.Kms.Events("DeleteKey").Single(deletion => deletion.Resources.Contains(key.Arn));
        using JsonDocument statuses = JsonDocument.Parse((string)deletion.AdditionalEventData!["backingKeysDeletionStatus"]!);
        Assert.Equal("FAILURE", statuses.RootElement[0].GetProperty("deletionStatus").GetString());
        Assert.Equal(StrayReason.ORPHANED, _rack.Strays().Single(stray => stray.BackingKeyId == material).Reason);
        Assert.Single(Hsm.KeyIds(key.Arn));
    }

    [Theory]
    [InlineData("68", "KMSInternalException", Refused + "C_GenerateKey returned CKR_KEY_FUNCTION_NOT_PERMITTED (0x68)")]
    [InlineData("b1", "KMSInternalException", NoSession + "(C_GenerateKey returned CKR_SESSION_COUNT (0xB1))")]
    public void CreateKey_HsmReturns_HasADeclaredErrorWithTheReturnValue(string returned, string code, string message)
    {
        Hsm.SetFaults($"before C_GenerateKey {returned} -1");

        KmsException error = _rack.Kms.Refused(Creating(_rack));

        Assert.Equal((code, message, 500), (error.ErrorCode, error.Message, error.HttpStatusCode));
    }

    private void RequireUnreachableForCreation()
    {
        KmsException error = _rack.Kms.Refused(Creating(_rack));
        Assert.Equal(("DependencyTimeoutException", 500), (error.ErrorCode, error.HttpStatusCode));
        Assert.StartsWith(Unreachable + ": ", error.Message, StringComparison.Ordinal);
    }

    private static CreateKeyRequest Creating(NetworkHsmRack rack) => new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = rack.StoreId };

    private KeyMetadata CreateKey() => _rack.Kms.Call(Creating(_rack)).KeyMetadata;

    private string[] Strays() => [.. _rack.Strays().Select(static stray => stray.BackingKeyId).Order(StringComparer.Ordinal)];

    private void RequireUnreachable(Action fault, Action repair)
    {
        fault();
        try
        {
            KmsException error = _rack.Kms.Refused(new DecryptRequest { CiphertextBlob = _ciphertext });
            Assert.Equal(("KMSInvalidStateException", Unreachable, 400), (error.ErrorCode, error.Message, error.HttpStatusCode));
            Assert.Equal(ConnectionStateType.CONNECTED, _rack.Store.ConnectionState);
            Assert.Equal(KeyState.Enabled, _rack.Kms.Describe(_key.KeyId).KeyState);
        }
        finally
        {
            repair();
        }

        RequireSoon();
        Assert.Equal([7], _rack.Kms.Decrypt(_ciphertext));
    }

    private void RequireSoon()
    {
        DateTime limit = DateTime.UtcNow.AddSeconds(15);
        while (true)
        {
            try
            {
                _rack.Kms.Encrypt(_key.KeyId, 1);
                return;
            }
            catch (KmsException) when (DateTime.UtcNow < limit)
            {
                Thread.Sleep(20);
            }
        }
    }
}
