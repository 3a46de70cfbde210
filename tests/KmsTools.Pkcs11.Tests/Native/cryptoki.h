/*
 * The parts of PKCS #11 v2.40 (OASIS) that the test modules need, as a C compiler on Unix lays them out: CK_ULONG is unsigned long,
 * structures are aligned naturally.
 */
#ifndef CRYPTOKI_H
#define CRYPTOKI_H

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;
typedef struct { CK_BYTE major, minor; } CK_VERSION;

#define CKR_OK 0x000UL
#define CKR_GENERAL_ERROR 0x005UL
#define CKR_ARGUMENTS_BAD 0x007UL
#define CKR_DEVICE_ERROR 0x030UL
#define CKR_DEVICE_REMOVED 0x032UL
#define CKR_FUNCTION_NOT_SUPPORTED 0x054UL
#define CKR_KEY_HANDLE_INVALID 0x060UL
#define CKR_MECHANISM_PARAM_INVALID 0x071UL
#define CKR_OBJECT_HANDLE_INVALID 0x082UL
#define CKR_PIN_INCORRECT 0x0A0UL
#define CKR_PIN_LEN_RANGE 0x0A2UL
#define CKR_SESSION_HANDLE_INVALID 0x0B3UL
#define CKR_BUFFER_TOO_SMALL 0x150UL
#define CKR_CRYPTOKI_NOT_INITIALIZED 0x190UL
#define CKR_CRYPTOKI_ALREADY_INITIALIZED 0x191UL

#define CKM_RSA_PKCS_OAEP 0x0009UL
#define CKM_AES_GCM 0x1087UL
#define CKF_OS_LOCKING_OK 0x2UL
#define CKF_ARRAY_ATTRIBUTE 0x40000000UL
#define CKA_SENSITIVE 0x103UL
#define CKA_EXTRACTABLE 0x162UL
#define CKA_UNWRAP_TEMPLATE (CKF_ARRAY_ATTRIBUTE | 0x212UL)

typedef struct { CK_VERSION cryptoki; CK_BYTE manufacturer[32]; CK_ULONG flags; CK_BYTE description[32]; CK_VERSION library; } CK_INFO;
typedef struct { CK_BYTE description[64], manufacturer[32]; CK_ULONG flags; CK_VERSION hardware, firmware; } CK_SLOT_INFO;
typedef struct {
    CK_BYTE label[32], manufacturer[32], model[16], serial_number[16];
    CK_ULONG flags, max_sessions, sessions, max_rw_sessions, rw_sessions, max_pin, min_pin;
    CK_ULONG total_public, free_public, total_private, free_private;
    CK_VERSION hardware, firmware;
    CK_BYTE time[16];
} CK_TOKEN_INFO;
typedef struct { CK_ULONG slot, state, flags, device_error; } CK_SESSION_INFO;
typedef struct { CK_ULONG min_key, max_key, flags; } CK_MECHANISM_INFO;
typedef struct { CK_ULONG type; void *value; CK_ULONG length; } CK_ATTRIBUTE;
typedef struct { CK_ULONG mechanism; void *parameter; CK_ULONG length; } CK_MECHANISM;
typedef struct { CK_BYTE *iv; CK_ULONG iv_length, iv_bits; CK_BYTE *aad; CK_ULONG aad_length, tag_bits; } CK_GCM_PARAMS;
typedef struct { CK_ULONG hash, mgf, source; void *source_data; CK_ULONG source_length; } CK_RSA_PKCS_OAEP_PARAMS;
typedef struct { void *create, *destroy, *lock, *unlock; CK_ULONG flags; void *reserved; } CK_C_INITIALIZE_ARGS;

#define FUNCTION_COUNT 68
typedef struct { CK_VERSION version; void *function[FUNCTION_COUNT]; } CK_FUNCTION_LIST;

/*
 * Place in the function list, name, parameters and arguments of every function that the test modules know. Session is always the
 * first parameter where there is one.
 */
