using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>The slots of an instance and the tokens in them. Slot numbers are never stored: some modules renumber slots.</summary>
/// <param name="SlotCount">The number of all slots, with and without a token.</param>
/// <param name="Tokens">Slot and token of every token that answers.</param>
/// <param name="Unreachable">The error of a token that does not answer, or null.</param>
internal sealed record TokenSlots(int SlotCount, IReadOnlyList<(ulong Slot, TokenInfo Info)> Tokens, ReturnValue? Unreachable)
{
    public static TokenSlots Read(NativeModule native)
    {
        ReturnValueMap.RequireAtConnect(native.GetSlotList(tokenPresent: false, out ulong[] slots));
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

    private IEnumerable<(ulong Slot, TokenInfo Info)> Initialised => Tokens.Where(static token => token.Info.Has(CKF_TOKEN_INITIALIZED));

    /// <summary>The initialized tokens.</summary>
    public ImmutableArray<HsmStatus> List(string library) => [.. Initialised.Select(token => token.Info.ToStatus(library))];

    /// <summary>The slot of the first initialized token with a label, or null.</summary>
    public ulong? SlotOf(string label) =>
        Initialised.Where(token => token.Info.Label == label).Select(static token => (ulong?)token.Slot).FirstOrDefault();

    /// <summary>The initialized token that is selected, or null.</summary>
    /// <exception cref="HsmException">Ambiguous: several are. InvalidArgument: it could not be found again.</exception>
    public (ulong Slot, TokenInfo Info)? Find(NativeModule native, string library, TokenSelector wanted)
    {
        (ulong Slot, TokenInfo Info)[] found =
            [.. Matching(native, wanted).Where(
                token => token.Info.Has(CKF_TOKEN_INITIALIZED) && (wanted.Label is null || wanted.Label == token.Info.Label))];
        if (found.Length > 1)
        {
            throw Ambiguous(library, wanted, found);
        }

        if (found.Length == 0)
        {
            return null;
        }

        TokenInfo info = found[0].Info;
        return With(Remembered(info)).Length == 1 ? found[0] : throw Indistinct(library, info);
    }

    /// <summary>The slots whose tokens, initialized or not, have the attributes that a selector specifies besides the label.</summary>
    public IEnumerable<(ulong Slot, TokenInfo Info)> Matching(NativeModule native, TokenSelector wanted)
    {
        if (wanted.NeedsLibraryInfo)
        {
            ReturnValueMap.RequireAtConnect(native.GetInfo(out LibraryInfo library));
            if ((wanted.LibraryManufacturer is { } manufacturer && manufacturer != library.Manufacturer)
                || (wanted.LibraryDescription is { } description && description != library.Description)
                || (wanted.LibraryVersion is { } version && version != library.Version))
            {
                return [];
            }
        }

        return Tokens.Where(token => token.Info.IsOf(wanted) && (wanted.SlotId is null || wanted.SlotId == token.Slot)
            && IsInSlot(native, token.Slot, wanted));
    }

    /// <summary>The token of a cluster as it is now; null when it does not exist, or cannot be distinguished from another one.</summary>
    public (ulong Slot, TokenInfo Info)? Find(HsmToken registered) => With(registered) is [var only] ? only : null;

    /// <summary>The token of a cluster.</summary>
    public (ulong Slot, TokenInfo Info) Require(HsmToken wanted)
    {
        (ulong Slot, TokenInfo Info)[] found = With(wanted);
        if (found.Length == 1)
        {
            return found[0];
        }

        if (found.Length > 1)
        {
            throw new HsmException(
                HsmFailure.Failed,
                $"{found.Length} tokens have the label '{wanted.TokenLabel}', the serial number '{wanted.SerialNumber}', and the same "
                    + "manufacturer and model: they cannot be distinguished. Remove the wrong one.");
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

    /// <summary>Why a token of a cluster cannot be used, as a sentence.</summary>
    public string? WhyNot(HsmToken wanted)
    {
        try
        {
            _ = Require(wanted);
            return null;
        }
        catch (HsmException exception)
        {
            return exception.Message;
        }
    }

    private static HsmToken Remembered(TokenInfo info) => new(info.Label, info.SerialNumber, null, info.Manufacturer, info.Model);

    // Manufacturer and model decide only where they must: the next version of a vendor's client may spell them differently.
    private (ulong Slot, TokenInfo Info)[] With(HsmToken registered)
    {
        (ulong Slot, TokenInfo Info)[] found = [.. Tokens.Where(token => token.Info.Is(registered))];
        if (found.Length > 1)
        {
            (ulong, TokenInfo)[] ofMaker = [.. found.Where(token => token.Info.HasMakerOf(registered))];
            return ofMaker.Length > 0 ? ofMaker : found;
        }

        return found;
    }

    private static bool IsInSlot(NativeModule native, ulong slot, TokenSelector wanted)
    {
        if (!wanted.NeedsSlotInfo)
        {
            return true;
        }

        ReturnValueMap.RequireAtConnect(native.GetSlotInfo(slot, out SlotInfo info));
        return (wanted.SlotDescription is null || wanted.SlotDescription == info.Description)
            && (wanted.SlotManufacturer is null || wanted.SlotManufacturer == info.Manufacturer);
    }

    private static HsmException Ambiguous(string library, TokenSelector wanted, (ulong Slot, TokenInfo Info)[] found)
    {
        string words = wanted.ToString();
        IEnumerable<string> uris = found.Select(token => $"{Environment.NewLine}  '{HsmUri.Of(library, Remembered(token.Info))}'");
        return new(
            HsmFailure.Ambiguous,
            $"{found.Length} tokens {(words.Length > 0 ? $"have the {words}" : $"are behind {library}")}. Name one by its "
                + $"URI:{string.Concat(uris)}");
    }

    private static HsmException Indistinct(string library, TokenInfo info) => new(
        HsmFailure.InvalidArgument,
        $"Another token of {library} has the label '{info.Label}', the serial number '{info.SerialNumber}', and the same manufacturer and "
            + "model too."
        + " Only their slots differ, which modules number again, so that the token could not be found later. Give one of them another "
        + "label.");
}
