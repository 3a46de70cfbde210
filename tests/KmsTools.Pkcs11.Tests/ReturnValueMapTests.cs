using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests;

public class ReturnValueMapTests
{
    [Fact]
    public void ToString_KnownCode_NamesFunctionAndConstant()
        => Assert.Equal(
            "C_Login returned CKR_PIN_INCORRECT (0xA0)", new ReturnValue(Cryptoki.CKR_PIN_INCORRECT, "C_Login").ToString());

    [Fact]
    public void NameOf_VendorCode_SaysSo()
    {
        Assert.Equal("CKR_VENDOR_DEFINED+0x12", Cryptoki.NameOf(0x8000_0012));
        Assert.Equal("an unknown return value", Cryptoki.NameOf(0x777));
    }

    [Theory]
    [InlineData(Cryptoki.CKR_PIN_INCORRECT, HsmFailure.InvalidCredentials)]
    [InlineData(Cryptoki.CKR_PIN_LEN_RANGE, HsmFailure.InvalidCredentials)]
    [InlineData(Cryptoki.CKR_PIN_LOCKED, HsmFailure.UserLockedOut)]
    [InlineData(Cryptoki.CKR_USER_PIN_NOT_INITIALIZED, HsmFailure.UserNotFound)]
    [InlineData(Cryptoki.CKR_USER_ANOTHER_ALREADY_LOGGED_IN, HsmFailure.UserLoggedIn)]
    [InlineData(Cryptoki.CKR_TOKEN_NOT_PRESENT, HsmFailure.NoActiveHsm)]
    [InlineData(Cryptoki.CKR_SLOT_ID_INVALID, HsmFailure.ClusterNotFound)]
    [InlineData(Cryptoki.CKR_DEVICE_ERROR, HsmFailure.Unreachable)]
    [InlineData(Cryptoki.CKR_DEVICE_REMOVED, HsmFailure.Unreachable)]
    [InlineData(Cryptoki.CKR_GENERAL_ERROR, HsmFailure.Failed)]
    [InlineData(Cryptoki.CKR_MECHANISM_INVALID, HsmFailure.Failed)]
    public void FailureAtConnect_Code_HasTheConnectionError(ulong code, HsmFailure expected)
        => Assert.Equal(expected, ReturnValueMap.FailureAtConnect(new(code, "C_Login")));

    [Theory]
    [InlineData(Cryptoki.CKR_TOKEN_NOT_PRESENT, HsmFailure.Unreachable)]
    [InlineData(Cryptoki.CKR_SESSION_HANDLE_INVALID, HsmFailure.Unreachable)]
    [InlineData(Cryptoki.CKR_SESSION_COUNT, HsmFailure.Exhausted)]
    [InlineData(Cryptoki.CKR_DEVICE_MEMORY, HsmFailure.Exhausted)]
    [InlineData(Cryptoki.CKR_MECHANISM_INVALID, HsmFailure.NotPermitted)]
    [InlineData(Cryptoki.CKR_KEY_FUNCTION_NOT_PERMITTED, HsmFailure.NotPermitted)]
    public void FailureInUse_Code_HasTheRuntimeError(ulong code, HsmFailure expected)
        => Assert.Equal(expected, ReturnValueMap.FailureInUse(new(code, "C_EncryptInit")));

    [Fact]
    public void MeansForgery_SameCodeFromAnotherFunction_IsNot()
    {
        Assert.True(ReturnValueMap.MeansForgery(new(Cryptoki.CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt")));
        Assert.False(ReturnValueMap.MeansForgery(new(Cryptoki.CKR_ENCRYPTED_DATA_INVALID, "C_DecryptInit")));
        Assert.True(ReturnValueMap.MayMeanForgery(new(Cryptoki.CKR_GENERAL_ERROR, "C_Decrypt")));
        Assert.False(ReturnValueMap.MayMeanForgery(new(Cryptoki.CKR_FUNCTION_FAILED, "C_DecryptInit")));
    }
}
