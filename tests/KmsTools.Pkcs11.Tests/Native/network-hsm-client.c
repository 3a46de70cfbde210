/*
 * The client of the network HSM: a PKCS #11 module whose token is in another process, network-hsm-server.c. Its settings are the
 * string that C_Initialize is given in pReserved:
 *
 *   socket=<path> timeout=<milliseconds>
 *
 * C_Initialize never fails because the HSM is away: the first call connects. A lost connection is CKR_DEVICE_REMOVED and a reply
 * that does not come in time CKR_DEVICE_ERROR; either way the server drops the sessions of this application, and the next call finds
 * its old handles invalid.
 */
#define _GNU_SOURCE
#include "wire.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAXIMUM_IDLE 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int initialized;
static char server_socket[108], worker_socket[108];
static long timeout_ms;

/* The connection that stands for this application at the server, and the free ones to its worker there. */
static int application = -1;
static int idle[MAXIMUM_IDLE], idle_count;
static long generation;

/* The last failure to reach the server: those who waited meanwhile share it. */
static CK_RV failure;
static double failed_at;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static CK_RV transport_failure(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINPROGRESS ? CKR_DEVICE_ERROR : CKR_DEVICE_REMOVED;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0)
        return -1;
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (connect(connection, (struct sockaddr *)&address, sizeof address)) {
        int reason = errno;
        close(connection);
        errno = reason;
        return -1;
    }
    return connection;
}

static void drop_connections(void)
{
    while (idle_count)
        close(idle[--idle_count]);
    if (application >= 0)
        close(application);
    application = -1;
    generation++;
}

/* Makes this application known to the server. The caller holds the lock. */
static CK_RV introduce(double asked_at)
{
    if (failure && failed_at > asked_at)
        return failure;
    Message message = { 0 };
    CK_RV rv;
    application = connect_to(server_socket);
    put_number(&message, HELLO);
    if (application < 0 || send_message(application, &message) || receive_message(application, &message)) {
        rv = transport_failure();
    } else {
        rv = take_number(&message);
        size_t length;
        const char *path = take_bytes(&message, &length);
        snprintf(worker_socket, sizeof worker_socket, "%.*s", (int)length, path);
        if (message.broken)
            rv = CKR_DEVICE_ERROR;
    }
    free_message(&message);
    failure = rv;
    if (rv) {
        failed_at = now();
        drop_connections();
    }
    return rv;
}

static CK_RV take_connection(int *connection, long *taken_in)
{
    double asked_at = now();
    CK_RV rv = CKR_OK;
    *connection = -1;
    pthread_mutex_lock(&lock);
    if (!initialized)
        rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    else if (application < 0)
        rv = introduce(asked_at);
    if (!rv && idle_count)
        *connection = idle[--idle_count];
    *taken_in = generation;
    pthread_mutex_unlock(&lock);
    if (!rv && *connection < 0) {
        *connection = connect_to(worker_socket);
        if (*connection < 0)
            rv = transport_failure();
    }
    return rv;
}

static void give_back(int connection, long taken_in)
{
    pthread_mutex_lock(&lock);
    if (taken_in == generation && idle_count < MAXIMUM_IDLE)
        idle[idle_count++] = connection;
    else
        close(connection);
    pthread_mutex_unlock(&lock);
}

/* Sends the request; the message then holds the reply, up to its return value taken. */
static CK_RV call(Message *message)
{
    int connection;
    long taken_in;
    CK_RV rv = take_connection(&connection, &taken_in);
    if (!rv) {
        if (send_message(connection, message) || receive_message(connection, message)) {
            rv = transport_failure();
        } else {
            give_back(connection, taken_in);
            rv = take_number(message);
            return message->broken ? CKR_DEVICE_ERROR : rv;
        }
    }
    if (connection >= 0)
        close(connection);
    if (rv == CKR_DEVICE_ERROR || rv == CKR_DEVICE_REMOVED) {
        pthread_mutex_lock(&lock);
        if (taken_in == generation)
            drop_connections();
        pthread_mutex_unlock(&lock);
    }
    message->length = message->position = 0;
    return rv;
}

static Message request(int place)
{
    Message message = { 0 };
    put_number(&message, place);
    return message;
}

static CK_RV finish(Message *message, CK_RV rv)
{
    free_message(message);
    return rv;
}

static CK_RV call_plain(Message message)
{
    return finish(&message, call(&message));
}

