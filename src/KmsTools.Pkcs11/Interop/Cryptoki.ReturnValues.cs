using System.Collections.Frozen;
using System.Globalization;
using System.Reflection;

namespace KmsTools.Pkcs11.Interop;

/// <content>Return values, with those of version 3 that newer modules give to a caller of 2.40 as well.</content>
internal static partial class Cryptoki
{
    public const ulong CKR_OK = 0x0;
    public const ulong CKR_CANCEL = 0x1;
    public const ulong CKR_HOST_MEMORY = 0x2;
    public const ulong CKR_SLOT_ID_INVALID = 0x3;
    public const ulong CKR_GENERAL_ERROR = 0x5;
    public const ulong CKR_FUNCTION_FAILED = 0x6;
    public const ulong CKR_ARGUMENTS_BAD = 0x7;
    public const ulong CKR_NO_EVENT = 0x8;
    public const ulong CKR_NEED_TO_CREATE_THREADS = 0x9;
    public const ulong CKR_CANT_LOCK = 0xA;
    public const ulong CKR_ATTRIBUTE_READ_ONLY = 0x10;
    public const ulong CKR_ATTRIBUTE_SENSITIVE = 0x11;
    public const ulong CKR_ATTRIBUTE_TYPE_INVALID = 0x12;
    public const ulong CKR_ATTRIBUTE_VALUE_INVALID = 0x13;
    public const ulong CKR_ACTION_PROHIBITED = 0x1B;
    public const ulong CKR_DATA_INVALID = 0x20;
    public const ulong CKR_DATA_LEN_RANGE = 0x21;
    public const ulong CKR_DEVICE_ERROR = 0x30;
    public const ulong CKR_DEVICE_MEMORY = 0x31;
    public const ulong CKR_DEVICE_REMOVED = 0x32;
    public const ulong CKR_ENCRYPTED_DATA_INVALID = 0x40;
    public const ulong CKR_ENCRYPTED_DATA_LEN_RANGE = 0x41;
    public const ulong CKR_AEAD_DECRYPT_FAILED = 0x42;
    public const ulong CKR_FUNCTION_CANCELED = 0x50;
    public const ulong CKR_FUNCTION_NOT_PARALLEL = 0x51;
    public const ulong CKR_FUNCTION_NOT_SUPPORTED = 0x54;
    public const ulong CKR_KEY_HANDLE_INVALID = 0x60;
    public const ulong CKR_KEY_SIZE_RANGE = 0x62;
    public const ulong CKR_KEY_TYPE_INCONSISTENT = 0x63;
    public const ulong CKR_KEY_FUNCTION_NOT_PERMITTED = 0x68;
    public const ulong CKR_KEY_NOT_WRAPPABLE = 0x69;
    public const ulong CKR_KEY_UNEXTRACTABLE = 0x6A;
    public const ulong CKR_MECHANISM_INVALID = 0x70;
    public const ulong CKR_MECHANISM_PARAM_INVALID = 0x71;
    public const ulong CKR_OBJECT_HANDLE_INVALID = 0x82;
    public const ulong CKR_OPERATION_ACTIVE = 0x90;
    public const ulong CKR_OPERATION_NOT_INITIALIZED = 0x91;
    public const ulong CKR_PIN_INCORRECT = 0xA0;
    public const ulong CKR_PIN_INVALID = 0xA1;
    public const ulong CKR_PIN_LEN_RANGE = 0xA2;
    public const ulong CKR_PIN_EXPIRED = 0xA3;
    public const ulong CKR_PIN_LOCKED = 0xA4;
    public const ulong CKR_SESSION_CLOSED = 0xB0;
    public const ulong CKR_SESSION_COUNT = 0xB1;
    public const ulong CKR_SESSION_HANDLE_INVALID = 0xB3;
    public const ulong CKR_SESSION_PARALLEL_NOT_SUPPORTED = 0xB4;
    public const ulong CKR_SESSION_READ_ONLY = 0xB5;
    public const ulong CKR_SESSION_EXISTS = 0xB6;
    public const ulong CKR_SESSION_READ_ONLY_EXISTS = 0xB7;
    public const ulong CKR_SESSION_READ_WRITE_SO_EXISTS = 0xB8;
    public const ulong CKR_TEMPLATE_INCOMPLETE = 0xD0;
    public const ulong CKR_TEMPLATE_INCONSISTENT = 0xD1;
    public const ulong CKR_TOKEN_NOT_PRESENT = 0xE0;
    public const ulong CKR_TOKEN_NOT_RECOGNIZED = 0xE1;
    public const ulong CKR_TOKEN_WRITE_PROTECTED = 0xE2;
    public const ulong CKR_USER_ALREADY_LOGGED_IN = 0x100;
    public const ulong CKR_USER_NOT_LOGGED_IN = 0x101;
    public const ulong CKR_USER_PIN_NOT_INITIALIZED = 0x102;
    public const ulong CKR_USER_TYPE_INVALID = 0x103;
    public const ulong CKR_USER_ANOTHER_ALREADY_LOGGED_IN = 0x104;
    public const ulong CKR_USER_TOO_MANY_TYPES = 0x105;
    public const ulong CKR_RANDOM_SEED_NOT_SUPPORTED = 0x120;
    public const ulong CKR_RANDOM_NO_RNG = 0x121;
    public const ulong CKR_BUFFER_TOO_SMALL = 0x150;
    public const ulong CKR_CRYPTOKI_NOT_INITIALIZED = 0x190;
    public const ulong CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191;
    public const ulong CKR_MUTEX_BAD = 0x1A0;
    public const ulong CKR_MUTEX_NOT_LOCKED = 0x1A1;
    public const ulong CKR_FUNCTION_REJECTED = 0x200;
    public const ulong CKR_VENDOR_DEFINED = 0x80000000;

    private static readonly FrozenDictionary<ulong, string> ReturnValueNames = typeof(Cryptoki)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral && field.Name.StartsWith("CKR_", StringComparison.Ordinal))
        .ToFrozenDictionary(field => (ulong)field.GetRawConstantValue()!, field => field.Name);

    /// <summary>The name of a return value in the standard, or one that says whose it is.</summary>
    public static string NameOf(ulong returnValue)
    {
        if (ReturnValueNames.TryGetValue(returnValue, out string? name))
        {
            return name;
        }

        return returnValue > CKR_VENDOR_DEFINED
            ? string.Create(CultureInfo.InvariantCulture, $"CKR_VENDOR_DEFINED+0x{returnValue - CKR_VENDOR_DEFINED:X}")
            : "an unknown return value";
    }
}
