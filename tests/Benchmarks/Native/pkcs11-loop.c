/*
 * The PKCS#11 calls that KmsTools makes for one message, in a loop: C_GenerateRandom for the IV, C_EncryptInit, C_Encrypt; or
 * C_DecryptInit, C_Decrypt. As a library it runs in the process of the caller, as a program in one of its own:
 *
 *   pkcs11-loop <pin> <CKA_ID in hex> <library> <token label> [<library> <token label>]
 *
 * reads lines "<e|d> <calls> <plaintext length> <additional data length>", for the first token, and "t <threads> <tokens> <milliseconds>",
 * for threads that encrypt 32 bytes in sessions of their own. It answers each with nanoseconds per call.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
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

enum { INITIALIZE = 0, GET_SLOT_LIST = 4, GET_TOKEN_INFO = 6, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, FIND_INIT = 26, FIND = 27, FIND_FINAL = 28,
       ENCRYPT_INIT = 29, ENCRYPT = 30, DECRYPT_INIT = 33, DECRYPT = 34, GENERATE_RANDOM = 64 };
enum { OS_LOCKING_OK = 2, SERIAL_SESSION = 4, USER = 1, CKA_ID = 0x102, AES_GCM = 0x1087, IV = 12, TAG = 16, LONGEST = 8192 };

typedef struct { FunctionList *module; ULONG slot, session, key; } Hsm;
typedef struct { Hsm hsm; long calls; int failed; pthread_t thread; } Worker;

enum { MAX_HSMS = 2, MAX_THREADS = 64 };

static Hsm hsms[MAX_HSMS];
static atomic_int is_over;

#define CALL(index, types) ((ULONG(*) types)hsm->module->function[index])

/* Loads the library, logs in and finds the key. 0, or the return value of the call that failed. */
static ULONG open_hsm(
    Hsm *hsm, const char *library, const char *label, const char *pin, const unsigned char *id, ULONG id_length)
{
    ULONG slots[64], count = 64, result, found = 0;
    unsigned char info[512];
    char padded[33];
    InitializeArgs args = { .flags = OS_LOCKING_OK };
    Attribute by_id = { CKA_ID, (void *)id, id_length };
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    ULONG (*get_list)(FunctionList **) = handle ? dlsym(handle, "C_GetFunctionList") : NULL;

    if (!get_list || get_list(&hsm->module) || CALL(INITIALIZE, (void *))(&args))
        return 5;
    if ((result = CALL(GET_SLOT_LIST, (unsigned char, ULONG *, ULONG *))(1, slots, &count)))
        return result;
    snprintf(padded, sizeof padded, "%-32s", label);
    for (ULONG i = 0; i < count; i++) {
        if (CALL(GET_TOKEN_INFO, (ULONG, void *))(slots[i], info) || memcmp(info, padded, 32))
            continue;
        if ((result = CALL(OPEN_SESSION, (ULONG, ULONG, void *, void *, ULONG *))(slots[i], SERIAL_SESSION, NULL, NULL, &hsm->session))
            || (result = CALL(LOGIN, (ULONG, ULONG, const char *, ULONG))(hsm->session, USER, pin, strlen(pin)))
            || (result = CALL(FIND_INIT, (ULONG, Attribute *, ULONG))(hsm->session, &by_id, 1))
            || (result = CALL(FIND, (ULONG, ULONG *, ULONG, ULONG *))(hsm->session, &hsm->key, 1, &found))
            || (result = CALL(FIND_FINAL, (ULONG))(hsm->session)))
            return result;
        hsm->slot = slots[i];
        return found ? 0 : 0x82; /* CKR_OBJECT_HANDLE_INVALID */
    }
    return 0xE0; /* CKR_TOKEN_NOT_PRESENT */
}

ULONG pkcs11_loop_open(const char *library, const char *label, const char *pin, const unsigned char *id, ULONG id_length)
{
    return open_hsm(&hsms[0], library, label, pin, id, id_length);
}

static ULONG encrypt(Hsm *hsm, unsigned char *plaintext, ULONG length, unsigned char *aad, ULONG aad_length, unsigned char *message)
{
    unsigned char iv[IV];
    GcmParams params = { iv, IV, IV * 8, aad, aad_length, TAG * 8 };
    Mechanism mechanism = { AES_GCM, &params, sizeof params };
    ULONG result, room = length + TAG;

    if ((result = CALL(GENERATE_RANDOM, (ULONG, unsigned char *, ULONG))(hsm->session, iv, IV))
        || (result = CALL(ENCRYPT_INIT, (ULONG, Mechanism *, ULONG))(hsm->session, &mechanism, hsm->key))
        || (result = CALL(ENCRYPT, (ULONG, unsigned char *, ULONG, unsigned char *, ULONG *))(hsm->session, plaintext, length, message + IV, &room)))
        return result;
    memcpy(message, iv, IV);
    return 0;
}