static CK_RV call_for_number(Message message, CK_ULONG *number)
{
    CK_RV rv = call(&message);
    if (!rv)
        *number = take_number(&message);
    return finish(&message, rv);
}

static CK_RV call_for_structure(Message message, void *structure, size_t size)
{
    CK_RV rv = call(&message);
    if (!rv) {
        size_t length;
        void *bytes = take_bytes(&message, &length);
        if (length == size)
            memcpy(structure, bytes, size);
        else
            rv = CKR_DEVICE_ERROR;
    }
    return finish(&message, rv);
}

static CK_RV call_for_list(Message message, CK_ULONG *list, CK_ULONG *count)
{
    CK_RV rv = call(&message);
    if (!rv) {
        CK_ULONG found = take_number(&message);
        if (list && *count < found)
            rv = CKR_BUFFER_TOO_SMALL;
        for (CK_ULONG i = 0; list && !rv && i < found; i++)
            list[i] = take_number(&message);
        *count = found;
    }
    return finish(&message, rv);
}

/* For functions whose output may be asked for its length: the room goes with the request. */
static CK_RV call_for_output(Message message, CK_BYTE *out, CK_ULONG *out_length)
{
    put_number(&message, out != NULL);
    put_number(&message, *out_length);
    CK_RV rv = call(&message);
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL) {
        size_t length;
        *out_length = take_number(&message);
        void *bytes = take_bytes(&message, &length);
        if (out && !rv)
            memcpy(out, bytes, length);
    }
    return finish(&message, rv);
}

static CK_RV client_C_Initialize(void *arguments)
{
    const CK_C_INITIALIZE_ARGS *given = arguments;
    const char *settings = given && given->reserved ? given->reserved : "";
    const char *socket_setting = strstr(settings, "socket=");
    const char *timeout_setting = strstr(settings, "timeout=");
    CK_RV rv = CKR_OK;
    pthread_mutex_lock(&lock);
    if (initialized) {
        rv = CKR_CRYPTOKI_ALREADY_INITIALIZED;
    } else if (!socket_setting || sscanf(socket_setting, "socket=%107s", server_socket) != 1) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        timeout_ms = timeout_setting ? atol(timeout_setting + strlen("timeout=")) : 0;
        failure = CKR_OK;
        initialized = 1;
    }
    pthread_mutex_unlock(&lock);
    return rv;
}

static CK_RV client_C_Finalize(void *reserved)
{
    (void)reserved;
    pthread_mutex_lock(&lock);
    CK_RV rv = initialized ? CKR_OK : CKR_CRYPTOKI_NOT_INITIALIZED;
    drop_connections();
    initialized = 0;
    pthread_mutex_unlock(&lock);
    return rv;
}

static CK_RV client_C_GetInfo(CK_INFO *info)
{
    memset(info, ' ', sizeof *info);
    info->cryptoki = (CK_VERSION){ 2, 40 };
    info->library = (CK_VERSION){ 1, 0 };
    info->flags = 0;
    memcpy(info->description, "Network HSM client", 18);
    return CKR_OK;
}

static CK_RV client_C_GetSlotList(CK_BYTE present, CK_ULONG *slots, CK_ULONG *count)
{
    Message message = request(place_C_GetSlotList);
    put_number(&message, present);
    return call_for_list(message, slots, count);
}

static CK_RV client_C_GetSlotInfo(CK_ULONG slot, CK_SLOT_INFO *info)
{
    Message message = request(place_C_GetSlotInfo);
    put_number(&message, slot);
    return call_for_structure(message, info, sizeof *info);
}

static CK_RV client_C_GetTokenInfo(CK_ULONG slot, CK_TOKEN_INFO *info)
{
    Message message = request(place_C_GetTokenInfo);
    put_number(&message, slot);
    return call_for_structure(message, info, sizeof *info);
}

static CK_RV client_C_GetMechanismList(CK_ULONG slot, CK_ULONG *mechanisms, CK_ULONG *count)
{
    Message message = request(place_C_GetMechanismList);
    put_number(&message, slot);
    return call_for_list(message, mechanisms, count);
}

static CK_RV client_C_GetMechanismInfo(CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info)
{
    Message message = request(place_C_GetMechanismInfo);
    put_number(&message, slot);
    put_number(&message, mechanism);
    return call_for_structure(message, info, sizeof *info);
}

