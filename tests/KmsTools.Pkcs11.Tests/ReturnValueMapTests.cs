using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Tests;

public class ReturnValueMapTests
{
    [Fact]
    public void ToString_KnownCode_NamesFunctionAndConstant() =>
        Assert.Equal(
            "C_Login returned CKR_PIN_INCORRECT (0xA0)", new ReturnValue(CKR_PIN_INCORRECT, "C_Login").ToString());

    [Theory]
    [InlineData(0x42, "C_Login returned CKR_AEAD_DECRYPT_FAILED (0x42)")]
    [InlineData(0x777, "C_Login returned an unknown return value (0x777)")]
    [InlineData(0x7FFF_FFFF, "C_Login returned an unknown return value (0x7FFFFFFF)")]
    [InlineData(0x8000_0000, "C_Login returned CKR_VENDOR_DEFINED (0x80000000)")]
    [InlineData(0x8000_0123, "C_Login returned CKR_VENDOR_DEFINED+0x123 (0x80000123)")]
    [InlineData(0xFFFF_FFFF, "C_Login returned CKR_VENDOR_DEFINED+0x7FFFFFFF (0xFFFFFFFF)")]
    [InlineData(0x1_0000_0000, "C_Login returned CKR_VENDOR_DEFINED+0x80000000 (0x100000000)")]
    [InlineData(0x1_0000_00A0, "C_Login returned CKR_VENDOR_DEFINED+0x800000A0 (0x1000000A0)")]
    [InlineData(0xFFFF_FFFF_FFFF_FFFF, "C_Login returned CKR_VENDOR_DEFINED+0xFFFFFFFF7FFFFFFF (0xFFFFFFFFFFFFFFFF)")]
    public void ToString_CodeThatPkcs11InteropDoesNotKnow_ShowsItsNumber(ulong number, string expected)
    {
        ReturnValue result = new(number, "C_Login");
        Assert.False(result.IsOk);
        Assert.Equal(expected, result.ToString());
        Assert.Equal(HsmFailure.Failed, ReturnValueMap.FailureInUse(result));
        Assert.Equal(HsmFailure.Failed, ReturnValueMap.FailureAtConnect(result));
    }

    [Theory]
    [InlineData(CKR_PIN_INCORRECT, HsmFailure.InvalidCredentials)]
    [InlineData(CKR_PIN_LEN_RANGE, HsmFailure.InvalidCredentials)]
    [InlineData(CKR_PIN_LOCKED, HsmFailure.UserLockedOut)]
    [InlineData(CKR_USER_PIN_NOT_INITIALIZED, HsmFailure.UserNotFound)]
    [InlineData(CKR_USER_ANOTHER_ALREADY_LOGGED_IN, HsmFailure.UserLoggedIn)]
    [InlineData(CKR_TOKEN_NOT_PRESENT, HsmFailure.NoActiveHsm)]
    [InlineData(CKR_SLOT_ID_INVALID, HsmFailure.ClusterNotFound)]
    [InlineData(CKR_DEVICE_ERROR, HsmFailure.Unreachable)]
    [InlineData(CKR_DEVICE_REMOVED, HsmFailure.Unreachable)]
    [InlineData(CKR_GENERAL_ERROR, HsmFailure.Failed)]
    [InlineData(CKR_MECHANISM_INVALID, HsmFailure.Failed)]
    public void FailureAtConnect_Code_HasTheConnectionError(CKR code, HsmFailure expected) =>
        Assert.Equal(expected, ReturnValueMap.FailureAtConnect(new(code, "C_Login")));

    [Theory]
    [InlineData(CKR_TOKEN_NOT_PRESENT, HsmFailure.Unreachable)]
    [InlineData(CKR_SESSION_HANDLE_INVALID, HsmFailure.Unreachable)]
    [InlineData(CKR_SESSION_COUNT, HsmFailure.Exhausted)]
    [InlineData(CKR_DEVICE_MEMORY, HsmFailure.Exhausted)]
    [InlineData(CKR_MECHANISM_INVALID, HsmFailure.NotPermitted)]
    [InlineData(CKR_KEY_FUNCTION_NOT_PERMITTED, HsmFailure.NotPermitted)]
    public void FailureInUse_Code_HasTheRuntimeError(CKR code, HsmFailure expected) =>
        Assert.Equal(expected, ReturnValueMap.FailureInUse(new(code, "C_EncryptInit")));

    [Fact]
    public void MeansForgery_SameCodeFromAnotherFunction_IsNot()
    {
        Assert.True(ReturnValueMap.MeansForgery(new(CKR_ENCRYPTED_DATA_INVALID, "C_Decrypt")));
        Assert.False(ReturnValueMap.MeansForgery(new(CKR_ENCRYPTED_DATA_INVALID, "C_DecryptInit")));
        Assert.True(ReturnValueMap.MayMeanForgery(new(CKR_GENERAL_ERROR, "C_Decrypt")));
        Assert.False(ReturnValueMap.MayMeanForgery(new(CKR_FUNCTION_FAILED, "C_DecryptInit")));
    }
}
