using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests.Interop;

public sealed class ReturnValueTests
{
    [Fact]
    public void ThrowUnlessOk_Ok_GoesOn()
    {
        new ReturnValue(CKR_OK, "C_Login").ThrowUnlessOk();
        ReturnValue.Ok.ThrowUnlessOk();
    }

    [Theory]
    [InlineData(CKR_CANCEL, "C_Sign returned CKR_CANCEL (0x1)")]
    [InlineData(CKR_DEVICE_REMOVED, "C_Sign returned CKR_DEVICE_REMOVED (0x32)")]
    public void ThrowUnlessOk_AnythingElse_CarriesItWithTheNameOfTheCall(CKR code, string expected)
    {
        ReturnValue result = new(code, "C_Sign");
        CryptokiException exception = Assert.Throws<CryptokiException>(result.ThrowUnlessOk);
        Assert.Equal(result, exception.Result);
        Assert.Equal(expected, exception.Message);
    }

    [Fact]
    public void NoReply_IsASignOfALostHsm()
    {
        Assert.False(ReturnValue.NoReply.IsOk);
        Assert.True(ReturnValueMap.MakesHsmSuspect(ReturnValue.NoReply));
        Assert.True(ReturnValueMap.MeansLostAnswer(ReturnValue.NoReply));
    }
}
