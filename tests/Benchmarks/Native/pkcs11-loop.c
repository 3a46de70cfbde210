/*
 * The PKCS#11 calls that KmsTools makes for one message, in a loop: C_GenerateRandom for the IV, C_EncryptInit, C_Encrypt; or
 * C_DecryptInit, C_Decrypt. As a library it runs in the process of the caller, as a program in one of its own:
 *
 *   pkcs11-loop <library> <token label> <pin> <CKA_ID in hex>
 *
 * reads lines "<e|d> <calls> <plaintext length> <additional data length>" and answers each with nanoseconds per call.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long ULONG;
typedef struct { unsigned char version[2]; void *function[68]; } FunctionList;
typedef struct { void *mutex[4]; ULONG flags; void *reserved; } InitializeArgs;
typedef struct { ULONG type; void *value; ULONG length; } Attribute;
typedef struct { unsigned char *iv; ULONG iv_length, iv_bits; unsigned char *aad; ULONG aad_length, tag_bits; } GcmParams;
typedef struct { ULONG mechanism; void *parameter; ULONG parameter_length; } Mechanism;

enum { INITIALIZE = 0, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, LOGIN = 18, FIND_INIT = 26, FIND = 27, FIND_FINAL = 28,
       ENCRYPT_INIT = 29, ENCRYPT = 30, DECRYPT_INIT = 33, DECRYPT = 34, GENERATE_RANDOM = 64 };
enum { OS_LOCKING_OK = 2, SERIAL_SESSION = 4, USER = 1, CKA_ID = 0x102, AES_GCM = 0x1087, IV = 12, TAG = 16, LONGEST = 8192 };

static FunctionList *module;
static ULONG session, key;

#define CALL(index, types) ((ULONG(*) types)module->function[index])

/* Loads the library, logs in and finds the key. 0, or the return value of the call that failed. */
ULONG pkcs11_loop_open(const char *library, const char *label, const char *pin, const unsigned char *id, ULONG id_length)
{
    ULONG slots[64], count = 64, result, found = 0;
    unsigned char info[512];
    char padded[33];
    InitializeArgs args = { .flags = OS_LOCKING_OK };
    Attribute by_id = { CKA_ID, (void *)id, id_length };
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    ULONG (*get_list)(FunctionList **) = handle ? dlsym(handle, "C_GetFunctionList") : NULL;

    if (!get_list || get_list(&module) || CALL(INITIALIZE, (void *))(&args))
        return 5;
    if ((result = CALL(GET_SLOT_LIST, (unsigned char, ULONG *, ULONG *))(1, slots, &count)))
        return result;
    snprintf(padded, sizeof padded, "%-32s", label);
    for (ULONG i = 0; i < count; i++) {
        if (CALL(GET_TOKEN_INFO, (ULONG, void *))(slots[i], info) || memcmp(info, padded, 32))
            continue;
        if ((result = CALL(OPEN_SESSION, (ULONG, ULONG, void *, void *, ULONG *))(slots[i], SERIAL_SESSION, NULL, NULL, &session))
            || (result = CALL(LOGIN, (ULONG, ULONG, const char *, ULONG))(session, USER, pin, strlen(pin)))
            || (result = CALL(FIND_INIT, (ULONG, Attribute *, ULONG))(session, &by_id, 1))
            || (result = CALL(FIND, (ULONG, ULONG *, ULONG, ULONG *))(session, &key, 1, &found))
            || (result = CALL(FIND_FINAL, (ULONG))(session)))
            return result;
        return found ? 0 : 0x82; /* CKR_OBJECT_HANDLE_INVALID */
    }
    return 0xE0; /* CKR_TOKEN_NOT_PRESENT */
}

static ULONG encrypt(unsigned char *plaintext, ULONG length, unsigned char *aad, ULONG aad_length, unsigned char *message)
{
    unsigned char iv[IV];
    GcmParams params = { iv, IV, IV * 8, aad, aad_length, TAG * 8 };
    Mechanism mechanism = { AES_GCM, &params, sizeof params };
    ULONG result, room = length + TAG;

    if ((result = CALL(GENERATE_RANDOM, (ULONG, unsigned char *, ULONG))(session, iv, IV))
        || (result = CALL(ENCRYPT_INIT, (ULONG, Mechanism *, ULONG))(session, &mechanism, key))
        || (result = CALL(ENCRYPT, (ULONG, unsigned char *, ULONG, unsigned char *, ULONG *))(session, plaintext, length, message + IV, &room)))
        return result;
    memcpy(message, iv, IV);
    return 0;
}

static ULONG decrypt(unsigned char *message, ULONG length, unsigned char *aad, ULONG aad_length, unsigned char *plaintext)
{
    GcmParams params = { message, IV, IV * 8, aad, aad_length, TAG * 8 };
    Mechanism mechanism = { AES_GCM, &params, sizeof params };
    ULONG result, room = length + TAG;

    if ((result = CALL(DECRYPT_INIT, (ULONG, Mechanism *, ULONG))(session, &mechanism, key)))
        return result;
    return CALL(DECRYPT, (ULONG, unsigned char *, ULONG, unsigned char *, ULONG *))(session, message + IV, length + TAG, plaintext, &room);
}

/* Nanoseconds per call; negative when a call failed. */
double pkcs11_loop_run(int is_decryption, long calls, ULONG length, ULONG aad_length)
{
    static unsigned char plaintext[LONGEST], message[LONGEST], aad[LONGEST];
    struct timespec start, end;

    if (length > LONGEST - IV - TAG || aad_length > LONGEST || encrypt(plaintext, length, aad, aad_length, message))
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < calls; i++)
        if (is_decryption ? decrypt(message, length, aad, aad_length, plaintext) : encrypt(plaintext, length, aad, aad_length, message))
            return -1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / calls;
}

int main(int argc, char **argv)
{
    unsigned char id[64];
    ULONG id_length = 0, result, length, aad_length;
    char kind;
    long calls;

    if (argc != 5)
        return 2;
    for (const char *hex = argv[4]; id_length < sizeof id && sscanf(hex, "%2hhx", &id[id_length]) == 1; hex += 2)
        id_length++;
    if ((result = pkcs11_loop_open(argv[1], argv[2], argv[3], id, id_length))) {
        fprintf(stderr, "0x%lx\n", result);
        return 1;
    }
    while (scanf(" %c %ld %lu %lu", &kind, &calls, &length, &aad_length) == 4) {
        printf("%f\n", pkcs11_loop_run(kind == 'd', calls, length, aad_length));
        fflush(stdout);
    }
    return 0;
}