#define CRYPTOKI_FUNCTIONS(F) \
    F(0, C_Initialize, (void *arguments), (arguments)) \
    F(1, C_Finalize, (void *reserved), (reserved)) \
    F(2, C_GetInfo, (CK_INFO *info), (info)) \
    F(4, C_GetSlotList, (CK_BYTE present, CK_ULONG *slots, CK_ULONG *count), (present, slots, count)) \
    F(5, C_GetSlotInfo, (CK_ULONG slot, CK_SLOT_INFO *info), (slot, info)) \
    F(6, C_GetTokenInfo, (CK_ULONG slot, CK_TOKEN_INFO *info), (slot, info)) \
    F(7, C_GetMechanismList, (CK_ULONG slot, CK_ULONG *mechanisms, CK_ULONG *count), (slot, mechanisms, count)) \
    F(8, C_GetMechanismInfo, (CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info), (slot, mechanism, info)) \
    F(9, C_InitToken, (CK_ULONG slot, CK_BYTE *pin, CK_ULONG length, CK_BYTE *label), (slot, pin, length, label)) \
    F(10, C_InitPIN, (CK_ULONG session, CK_BYTE *pin, CK_ULONG length), (session, pin, length)) \
    F(11, C_SetPIN, (CK_ULONG session, CK_BYTE *old, CK_ULONG old_length, CK_BYTE *pin, CK_ULONG length), \
        (session, old, old_length, pin, length)) \
    F(12, C_OpenSession, (CK_ULONG slot, CK_ULONG flags, void *application, void *notify, CK_ULONG *session), \
        (slot, flags, application, notify, session)) \
    F(13, C_CloseSession, (CK_ULONG session), (session)) \
    F(14, C_CloseAllSessions, (CK_ULONG slot), (slot)) \
    F(15, C_GetSessionInfo, (CK_ULONG session, CK_SESSION_INFO *info), (session, info)) \
    F(18, C_Login, (CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length), (session, user, pin, length)) \
    F(19, C_Logout, (CK_ULONG session), (session)) \
    F(20, C_CreateObject, (CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *object), \
        (session, template, count, object)) \
    F(21, C_CopyObject, (CK_ULONG session, CK_ULONG from, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *object), \
        (session, from, template, count, object)) \
    F(22, C_DestroyObject, (CK_ULONG session, CK_ULONG object), (session, object)) \
    F(24, C_GetAttributeValue, (CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template, CK_ULONG count), \
        (session, object, template, count)) \
    F(25, C_SetAttributeValue, (CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template, CK_ULONG count), \
        (session, object, template, count)) \
    F(26, C_FindObjectsInit, (CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG count), (session, template, count)) \
    F(27, C_FindObjects, (CK_ULONG session, CK_ULONG *objects, CK_ULONG room, CK_ULONG *count), (session, objects, room, count)) \
    F(28, C_FindObjectsFinal, (CK_ULONG session), (session)) \
    F(29, C_EncryptInit, (CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key), (session, mechanism, key)) \
    F(30, C_Encrypt, (CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length), \
        (session, data, length, out, out_length)) \
    F(33, C_DecryptInit, (CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key), (session, mechanism, key)) \
    F(34, C_Decrypt, (CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length), \
        (session, data, length, out, out_length)) \
    F(58, C_GenerateKey, (CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *key), \
        (session, mechanism, template, count, key)) \
    F(59, C_GenerateKeyPair, \
        (CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_template, CK_ULONG public_count, \
            CK_ATTRIBUTE *private_template, CK_ULONG private_count, CK_ULONG *public_key, CK_ULONG *private_key), \
        (session, mechanism, public_template, public_count, private_template, private_count, public_key, private_key)) \
    F(60, C_WrapKey, \
        (CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key, CK_ULONG key, CK_BYTE *out, CK_ULONG *out_length), \
        (session, mechanism, wrapping_key, key, out, out_length)) \
    F(61, C_UnwrapKey, \
        (CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG unwrapping_key, CK_BYTE *wrapped, CK_ULONG length, \
            CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *key), \
        (session, mechanism, unwrapping_key, wrapped, length, template, count, key)) \
    F(63, C_SeedRandom, (CK_ULONG session, CK_BYTE *seed, CK_ULONG length), (session, seed, length)) \
    F(64, C_GenerateRandom, (CK_ULONG session, CK_BYTE *out, CK_ULONG length), (session, out, length))

#define DECLARE_FUNCTION(place, name, parameters, arguments) \
    enum { place_##name = place }; \
    typedef CK_RV (*type_##name) parameters;
CRYPTOKI_FUNCTIONS(DECLARE_FUNCTION)

/* CALL(list, C_Login)(session, ...) */
#define CALL(list, name) ((type_##name)(list)->function[place_##name])

#define EXPORTED __attribute__((visibility("default")))

#endif
