using System.Text;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>Creates a token in a free slot and gives it a crypto user.</summary>
internal static class TokenInitializer
{
    private const int MaxLabelLength = 32;

    public static void Initialize(NativeModule native, TokenSelector token, Secret securityOfficerPin, Secret userPin)
    {
        string label = token.Label ?? "";
        byte[] labelBytes = Encoding.UTF8.GetBytes(label);
        if (labelBytes.Length is 0 or > MaxLabelLength)
        {
            throw new HsmException(HsmFailure.InvalidArgument, "A token label has 1 to 32 bytes.");
        }

        TokenSlots slots = TokenSlots.Read(native);
        if (slots.SlotOf(label) is not null)
        {
            throw new HsmException(HsmFailure.InvalidArgument, $"A token with the label '{label}' exists already.");
        }

        ulong slot = FreeSlot(
            slots.Matching(native, token).OrderByDescending(candidate => candidate.Info.Label == label),
            (token with { Label = null }).ToString(),
            securityOfficerPin.Length,
            userPin.Length);
        Require(securityOfficerPin.Use(pin => native.InitToken(slot, pin, labelBytes)));

        // Some modules renumber their slots at this point.
        slots = TokenSlots.Read(native);
        if (slots.SlotOf(label) is { } renumbered)
        {
            slot = renumbered;
        }
        else if (slots.Tokens.FirstOrDefault(found => found.Slot == slot).Info.Label is { Length: > 0 } kept && kept != label)
        {
            // NSS takes the label from dbTokenDescription.
            throw new HsmException(
                HsmFailure.InvalidArgument,
                $"The module keeps the label '{kept}' for this token: give it this label instead of '{label}'.");
        }

        Require(native.OpenSession(slot, out ulong session));
        try
        {
            ReturnValue result = securityOfficerPin.Use(pin => native.Login(session, CKU_SO, pin));
            if (result.Code == CKR_PIN_INCORRECT)
            {
                // The security officer of NSS has an empty PIN until there is a user, whatever C_InitToken was given.
                result = native.Login(session, CKU_SO, []);
            }

            Require(result);
            Require(userPin.Use(pin => native.InitPin(session, pin)));
            _ = native.Logout(session);
        }
        finally
        {
            _ = native.CloseSession(session);
        }
    }

    private static ulong FreeSlot(
        IEnumerable<(ulong Slot, TokenInfo Info)> candidates,
        string words,
        int securityOfficerPinLength,
        int userPinLength)
    {
        foreach ((ulong slot, TokenInfo info) in candidates)
        {
            if (!info.Has(CKF_TOKEN_INITIALIZED) && !info.Has(CKF_WRITE_PROTECTED))
            {
                // Checked beforehand: a user PIN that is refused after C_InitToken would leave a token without user.
                RequireLength("security officer", securityOfficerPinLength, info);
                RequireLength("crypto user", userPinLength, info);
                return slot;
            }
        }

        throw new HsmException(
            HsmFailure.InvalidArgument,
            $"No slot holds a token that is not initialised{(words.Length > 0 ? $" and has the {words}" : "")}.");
    }

    private static void RequireLength(string whose, int length, TokenInfo info)
    {
        if ((ulong)length < info.MinimumPinLength || (info.MaximumPinLength > 0 && (ulong)length > info.MaximumPinLength))
        {
            throw new HsmException(
                HsmFailure.InvalidArgument,
                $"The PIN of the {whose} must have {info.MinimumPinLength} to {info.MaximumPinLength} bytes.");
        }
    }

    private static void Require(ReturnValue result)
    {
        if (!result.IsOk)
        {
            throw result.Code is CKR_PIN_LEN_RANGE or CKR_PIN_INVALID
                ? new HsmException(HsmFailure.InvalidArgument, result.ToString())
                : ReturnValueMap.AtConnect(result);
        }
    }
}
