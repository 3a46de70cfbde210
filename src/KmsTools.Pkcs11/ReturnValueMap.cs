using System.Collections.Frozen;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11;

/// <summary>Maps return values to their meaning for KMS. The only place where return values are turned into failures.</summary>
internal static class ReturnValueMap
{
    private static readonly FrozenDictionary<CKR, HsmFailure> Failures = new Dictionary<CKR, HsmFailure>
    {
        [CKR_SLOT_ID_INVALID] = HsmFailure.ClusterNotFound,
        [CKR_TOKEN_NOT_PRESENT] = HsmFailure.NoActiveHsm,
        [CKR_TOKEN_NOT_RECOGNIZED] = HsmFailure.NoActiveHsm,
        [CKR_PIN_INCORRECT] = HsmFailure.InvalidCredentials,
        [CKR_PIN_INVALID] = HsmFailure.InvalidCredentials,
        [CKR_PIN_LEN_RANGE] = HsmFailure.InvalidCredentials,
        [CKR_PIN_EXPIRED] = HsmFailure.InvalidCredentials,
        [CKR_PIN_LOCKED] = HsmFailure.UserLockedOut,
        [CKR_USER_PIN_NOT_INITIALIZED] = HsmFailure.UserNotFound,
        [CKR_USER_TYPE_INVALID] = HsmFailure.UserNotFound,
        [CKR_USER_ALREADY_LOGGED_IN] = HsmFailure.UserLoggedIn,
        [CKR_USER_ANOTHER_ALREADY_LOGGED_IN] = HsmFailure.UserLoggedIn,
        [CKR_USER_TOO_MANY_TYPES] = HsmFailure.UserLoggedIn,
        [CKR_DEVICE_ERROR] = HsmFailure.Unreachable,
        [CKR_DEVICE_REMOVED] = HsmFailure.Unreachable,
        [CKR_KEY_HANDLE_INVALID] = HsmFailure.KeyNotFound,
        [CKR_OBJECT_HANDLE_INVALID] = HsmFailure.KeyNotFound,
        [CKR_SESSION_COUNT] = HsmFailure.Exhausted,
        [CKR_SESSION_PARALLEL_NOT_SUPPORTED] = HsmFailure.Exhausted,
        [CKR_DEVICE_MEMORY] = HsmFailure.Exhausted,
        [CKR_HOST_MEMORY] = HsmFailure.Exhausted,
        [CKR_KEY_FUNCTION_NOT_PERMITTED] = HsmFailure.NotPermitted,
        [CKR_KEY_NOT_WRAPPABLE] = HsmFailure.NotPermitted,
        [CKR_KEY_UNEXTRACTABLE] = HsmFailure.NotPermitted,
        [CKR_KEY_TYPE_INCONSISTENT] = HsmFailure.NotPermitted,
        [CKR_KEY_SIZE_RANGE] = HsmFailure.NotPermitted,
        [CKR_MECHANISM_INVALID] = HsmFailure.NotPermitted,
        [CKR_MECHANISM_PARAM_INVALID] = HsmFailure.NotPermitted,
        [CKR_ACTION_PROHIBITED] = HsmFailure.NotPermitted,
        [CKR_SESSION_READ_ONLY] = HsmFailure.NotPermitted,
        [CKR_TOKEN_WRITE_PROTECTED] = HsmFailure.NotPermitted,
        [CKR_ATTRIBUTE_READ_ONLY] = HsmFailure.NotPermitted,
        [CKR_ATTRIBUTE_VALUE_INVALID] = HsmFailure.NotPermitted,
        [CKR_ATTRIBUTE_TYPE_INVALID] = HsmFailure.NotPermitted,
        [CKR_TEMPLATE_INCONSISTENT] = HsmFailure.NotPermitted,
        [CKR_TEMPLATE_INCOMPLETE] = HsmFailure.NotPermitted,
        [CKR_FUNCTION_NOT_SUPPORTED] = HsmFailure.NotPermitted,
        [CKR_FUNCTION_REJECTED] = HsmFailure.NotPermitted,
    }.ToFrozenDictionary();

    /// <summary>The failure while connecting, where none of our sessions can have been lost.</summary>
    public static HsmFailure FailureAtConnect(ReturnValue result)
    {
        // Before there is a key to work with, an error about a mechanism or an exhausted host is the fault of the module, not of the
        // request.
        return result.Code is CKR_MECHANISM_INVALID or CKR_HOST_MEMORY or CKR_DEVICE_MEMORY
            ? HsmFailure.Failed
            : Failures.GetValueOrDefault(result.Code, HsmFailure.Failed);
    }

    /// <summary>The failure of a call on an established connection.</summary>
    public static HsmFailure FailureInUse(ReturnValue result) =>
        MakesHsmSuspect(result) ? HsmFailure.Unreachable : Failures.GetValueOrDefault(result.Code, HsmFailure.Failed);

    /// <summary>The exception for a failure while connecting.</summary>
    public static HsmException AtConnect(ReturnValue result) => new(FailureAtConnect(result), result.ToString());

