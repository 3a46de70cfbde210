using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>What a token reports about its crypto user before a PIN is offered.</summary>
internal static class CryptoUser
{
    /// <summary>Prevents using up the last attempt of a user, and login attempts that cannot succeed.</summary>
    public static void RequireUsable(TokenInfo info)
    {
        if (info.Has(CKF_USER_PIN_LOCKED))
        {
            throw new HsmException(HsmFailure.UserLockedOut, $"The PIN of the token '{info.Label}' is locked (CKF_USER_PIN_LOCKED).");
        }

        if (info.Has(CKF_USER_PIN_FINAL_TRY))
        {
            throw new HsmException(
                HsmFailure.UserLockedOut,
                $"One more wrong PIN would lock the token '{info.Label}' (CKF_USER_PIN_FINAL_TRY); log in with other software first.");
        }

        if (!info.Has(CKF_USER_PIN_INITIALIZED))
        {
            throw new HsmException(
                HsmFailure.UserNotFound,
                $"The token '{info.Label}' has no user PIN (CKF_USER_PIN_INITIALIZED is clear).");
        }
    }
}
