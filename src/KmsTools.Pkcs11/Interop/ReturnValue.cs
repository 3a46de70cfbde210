namespace KmsTools.Pkcs11.Interop;

/// <summary>What a PKCS#11 function returned, and which function it was: the same code means different things from different calls.</summary>
/// <param name="Code">CK_RV.</param>
/// <param name="Function">The C name of the function.</param>
internal readonly record struct ReturnValue(ulong Code, string Function)
{
    public bool IsOk => Code == Cryptoki.CKR_OK;

    public override string ToString() => $"{Function} returned {Cryptoki.NameOf(Code)} (0x{Code:X})";
}