    /// <summary>Throws unless a call that belongs to connecting succeeded.</summary>
    /// <exception cref="HsmException">It did not.</exception>
    public static void RequireAtConnect(ReturnValue result)
    {
        if (!result.IsOk)
        {
            throw AtConnect(result);
        }
    }

    /// <summary>The exception for a failure of a call on an established connection.</summary>
    public static HsmException InUse(ReturnValue result) => new(FailureInUse(result), result.ToString())
    {
        IsAboutKeyUsage = result.Code is CKR_KEY_FUNCTION_NOT_PERMITTED or CKR_KEY_TYPE_INCONSISTENT or CKR_KEY_SIZE_RANGE,
    };

    /// <summary>Whether the session, the login or the HSM may be lost, so that it makes sense to check again and to retry.</summary>
    public static bool MakesHsmSuspect(ReturnValue result) => result.Code switch
    {
        CKR_DEVICE_ERROR or CKR_DEVICE_REMOVED or CKR_TOKEN_NOT_PRESENT or CKR_TOKEN_NOT_RECOGNIZED or CKR_SLOT_ID_INVALID
            or CKR_SESSION_HANDLE_INVALID or CKR_SESSION_CLOSED or CKR_USER_NOT_LOGGED_IN or CKR_CRYPTOKI_NOT_INITIALIZED
            or CKR_OPERATION_ACTIVE or CKR_OPERATION_NOT_INITIALIZED or CKR_FUNCTION_CANCELED or CKR_GENERAL_ERROR
            or CKR_FUNCTION_FAILED => true,
        _ => false,
    };

    /// <summary>
    /// Whether the session or the HSM is certainly lost. SoftHSM also returns CKR_GENERAL_ERROR and CKR_FUNCTION_FAILED because of the
    /// content of an object.
    /// </summary>
    public static bool MeansLostSession(ReturnValue result) =>
        MakesHsmSuspect(result) && result.Code is not (CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED);

    /// <summary>
    /// Whether it says nothing about the outcome of the request: the request or its answer may have been lost, or the request may still be
    /// on its way.
    /// </summary>
    public static bool MeansLostAnswer(ReturnValue result) =>
        result.Code is CKR_DEVICE_ERROR or CKR_DEVICE_REMOVED or CKR_TOKEN_NOT_PRESENT or CKR_FUNCTION_CANCELED;

    /// <summary>Whether a handle has become stale.</summary>
    public static bool MeansStaleHandle(ReturnValue result) => result.Code is CKR_KEY_HANDLE_INVALID or CKR_OBJECT_HANDLE_INVALID;

    /// <summary>
    /// Whether the module says that ciphertext, tag or additional data are wrong. Only C_Decrypt can say so, never C_DecryptInit.
    /// </summary>
    public static bool MeansForgery(ReturnValue result) =>
        IsFrom(result, "C_Decrypt") && (result.Code is CKR_ENCRYPTED_DATA_INVALID or CKR_ENCRYPTED_DATA_LEN_RANGE
            or ReturnValue.CKR_AEAD_DECRYPT_FAILED or CKR_DATA_INVALID or CKR_DATA_LEN_RANGE);

    /// <summary>
    /// Whether it means a forgery if, and only if, the HSM turns out to be healthy: SoftHSM has no better code for a bad tag.
    /// </summary>
    public static bool MayMeanForgery(ReturnValue result) =>
        IsFrom(result, "C_Decrypt") && (result.Code is CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED);

    /// <summary>Whether the crypto user was refused, so that the same PIN must not be offered again.</summary>
    public static bool IsRefusal(HsmFailure failure) =>
        failure is HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut or HsmFailure.UserNotFound;

    /// <summary>Whether the module rejected the template rather than the request.</summary>
    public static bool IsTemplateRefused(ReturnValue result) =>
        result.Code is CKR_ATTRIBUTE_READ_ONLY or CKR_ATTRIBUTE_TYPE_INVALID or CKR_ATTRIBUTE_VALUE_INVALID
            or CKR_TEMPLATE_INCONSISTENT;

    /// <summary>Whether the module says of a key that it may not leave the HSM, not even wrapped.</summary>
    public static bool MeansUnextractable(ReturnValue result) =>
        result.Code is CKR_KEY_UNEXTRACTABLE or CKR_KEY_NOT_WRAPPABLE or CKR_KEY_FUNCTION_NOT_PERMITTED or CKR_ACTION_PROHIBITED;

    /// <summary>Whether the module rejected the parameters of a mechanism.</summary>
    public static bool IsParameterRefused(ReturnValue result) =>
        result.Code is CKR_ARGUMENTS_BAD or CKR_MECHANISM_PARAM_INVALID or CKR_MECHANISM_INVALID;

    /// <summary>Whether the module may have rejected the IV of an encryption.</summary>
    public static bool MayMeanIvRefused(ReturnValue result) =>
        (result.Code is CKR_MECHANISM_PARAM_INVALID or CKR_ARGUMENTS_BAD)
            && (IsFrom(result, "C_EncryptInit") || IsFrom(result, "C_Encrypt"));

    private static bool IsFrom(ReturnValue result, string function) => string.Equals(result.Function, function, StringComparison.Ordinal);
}
