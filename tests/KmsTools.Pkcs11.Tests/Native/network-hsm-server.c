/*
 * The network HSM: serves a PKCS #11 module over a Unix socket.
 *
 *   network-hsm-server <module> <socket>
 *
 * Every application (a connection that begins with HELLO) gets a process of its own, the worker, in which the module is initialised
 * and the login of that application lives. The answer to HELLO is the return value of C_Initialize and the socket at which the worker
 * takes the connections that carry calls, one thread each. When the first connection ends, the worker and all its sessions do.
 *
 * All processes are one process group, which a signal can kill, stop and continue as a whole. The server ends with its standard
 * input. It says "ready" when it can be reached.
 */
#define _GNU_SOURCE
#include "wire.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAXIMUM_ATTRIBUTES 64
#define MAXIMUM_NESTED 16
#define MAXIMUM_LIST 4096
#define MAXIMUM_OUTPUT (1u << 20)

static CK_FUNCTION_LIST *module;
static const char *server_path;

/* The upper half of every handle: those that an earlier worker gave out are refused, whatever number they have below. */
static CK_ULONG epoch;

/* The arguments of one call that need memory beside the request. */
typedef struct {
    CK_ATTRIBUTE attributes[MAXIMUM_ATTRIBUTES], nested[MAXIMUM_NESTED];
    int used, nested_used;
    CK_MECHANISM mechanism;
    CK_GCM_PARAMS gcm;
    CK_RSA_PKCS_OAEP_PARAMS oaep;
} Arguments;

static CK_ULONG outside(CK_ULONG handle)
{
    return epoch << 32 | handle;
}

static int take_handle(Message *message, CK_ULONG *handle)
{
    CK_ULONG given = take_number(message);
    *handle = given & 0xffffffff;
    return given >> 32 == epoch;
}

static CK_ATTRIBUTE *take_template(Message *message, Arguments *arguments, CK_ULONG *count)
{
    CK_ATTRIBUTE *template = arguments->attributes + arguments->used;
    *count = take_number(message);
    if (*count > (CK_ULONG)(MAXIMUM_ATTRIBUTES - arguments->used)) {
        message->broken = 1;
        *count = 0;
    }
    arguments->used += *count;
    for (CK_ULONG i = 0; i < *count; i++) {
        size_t length;
        template[i].type = take_number(message);
        if (template[i].type & CKF_ARRAY_ATTRIBUTE) {
            CK_ULONG inner = take_number(message);
            CK_ATTRIBUTE *nested = arguments->nested + arguments->nested_used;
            if (inner > (CK_ULONG)(MAXIMUM_NESTED - arguments->nested_used)) {
                message->broken = 1;
                inner = 0;
            }
            arguments->nested_used += inner;
            template[i].value = nested;
            template[i].length = inner * sizeof *nested;
            for (CK_ULONG j = 0; j < inner; j++) {
                nested[j].type = take_number(message);
                nested[j].value = take_bytes(message, &length);
                nested[j].length = length;
            }
        } else {
            template[i].value = take_bytes(message, &length);
            template[i].length = length;
        }
    }
    return template;
}

static CK_MECHANISM *take_mechanism(Message *message, Arguments *arguments)
{
    CK_MECHANISM *mechanism = &arguments->mechanism;
    size_t length;
    mechanism->mechanism = take_number(message);
    if (mechanism->mechanism == CKM_AES_GCM) {
        CK_GCM_PARAMS *gcm = &arguments->gcm;
        gcm->iv = take_bytes(message, &length);
        gcm->iv_length = length;
        gcm->iv_bits = take_number(message);
        gcm->aad = take_bytes(message, &length);
        gcm->aad_length = length;
        gcm->tag_bits = take_number(message);
        mechanism->parameter = gcm;
        mechanism->length = sizeof *gcm;
    } else if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        CK_RSA_PKCS_OAEP_PARAMS *oaep = &arguments->oaep;
        oaep->hash = take_number(message);
        oaep->mgf = take_number(message);
        oaep->source = take_number(message);
        oaep->source_data = take_bytes(message, &length);
        oaep->source_length = length;
        if (!length)
            oaep->source_data = NULL;
        mechanism->parameter = oaep;
        mechanism->length = sizeof *oaep;
    } else {
        void *bytes = take_bytes(message, &length);
        mechanism->parameter = length ? bytes : NULL;
        mechanism->length = length;
    }
    return mechanism;
}

static CK_RV put_list(Message *reply, CK_RV rv, const CK_ULONG *list, CK_ULONG count, int are_handles)
{
    if (!rv) {
        put_number(reply, count);
        for (CK_ULONG i = 0; i < count; i++)
            put_number(reply, are_handles ? outside(list[i]) : list[i]);
    }
    return rv;
}