static CK_RV client_C_InitToken(CK_ULONG slot, CK_BYTE *pin, CK_ULONG length, CK_BYTE *label)
{
    Message message = request(place_C_InitToken);
    put_number(&message, slot);
    put_bytes(&message, pin, length);
    put_bytes(&message, label, 32);
    return call_plain(message);
}

static CK_RV client_C_InitPIN(CK_ULONG session, CK_BYTE *pin, CK_ULONG length)
{
    Message message = request(place_C_InitPIN);
    put_number(&message, session);
    put_bytes(&message, pin, length);
    return call_plain(message);
}

static CK_RV client_C_SetPIN(CK_ULONG session, CK_BYTE *old, CK_ULONG old_length, CK_BYTE *pin, CK_ULONG length)
{
    Message message = request(place_C_SetPIN);
    put_number(&message, session);
    put_bytes(&message, old, old_length);
    put_bytes(&message, pin, length);
    return call_plain(message);
}

static CK_RV client_C_OpenSession(CK_ULONG slot, CK_ULONG flags, void *data, void *notify, CK_ULONG *session)
{
    (void)data;
    (void)notify;
    Message message = request(place_C_OpenSession);
    put_number(&message, slot);
    put_number(&message, flags);
    return call_for_number(message, session);
}

static CK_RV client_C_CloseSession(CK_ULONG session)
{
    Message message = request(place_C_CloseSession);
    put_number(&message, session);
    return call_plain(message);
}

static CK_RV client_C_CloseAllSessions(CK_ULONG slot)
{
    Message message = request(place_C_CloseAllSessions);
    put_number(&message, slot);
    return call_plain(message);
}

static CK_RV client_C_GetSessionInfo(CK_ULONG session, CK_SESSION_INFO *info)
{
    Message message = request(place_C_GetSessionInfo);
    put_number(&message, session);
    return call_for_structure(message, info, sizeof *info);
}

static CK_RV client_C_Login(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length)
{
    Message message = request(place_C_Login);
    put_number(&message, session);
    put_number(&message, user);
    put_bytes(&message, pin, length);
    return call_plain(message);
}

static CK_RV client_C_Logout(CK_ULONG session)
{
    Message message = request(place_C_Logout);
    put_number(&message, session);
    return call_plain(message);
}

static CK_RV client_C_CreateObject(CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *object)
{
    Message message = request(place_C_CreateObject);
    put_number(&message, session);
    put_template(&message, template, count);
    return call_for_number(message, object);
}

static CK_RV client_C_CopyObject(CK_ULONG session, CK_ULONG from, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *object)
{
    Message message = request(place_C_CopyObject);
    put_number(&message, session);
    put_number(&message, from);
    put_template(&message, template, count);
    return call_for_number(message, object);
}

static CK_RV client_C_DestroyObject(CK_ULONG session, CK_ULONG object)
{
    Message message = request(place_C_DestroyObject);
    put_number(&message, session);
    put_number(&message, object);
    return call_plain(message);
}

/* The lengths come back even when an attribute cannot be read, as the function promises. */
static CK_RV client_C_GetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template, CK_ULONG count)
{
    Message message = request(place_C_GetAttributeValue);
    put_number(&message, session);
    put_number(&message, object);
    put_number(&message, count);
    for (CK_ULONG i = 0; i < count; i++) {
        put_number(&message, template[i].type);
        put_number(&message, template[i].value != NULL);
        put_number(&message, template[i].length);
    }
    CK_RV rv = call(&message);
    for (CK_ULONG i = 0; message.position < message.length && i < count; i++) {
        size_t length;
        template[i].length = take_number(&message);
        void *bytes = take_bytes(&message, &length);
        if (template[i].value && length)
            memcpy(template[i].value, bytes, length);
    }
    return finish(&message, rv);
}

static CK_RV client_C_SetAttributeValue(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template, CK_ULONG count)
{
    Message message = request(place_C_SetAttributeValue);
    put_number(&message, session);
    put_number(&message, object);
    put_template(&message, template, count);
    return call_plain(message);
}

static CK_RV client_C_FindObjectsInit(CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG count)
{
    Message message = request(place_C_FindObjectsInit);
    put_number(&message, session);
    put_template(&message, template, count);
    return call_plain(message);
}

static CK_RV client_C_FindObjects(CK_ULONG session, CK_ULONG *objects, CK_ULONG room, CK_ULONG *count)
{
    Message message = request(place_C_FindObjects);
    put_number(&message, session);
    put_number(&message, room);
    *count = room;
    return call_for_list(message, objects, count);
}

