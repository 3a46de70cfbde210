namespace KmsTools.Pkcs11.Interop;

/// <summary>
/// What a PKCS#11 function returned, and which function it was: the same code means different things from different calls.
/// </summary>
/// <param name="Number">CK_RV as it was returned. It has 64 bits where CK_ULONG has them, and a crashed proxy may set them all.</param>
/// <param name="Function">The C name of the function.</param>
internal readonly record struct ReturnValue(ulong Number, string Function)
{
    /// <summary>From version 3, which Pkcs11Interop does not support; newer modules return it to a caller of 2.40 as well.</summary>
    public const CKR CKR_AEAD_DECRYPT_FAILED = (CKR)0x42;

    /// <summary>Stands for the return values of several calls that succeeded.</summary>
    public static readonly ReturnValue Ok = new(CKR_OK, "");

    /// <summary>Stands for the return value of a call that the HSM has not answered in time.</summary>
    public static readonly ReturnValue NoReply = new(CKR_FUNCTION_CANCELED, "The wait for the HSM");

    public ReturnValue(CKR code, string function)
        : this((ulong)code, function)
    {
    }

    /// <summary>The code. One with more than 32 bits is not in the standard, and counts as vendor-defined.</summary>
    public CKR Code
    {
        get => Number <= uint.MaxValue ? (CKR)Number : CKR_VENDOR_DEFINED;
        init => Number = (ulong)value;
    }

    public bool IsOk => Number == (ulong)CKR_OK;

    /// <summary>The name of the code in the standard, or one that says where it comes from.</summary>
    public string Name => this switch
    {
        { Code: CKR_AEAD_DECRYPT_FAILED } => nameof(CKR_AEAD_DECRYPT_FAILED),
        { Number: > (ulong)CKR_VENDOR_DEFINED } => $"CKR_VENDOR_DEFINED+0x{Number - (ulong)CKR_VENDOR_DEFINED:X}",
        _ => Enum.GetName(Code) ?? "an unknown return value",
    };

    /// <summary>Throws unless it is OK.</summary>
    /// <exception cref="CryptokiException">It is not.</exception>
    public void ThrowUnlessOk()
    {
        if (!IsOk)
        {
            throw new CryptokiException(this);
        }
    }

    public override string ToString() => $"{Function} returned {Name} (0x{Number:X})";
}