static CK_RV put_structure(Message *reply, CK_RV rv, const void *structure, size_t size)
{
    if (!rv)
        put_bytes(reply, structure, size);
    return rv;
}

static CK_RV put_handle(Message *reply, CK_RV rv, CK_ULONG handle)
{
    if (!rv)
        put_number(reply, outside(handle));
    return rv;
}

/* Where an output goes: NULL when only its length is asked for. */
static CK_BYTE *take_room(Message *request, CK_ULONG *length)
{
    int wanted = take_number(request) != 0;
    *length = take_number(request);
    if (*length > MAXIMUM_OUTPUT)
        *length = MAXIMUM_OUTPUT;
    return wanted ? malloc(*length + 1) : NULL;
}

static CK_RV put_output(Message *reply, CK_RV rv, CK_BYTE *out, CK_ULONG length)
{
    if (rv == CKR_OK || rv == CKR_BUFFER_TOO_SMALL) {
        put_number(reply, length);
        put_bytes(reply, out, out && !rv ? length : 0);
    }
    free(out);
    return rv;
}

static CK_RV serve_C_GetAttributeValue(CK_ULONG session, CK_ULONG object, Message *request, Message *reply)
{
    CK_ATTRIBUTE template[MAXIMUM_ATTRIBUTES];
    CK_ULONG count = take_number(request);
    if (count > MAXIMUM_ATTRIBUTES)
        return CKR_ARGUMENTS_BAD;
    for (CK_ULONG i = 0; i < count; i++) {
        template[i].type = take_number(request);
        template[i].value = take_room(request, &template[i].length);
    }
    CK_RV rv = CALL(module, C_GetAttributeValue)(session, object, template, count);
    for (CK_ULONG i = 0; i < count; i++) {
        int is_there = template[i].value && template[i].length != (CK_ULONG)-1;
        put_number(reply, template[i].length);
        put_bytes(reply, template[i].value, is_there ? template[i].length : 0);
        free(template[i].value);
    }
    return rv;
}