static CK_RV client_C_FindObjectsFinal(CK_ULONG session)
{
    Message message = request(place_C_FindObjectsFinal);
    put_number(&message, session);
    return call_plain(message);
}

static CK_RV begin(int place, CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    Message message = request(place);
    put_number(&message, session);
    put_number(&message, key);
    return put_mechanism(&message, mechanism) ? call_plain(message) : finish(&message, CKR_MECHANISM_PARAM_INVALID);
}

static CK_RV process(int place, CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    Message message = request(place);
    put_number(&message, session);
    put_bytes(&message, data, length);
    return call_for_output(message, out, out_length);
}

static CK_RV client_C_EncryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    return begin(place_C_EncryptInit, session, mechanism, key);
}

static CK_RV client_C_Encrypt(CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    return process(place_C_Encrypt, session, data, length, out, out_length);
}

static CK_RV client_C_DecryptInit(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    return begin(place_C_DecryptInit, session, mechanism, key);
}

static CK_RV client_C_Decrypt(CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    return process(place_C_Decrypt, session, data, length, out, out_length);
}

static CK_RV client_C_GenerateKey(CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *key)
{
    Message message = request(place_C_GenerateKey);
    put_number(&message, session);
    if (!put_mechanism(&message, mechanism))
        return finish(&message, CKR_MECHANISM_PARAM_INVALID);
    put_template(&message, template, count);
    return call_for_number(message, key);
}

static CK_RV client_C_GenerateKeyPair(
    CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_template, CK_ULONG public_count,
    CK_ATTRIBUTE *private_template, CK_ULONG private_count, CK_ULONG *public_key, CK_ULONG *private_key)
{
    Message message = request(place_C_GenerateKeyPair);
    put_number(&message, session);
    if (!put_mechanism(&message, mechanism))
        return finish(&message, CKR_MECHANISM_PARAM_INVALID);
    put_template(&message, public_template, public_count);
    put_template(&message, private_template, private_count);
    CK_RV rv = call(&message);
    if (!rv) {
        *public_key = take_number(&message);
        *private_key = take_number(&message);
    }
    return finish(&message, rv);
}

static CK_RV client_C_WrapKey(
    CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG wrapping_key, CK_ULONG key, CK_BYTE *out, CK_ULONG *out_length)
{
    Message message = request(place_C_WrapKey);
    put_number(&message, session);
    put_number(&message, wrapping_key);
    put_number(&message, key);
    return put_mechanism(&message, mechanism)
        ? call_for_output(message, out, out_length) : finish(&message, CKR_MECHANISM_PARAM_INVALID);
}

static CK_RV client_C_UnwrapKey(
    CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG unwrapping_key, CK_BYTE *wrapped, CK_ULONG length,
    CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *key)
{
    Message message = request(place_C_UnwrapKey);
    put_number(&message, session);
    put_number(&message, unwrapping_key);
    if (!put_mechanism(&message, mechanism))
        return finish(&message, CKR_MECHANISM_PARAM_INVALID);
    put_bytes(&message, wrapped, length);
    put_template(&message, template, count);
    return call_for_number(message, key);
}

static CK_RV client_C_SeedRandom(CK_ULONG session, CK_BYTE *seed, CK_ULONG length)
{
    Message message = request(place_C_SeedRandom);
    put_number(&message, session);
    put_bytes(&message, seed, length);
    return call_plain(message);
}

static CK_RV client_C_GenerateRandom(CK_ULONG session, CK_BYTE *out, CK_ULONG length)
{
    Message message = request(place_C_GenerateRandom);
    put_number(&message, session);
    put_number(&message, length);
    return call_for_structure(message, out, length);
}

static CK_RV not_supported(void)
{
    return CKR_FUNCTION_NOT_SUPPORTED;
}

EXPORTED CK_RV C_GetFunctionList(CK_FUNCTION_LIST **out)
{
    static CK_FUNCTION_LIST list = { { 2, 40 }, { 0 } };
    for (int i = 0; i < FUNCTION_COUNT; i++)
        list.function[i] = (void *)not_supported;
    list.function[3] = (void *)C_GetFunctionList;
#define OFFER(place, name, parameters, arguments) list.function[place] = (void *)client_##name;
    CRYPTOKI_FUNCTIONS(OFFER)
    *out = &list;
    return CKR_OK;
}
