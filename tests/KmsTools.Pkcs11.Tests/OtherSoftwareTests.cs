using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;
using Net.Pkcs11Interop.HighLevelAPI;

namespace KmsTools.Pkcs11.Tests;

/// <summary>What KmsTools makes and changes in a token, as Pkcs11Interop sees it, and the other way round.</summary>
public sealed class OtherSoftwareTests : IDisposable
{
    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();
    private readonly IHsmConnection _connection;
    private readonly byte[] _id = HsmLab.NewId();

    public OtherSoftwareTests() => _connection = _lab.Connect();

    public void Dispose()
    {
        _connection.Dispose();
        _lab.Dispose();
    }

    [Fact]
    public void GenerateKey_Always_HasTheseAttributes()
    {
        ulong handle = _connection.GenerateKey("arn:attributes", _id);
        using OtherSoftware other = _lab.StartOther();
        IObjectHandle key = Assert.Single(other.Find(_id));
        Assert.NotEqual(0ul, handle);

        Assert.Equal((ulong)CKO_SECRET_KEY, other.Read(key, CKA_CLASS).GetValueAsUlong());
        Assert.Equal((ulong)CKK_AES, other.Read(key, CKA_KEY_TYPE).GetValueAsUlong());
        Assert.Equal(32ul, other.Read(key, CKA_VALUE_LEN).GetValueAsUlong());
        Assert.Equal((ulong)CKM_AES_KEY_GEN, other.Read(key, CKA_KEY_GEN_MECHANISM).GetValueAsUlong());
        Assert.Equal("arn:attributes", other.Read(key, CKA_LABEL).GetValueAsString());
        Assert.Equal(_id, other.Read(key, CKA_ID).GetValueAsByteArray());
        Assert.Equal(CKR_ATTRIBUTE_SENSITIVE, other.ReadValue(_id));
        CKA[] set =
        [
            CKA_TOKEN, CKA_PRIVATE, CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE, CKA_LOCAL, CKA_ENCRYPT, CKA_DECRYPT,
        ];
        Assert.All(set, attribute => Assert.True(other.Flag(_id, attribute), $"{attribute}"));
        CKA[] clear = [CKA_EXTRACTABLE, CKA_MODIFIABLE, CKA_WRAP, CKA_UNWRAP, CKA_SIGN, CKA_VERIFY, CKA_DERIVE];
        Assert.All(clear, attribute => Assert.False(other.Flag(_id, attribute), $"{attribute}"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 9)]
    [InlineData(1, 0)]
    [InlineData(15, 1)]
    [InlineData(16, 16)]
    [InlineData(17, 8192)]
    [InlineData(4096, 9)]
    public void Encrypt_AnyLength_OtherSoftwareDecryptsIt(int length, int additionalLength)
    {
        _connection.GenerateKey("arn:ours", _id);
        byte[] plaintext = RandomNumberGenerator.GetBytes(length);
        byte[] additionalData = RandomNumberGenerator.GetBytes(additionalLength);
        byte[] ciphertext = new byte[length + 28];
        _connection.Encrypt(_id, plaintext, additionalData, ciphertext);

        using OtherSoftware other = _lab.StartOther();
        Assert.Equal(plaintext, other.Decrypt(_id, ciphertext[..12], ciphertext[12..], additionalData));
        ciphertext[^1] ^= 1;
        Assert.Throws<Pkcs11Exception>(() => other.Decrypt(_id, ciphertext[..12], ciphertext[12..], additionalData));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(15, 1)]
    [InlineData(16, 16)]
    [InlineData(17, 8192)]
    [InlineData(4096, 9)]
    public void Decrypt_EncryptedByOtherSoftware_GivesThePlaintext(int length, int additionalLength)
    {
        _connection.GenerateKey("arn:theirs", _id);
        byte[] plaintext = RandomNumberGenerator.GetBytes(length);
        byte[] additionalData = RandomNumberGenerator.GetBytes(additionalLength);
        byte[] iv = RandomNumberGenerator.GetBytes(12);
        byte[] sealedByOther;
        using (OtherSoftware other = _lab.StartOther())
        {
            sealedByOther = other.Encrypt(_id, iv, plaintext, additionalData);
        }

        byte[] again = new byte[length];
        _connection.Decrypt(_id, [.. iv, .. sealedByOther], additionalData, again);
        Assert.Equal(plaintext, again);
        byte[] otherData = [.. additionalData, 1];
        Assert.Equal(
            HsmFailure.AuthenticationFailed,
            Assert.Throws<HsmException>(() => _connection.Decrypt(_id, [.. iv, .. sealedByOther], otherData, again)).Failure);
    }

    [Fact]
    public void GenerateAndDestroyKey_ManyTimes_OtherSoftwareFindsOneOfEachThatIsLeft()
    {
        byte[][] ids = [.. Enumerable.Range(0, 10).Select(static _ => HsmLab.NewId())];
        Array.ForEach(ids, id => _connection.GenerateKey("arn:many", id));
        Array.ForEach(ids[..4], id => Assert.True(_connection.DestroyKey(id)));

        using OtherSoftware other = _lab.StartOther();
        Assert.All(ids[..4], id => Assert.Empty(other.Find(id)));
        Assert.All(ids[4..], id => Assert.Single(other.Find(id)));
        Assert.Equal(6, other.FindAll().Count);
    }

    [Fact]
    public void ListKeys_MadeByOtherSoftware_IsListedAndUsable()
    {
        using (OtherSoftware other = _lab.StartOther())
        {
            other.MakeExtractable(_id, "arn:foreign");
        }

        HsmKeyObject key = Assert.Single(Assert.Single(_connection.ListKeys()).Keys);
        Assert.Equal(("arn:foreign", Convert.ToHexStringLower(_id), true), (key.Label, key.Id, key.IsUsable));
        _connection.Encrypt(_id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void ChangePin_AsCryptoUser_OtherSoftwareNeedsTheNewOne()
    {
        _connection.ChangePin("changed-1234"u8);
        using OtherSoftware other = new(_lab.SoftHsm, _lab.TokenLabel);
        Assert.False(other.Takes(CKU_USER, "user-1234"));
        Assert.True(other.Takes(CKU_USER, "changed-1234"));
        Assert.True(other.Takes(CKU_SO, "officer-5678"));
    }

    [Fact]
    public void InitializeToken_FreeSlot_OtherSoftwareSeesItsNameItsUsersAndNothingInIt()
    {
        HsmStatus status = _lab.Provider.InitializeToken(_lab.Library, "fresh ü", "so-ä-1234"u8, "user-ß-1234"u8);
        using OtherSoftware other = new(_lab.SoftHsm, "fresh ü");
        ITokenInfo token = other.Token;
        Assert.Equal(status.SerialNumber, token.SerialNumber);
        Assert.Equal((status.Manufacturer, status.Model), (token.ManufacturerId, token.Model));
        Assert.True(token.TokenFlags.TokenInitialized);
        Assert.True(token.TokenFlags.UserPinInitialized);
        Assert.True(token.TokenFlags.LoginRequired);
        Assert.True(other.Takes(CKU_SO, "so-ä-1234"));
        Assert.True(other.Takes(CKU_USER, "user-ß-1234"));
        Assert.False(other.Takes(CKU_USER, "user-1234"));
        Assert.Empty(other.LogIn(CKU_USER, "user-ß-1234").FindAll());
    }
}