/* Functions without a session. */
static CK_RV serve_slot_call(CK_ULONG function, Message *request, Message *reply)
{
    CK_ULONG list[MAXIMUM_LIST], count = MAXIMUM_LIST, handle, slot = take_number(request);
    union { CK_SLOT_INFO slot; CK_TOKEN_INFO token; CK_MECHANISM_INFO mechanism; } info;
    size_t length, label_length;
    CK_RV rv;
    switch (function) {
    case place_C_GetSlotList:
        rv = CALL(module, C_GetSlotList)((CK_BYTE)slot, list, &count);
        return put_list(reply, rv, list, count, 0);
    case place_C_GetSlotInfo:
        rv = CALL(module, C_GetSlotInfo)(slot, &info.slot);
        return put_structure(reply, rv, &info, sizeof info.slot);
    case place_C_GetTokenInfo:
        rv = CALL(module, C_GetTokenInfo)(slot, &info.token);
        return put_structure(reply, rv, &info, sizeof info.token);
    case place_C_GetMechanismList:
        rv = CALL(module, C_GetMechanismList)(slot, list, &count);
        return put_list(reply, rv, list, count, 0);
    case place_C_GetMechanismInfo:
        rv = CALL(module, C_GetMechanismInfo)(slot, take_number(request), &info.mechanism);
        return put_structure(reply, rv, &info, sizeof info.mechanism);
    case place_C_InitToken: {
        CK_BYTE *pin = take_bytes(request, &length);
        CK_BYTE *label = take_bytes(request, &label_length);
        return label_length == 32 ? CALL(module, C_InitToken)(slot, pin, length, label) : CKR_ARGUMENTS_BAD;
    }
    case place_C_OpenSession:
        rv = CALL(module, C_OpenSession)(slot, take_number(request), NULL, NULL, &handle);
        return put_handle(reply, rv, handle);
    case place_C_CloseAllSessions:
        return CALL(module, C_CloseAllSessions)(slot);
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

/* Functions with a session. */
static CK_RV serve_session_call(CK_ULONG function, Message *request, Message *reply)
{
    Arguments arguments = { .used = 0 };
    CK_ULONG session, object, other, made, count, other_count, room;
    size_t length, other_length;
    CK_BYTE *bytes, *other_bytes, *out;
    CK_ATTRIBUTE *template, *other_template;
    CK_MECHANISM *mechanism;
    CK_RV rv;
    if (!take_handle(request, &session))
        return CKR_SESSION_HANDLE_INVALID;
    switch (function) {
    case place_C_CloseSession:
        return CALL(module, C_CloseSession)(session);
    case place_C_GetSessionInfo: {
        CK_SESSION_INFO info;
        rv = CALL(module, C_GetSessionInfo)(session, &info);
        return put_structure(reply, rv, &info, sizeof info);
    }
    case place_C_InitPIN:
        bytes = take_bytes(request, &length);
        return CALL(module, C_InitPIN)(session, bytes, length);
    case place_C_SetPIN:
        bytes = take_bytes(request, &length);
        other_bytes = take_bytes(request, &other_length);
        return CALL(module, C_SetPIN)(session, bytes, length, other_bytes, other_length);
    case place_C_Login:
        other = take_number(request);
        bytes = take_bytes(request, &length);
        return CALL(module, C_Login)(session, other, bytes, length);
    case place_C_Logout:
        return CALL(module, C_Logout)(session);
    case place_C_CreateObject:
        template = take_template(request, &arguments, &count);
        rv = CALL(module, C_CreateObject)(session, template, count, &made);
        return put_handle(reply, rv, made);
    case place_C_CopyObject:
        if (!take_handle(request, &object))
            return CKR_OBJECT_HANDLE_INVALID;
        template = take_template(request, &arguments, &count);
        rv = CALL(module, C_CopyObject)(session, object, template, count, &made);
        return put_handle(reply, rv, made);
    case place_C_DestroyObject:
        return take_handle(request, &object) ? CALL(module, C_DestroyObject)(session, object) : CKR_OBJECT_HANDLE_INVALID;
    case place_C_GetAttributeValue:
        return take_handle(request, &object)
            ? serve_C_GetAttributeValue(session, object, request, reply) : CKR_OBJECT_HANDLE_INVALID;
    case place_C_SetAttributeValue:
        if (!take_handle(request, &object))
            return CKR_OBJECT_HANDLE_INVALID;
        template = take_template(request, &arguments, &count);
        return CALL(module, C_SetAttributeValue)(session, object, template, count);
    case place_C_FindObjectsInit:
        template = take_template(request, &arguments, &count);
        return CALL(module, C_FindObjectsInit)(session, template, count);
    case place_C_FindObjects: {
        CK_ULONG found[MAXIMUM_LIST];
        room = take_number(request);
        rv = CALL(module, C_FindObjects)(session, found, room < MAXIMUM_LIST ? room : MAXIMUM_LIST, &count);
        return put_list(reply, rv, found, count, 1);
    }
    case place_C_FindObjectsFinal:
        return CALL(module, C_FindObjectsFinal)(session);
    case place_C_EncryptInit:
    case place_C_DecryptInit: {
        int is_ours = take_handle(request, &object);
        mechanism = take_mechanism(request, &arguments);
        if (!is_ours)
            return CKR_KEY_HANDLE_INVALID;
        return function == place_C_EncryptInit
            ? CALL(module, C_EncryptInit)(session, mechanism, object) : CALL(module, C_DecryptInit)(session, mechanism, object);
    }
    case place_C_Encrypt:
    case place_C_Decrypt:
        bytes = take_bytes(request, &length);
        out = take_room(request, &room);
        rv = function == place_C_Encrypt
            ? CALL(module, C_Encrypt)(session, bytes, length, out, &room) : CALL(module, C_Decrypt)(session, bytes, length, out, &room);
        return put_output(reply, rv, out, room);
    case place_C_GenerateKey:
        mechanism = take_mechanism(request, &arguments);
        template = take_template(request, &arguments, &count);
        rv = CALL(module, C_GenerateKey)(session, mechanism, template, count, &made);
        return put_handle(reply, rv, made);
    case place_C_GenerateKeyPair:
        mechanism = take_mechanism(request, &arguments);
        template = take_template(request, &arguments, &count);
        other_template = take_template(request, &arguments, &other_count);
        rv = CALL(module, C_GenerateKeyPair)(session, mechanism, template, count, other_template, other_count, &made, &other);
        put_handle(reply, rv, made);
        return put_handle(reply, rv, other);
    case place_C_WrapKey: {
        int are_ours = take_handle(request, &other) & take_handle(request, &object);
        mechanism = take_mechanism(request, &arguments);
        if (!are_ours)
            return CKR_KEY_HANDLE_INVALID;
        out = take_room(request, &room);
        rv = CALL(module, C_WrapKey)(session, mechanism, other, object, out, &room);
        return put_output(reply, rv, out, room);
    }
    case place_C_UnwrapKey:
        if (!take_handle(request, &object))
            return CKR_KEY_HANDLE_INVALID;
        mechanism = take_mechanism(request, &arguments);
        bytes = take_bytes(request, &length);
        template = take_template(request, &arguments, &count);
        rv = CALL(module, C_UnwrapKey)(session, mechanism, object, bytes, length, template, count, &made);
        return put_handle(reply, rv, made);
    case place_C_SeedRandom:
        bytes = take_bytes(request, &length);
        return CALL(module, C_SeedRandom)(session, bytes, length);
    case place_C_GenerateRandom:
        room = take_number(request);
        if (room > MAXIMUM_OUTPUT || !(out = malloc(room + 1)))
            return CKR_ARGUMENTS_BAD;
        rv = put_structure(reply, CALL(module, C_GenerateRandom)(session, out, room), out, room);
        free(out);
        return rv;
    default:
        return CKR_FUNCTION_NOT_SUPPORTED;
    }
}

static int has_no_session(CK_ULONG function)
{
    return function <= place_C_InitToken || function == place_C_OpenSession || function == place_C_CloseAllSessions;
}

/* Use of keys may run beside everything; two processes that manage one SoftHSM token at once would break it. */
static int is_exclusive(CK_ULONG function)
{
    return !(function >= place_C_EncryptInit && function <= place_C_Decrypt) && function != place_C_GenerateRandom;
}

/* Each user of the lock opens it anew: its owner is the open file, and the end of a process releases it. */
static int open_lock(void)
{
    char path[sizeof(struct sockaddr_un)];
    snprintf(path, sizeof path, "%s.lock", server_path);
    return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* What waited while the server was frozen must not be begun when nobody waits for the answer any more. */
static int has_hung_up(int connection)
{
    char byte;
    return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void *serve_connection(void *argument)
{
    int connection = (int)(long)argument, module_lock = open_lock();
    Message request = { 0 }, reply = { 0 };
    while (!receive_message(connection, &request)) {
        CK_ULONG function = take_number(&request);
        uint64_t rv;
        reply.length = 0;
        put_number(&reply, 0);
        if (is_exclusive(function)) {
            flock(module_lock, LOCK_EX);
            if (has_hung_up(connection))
                break;
        }
        rv = has_no_session(function) ? serve_slot_call(function, &request, &reply) : serve_session_call(function, &request, &reply);
        flock(module_lock, LOCK_UN);
        memcpy(reply.data, &rv, sizeof rv);
        if (send_message(connection, &reply))
            break;
    }
    free_message(&request);
    free_message(&reply);
    close(module_lock);
    close(connection);
    return NULL;
}

static void start_thread(void *(*function)(void *), int connection)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, function, (void *)(long)connection))
        exit(2);
    pthread_detach(thread);
}

static void *accept_connections(void *argument)
{
    for (;;) {
        int connection = accept4((int)(long)argument, NULL, NULL, SOCK_CLOEXEC);
        if (connection >= 0)
            start_thread(serve_connection, connection);
    }
    return NULL;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    unlink(path);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 256)) {
        perror(path);
        exit(2);
    }
    return listener;
}

