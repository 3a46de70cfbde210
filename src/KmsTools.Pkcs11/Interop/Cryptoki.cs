namespace KmsTools.Pkcs11.Interop;

/// <summary>Constants of PKCS#11 2.40 under their own names.</summary>
internal static partial class Cryptoki
{
    public const ulong CKF_OS_LOCKING_OK = 0x2;
    public const ulong CKF_RW_SESSION = 0x2;
    public const ulong CKF_SERIAL_SESSION = 0x4;

    public const ulong CKF_WRITE_PROTECTED = 0x2;
    public const ulong CKF_LOGIN_REQUIRED = 0x4;
    public const ulong CKF_USER_PIN_INITIALIZED = 0x8;
    public const ulong CKF_TOKEN_INITIALIZED = 0x400;
    public const ulong CKF_USER_PIN_COUNT_LOW = 0x10000;
    public const ulong CKF_USER_PIN_FINAL_TRY = 0x20000;
    public const ulong CKF_USER_PIN_LOCKED = 0x40000;

    public const ulong CKU_SO = 0;
    public const ulong CKU_USER = 1;

    public const ulong CKS_RO_USER_FUNCTIONS = 1;
    public const ulong CKS_RW_USER_FUNCTIONS = 3;

    public const ulong CKO_PUBLIC_KEY = 2;
    public const ulong CKO_PRIVATE_KEY = 3;
    public const ulong CKO_SECRET_KEY = 4;
    public const ulong CKK_RSA = 0x0;
    public const ulong CKK_AES = 0x1F;
    public const ulong CKM_RSA_PKCS_KEY_PAIR_GEN = 0x0;
    public const ulong CKM_RSA_PKCS_OAEP = 0x9;
    public const ulong CKM_SHA_1 = 0x220;
    public const ulong CKM_SHA256 = 0x250;
    public const ulong CKM_AES_KEY_GEN = 0x1080;
    public const ulong CKM_AES_GCM = 0x1087;

    public const ulong CKG_MGF1_SHA1 = 0x1;
    public const ulong CKG_MGF1_SHA256 = 0x2;
    public const ulong CKZ_DATA_SPECIFIED = 0x1;

    public const ulong CKA_CLASS = 0x0;
    public const ulong CKA_TOKEN = 0x1;
    public const ulong CKA_PRIVATE = 0x2;
    public const ulong CKA_LABEL = 0x3;
    public const ulong CKA_VALUE = 0x11;
    public const ulong CKA_KEY_TYPE = 0x100;
    public const ulong CKA_ID = 0x102;
    public const ulong CKA_SENSITIVE = 0x103;
    public const ulong CKA_ENCRYPT = 0x104;
    public const ulong CKA_DECRYPT = 0x105;
    public const ulong CKA_WRAP = 0x106;
    public const ulong CKA_UNWRAP = 0x107;
    public const ulong CKA_SIGN = 0x108;
    public const ulong CKA_VERIFY = 0x10A;
    public const ulong CKA_DERIVE = 0x10C;
    public const ulong CKA_MODULUS = 0x120;
    public const ulong CKA_MODULUS_BITS = 0x121;
    public const ulong CKA_PUBLIC_EXPONENT = 0x122;
    public const ulong CKA_VALUE_LEN = 0x161;
    public const ulong CKA_EXTRACTABLE = 0x162;
    public const ulong CKA_MODIFIABLE = 0x170;
    public const ulong CKA_UNWRAP_TEMPLATE = 0x40000212;
}
