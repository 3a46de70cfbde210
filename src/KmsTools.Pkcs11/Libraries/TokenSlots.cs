using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>The slots of an instance and the tokens in them. Slot numbers are never kept: some modules renumber.</summary>
/// <param name="SlotCount">All slots, with and without token.</param>
/// <param name="Tokens">Slot and token of every token that answers.</param>
/// <param name="Unreachable">What a token that does not answer said, or null.</param>
internal sealed record TokenSlots(int SlotCount, IReadOnlyList<(ulong Slot, TokenInfo Info)> Tokens, ReturnValue? Unreachable)
{
    public static TokenSlots Read(NativeModule native)
    {
        Require(native.GetSlotList(tokenPresent: false, out ulong[] slots));
        List<(ulong, TokenInfo)> tokens = [];
        ReturnValue? unreachable = null;
        foreach (ulong slot in slots)
        {
            ReturnValue result = native.GetTokenInfo(slot, out TokenInfo info);
            if (result.IsOk)
            {
                tokens.Add((slot, info));
            }
            else if (result.Code is not (CKR_TOKEN_NOT_PRESENT or CKR_TOKEN_NOT_RECOGNIZED))
            {
                unreachable = result;
            }
        }

        return new(slots.Length, tokens, unreachable);
    }

    /// <summary>The initialised token with a label, or null.</summary>
    public (ulong Slot, TokenInfo Info)? WithLabel(string label)
    {
        (ulong, TokenInfo)[] found =
            [.. Tokens.Where(token => token.Info.Has(CKF_TOKEN_INITIALIZED) && token.Info.Label == label)];
        return found.Length switch
        {
            0 => null,
            1 => found[0],
            _ => throw new HsmException(HsmFailure.InvalidArgument, $"{found.Length} tokens have the label '{label}'."),
        };
    }

    /// <summary>The token of a cluster.</summary>
    public (ulong Slot, TokenInfo Info) Require(HsmToken wanted)
    {
        foreach ((ulong Slot, TokenInfo Info) token in Tokens)
        {
            if (token.Info.Is(wanted))
            {
                return token;
            }
        }

        if (Unreachable is { } result)
        {
            throw ReturnValueMap.AtConnect(result);
        }

        throw Tokens.Count == 0 && SlotCount > 0
            ? new HsmException(HsmFailure.NoActiveHsm, $"None of the {SlotCount} slots holds a token.")
            : new HsmException(
                HsmFailure.ClusterNotFound,
                $"No token has the label '{wanted.TokenLabel}' and the serial number '{wanted.SerialNumber}'.");
    }

    private static void Require(ReturnValue result)
    {
        if (!result.IsOk)
        {
            throw ReturnValueMap.AtConnect(result);
        }
    }
}