static CK_RV load_module(const char *path)
{
    CK_C_INITIALIZE_ARGS arguments = { .flags = CKF_OS_LOCKING_OK };
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    CK_RV (*get)(CK_FUNCTION_LIST **) = library ? (CK_RV (*)(CK_FUNCTION_LIST **))dlsym(library, "C_GetFunctionList") : NULL;
    if (!get || get(&module))
        return CKR_GENERAL_ERROR;
    return CALL(module, C_Initialize)(&arguments);
}

/* The life of a worker. */
static void serve_application(int application, const char *module_path)
{
    Message message = { 0 };
    char path[sizeof(struct sockaddr_un)];
    unsigned int random;
    int module_lock = open_lock();
    if (receive_message(application, &message) || take_number(&message) != HELLO || getrandom(&random, sizeof random, 0) < 0)
        exit(1);
    epoch = random & 0x7fffffff;
    snprintf(path, sizeof path, "%s.%d", server_path, (int)getpid());
    flock(module_lock, LOCK_EX);
    CK_RV rv = load_module(module_path);
    flock(module_lock, LOCK_UN);
    if (!rv)
        start_thread(accept_connections, listen_at(path));
    message.length = 0;
    put_number(&message, rv);
    put_bytes(&message, path, strlen(path));
    if (!send_message(application, &message) && !rv)
        receive_message(application, &message); /* until the application ends */

    /* No call may be half done. */
    flock(module_lock, LOCK_EX);
    unlink(path);
    _exit(0);
}

static void *end_with_input(void *argument)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    kill(0, SIGKILL);
    return argument;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s <module> <socket>\n", arguments[0]);
        return 2;
    }
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    server_path = arguments[2];
    int listener = listen_at(server_path);
    start_thread(end_with_input, 0);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve_application(connection, arguments[1]);
        }
        close(connection);
    }
}
