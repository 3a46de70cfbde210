using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>The mechanisms that key stores need of a token. C_GetMechanismList needs no login.</summary>
internal static class Mechanisms
{
    private static readonly CKM[] ForKeys = [CKM_AES_GCM, CKM_AES_KEY_GEN];
    private static readonly CKM[] ForSharing = [CKM_RSA_PKCS_OAEP, CKM_RSA_PKCS_KEY_PAIR_GEN];

    /// <summary>The state of a token, with what it lacks.</summary>
    public static HsmStatus StatusOf(NativeModule native, ulong slot, TokenInfo info, string library)
    {
        HsmStatus status = info.ToStatus(library);
        if (status.State != HsmState.ACTIVE || !native.GetMechanismList(slot, out ulong[] offered).IsOk)
        {
            return status;
        }

        string? reason = Lacking(info.Label, offered, ForKeys);
        return status with
        {
            State = reason is null ? HsmState.ACTIVE : HsmState.DEGRADED,
            Reason = reason,
            SharingReason = Lacking(info.Label, offered, ForSharing),
        };
    }

    /// <summary>Refuses a token that cannot serve.</summary>
    /// <exception cref="HsmException">Failed: it lacks a mechanism.</exception>
    public static void Require(NativeModule native, ulong slot, string label)
    {
        ReturnValueMap.RequireAtConnect(native.GetMechanismList(slot, out ulong[] offered));
        if (Lacking(label, offered, ForKeys) is { } reason)
        {
            throw new HsmException(HsmFailure.Failed, reason);
        }
    }

    /// <summary>What it lacks to exchange keys with others; null when nothing.</summary>
    public static string? LackingForSharing(string label, ulong[] offered) => Lacking(label, offered, ForSharing);

    private static string? Lacking(string label, ulong[] offered, CKM[] needed)
    {
        CKM[] missing = [.. needed.Where(mechanism => !offered.Contains((ulong)mechanism))];
        return missing.Length == 0 ? null : $"The token '{label}' lacks {string.Join(" and ", missing)}.";
    }
}