static ULONG decrypt(Hsm *hsm, unsigned char *message, ULONG length, unsigned char *aad, ULONG aad_length, unsigned char *plaintext)
{
    GcmParams params = { message, IV, IV * 8, aad, aad_length, TAG * 8 };
    Mechanism mechanism = { AES_GCM, &params, sizeof params };
    ULONG result, room = length + TAG;

    if ((result = CALL(DECRYPT_INIT, (ULONG, Mechanism *, ULONG))(hsm->session, &mechanism, hsm->key)))
        return result;
    return CALL(DECRYPT, (ULONG, unsigned char *, ULONG, unsigned char *, ULONG *))(hsm->session, message + IV, length + TAG, plaintext, &room);
}

/* Nanoseconds per call; negative when a call failed. */
double pkcs11_loop_run(int is_decryption, long calls, ULONG length, ULONG aad_length)
{
    static unsigned char plaintext[LONGEST], message[LONGEST], aad[LONGEST];
    struct timespec start, end;

    if (length > LONGEST - IV - TAG || aad_length > LONGEST || encrypt(&hsms[0], plaintext, length, aad, aad_length, message))
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long i = 0; i < calls; i++)
        if (is_decryption ? decrypt(&hsms[0], message, length, aad, aad_length, plaintext) : encrypt(&hsms[0], plaintext, length, aad, aad_length, message))
            return -1;
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / calls;
}

static void *encrypt_until_it_is_over(void *argument)
{
    Worker *worker = argument;
    unsigned char plaintext[32] = { 0 }, aad[1], message[sizeof plaintext + IV + TAG];

    while (!worker->failed && !atomic_load_explicit(&is_over, memory_order_relaxed)) {
        worker->failed = encrypt(&worker->hsm, plaintext, sizeof plaintext, aad, 0, message) != 0;
        worker->calls++;
    }
    return NULL;
}

/* Nanoseconds per call of all threads together; negative when a call failed. */
static double run_threads(int threads, int tokens, int milliseconds)
{
    static Worker workers[MAX_THREADS];
    struct timespec start, end, pause = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
    long calls = 0;
    int failed = threads > MAX_THREADS || tokens > MAX_HSMS;

    atomic_store(&is_over, 0);
    for (int i = 0; i < threads && !failed; i++) {
        Hsm *hsm = &workers[i].hsm;
        *hsm = hsms[i % tokens];
        workers[i].calls = workers[i].failed = 0;
        failed = CALL(OPEN_SESSION, (ULONG, ULONG, void *, void *, ULONG *))(hsm->slot, SERIAL_SESSION, NULL, NULL, &hsm->session) != 0;
    }
    if (failed)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < threads; i++)
        pthread_create(&workers[i].thread, NULL, encrypt_until_it_is_over, &workers[i]);
    nanosleep(&pause, NULL);
    atomic_store(&is_over, 1);
    for (int i = 0; i < threads; i++) {
        Hsm *hsm = &workers[i].hsm;
        pthread_join(workers[i].thread, NULL);
        calls += workers[i].calls;
        failed |= workers[i].failed;
        CALL(CLOSE_SESSION, (ULONG))(hsm->session);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return failed || !calls ? -1 : ((end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec)) / calls;
}

int main(int argc, char **argv)
{
    unsigned char id[64];
    ULONG id_length = 0, result = 0, length, aad_length;
    char kind;
    long number;
    int tokens = (argc - 3) / 2;

    if (argc < 5 || argc % 2 == 0 || tokens > MAX_HSMS)
        return 2;
    for (const char *hex = argv[2]; id_length < sizeof id && sscanf(hex, "%2hhx", &id[id_length]) == 1; hex += 2)
        id_length++;
    for (int i = 0; i < tokens && !result; i++)
        result = open_hsm(&hsms[i], argv[3 + 2 * i], argv[4 + 2 * i], argv[1], id, id_length);
    if (result) {
        fprintf(stderr, "0x%lx\n", result);
        return 1;
    }
    while (scanf(" %c %ld %lu %lu", &kind, &number, &length, &aad_length) == 4) {
        printf("%f\n", kind == 't' ? run_threads((int)number, (int)length, (int)aad_length)
            : pkcs11_loop_run(kind == 'd', number, length, aad_length));
        fflush(stdout);
    }
    return 0;
}
