#define _GNU_SOURCE
#include "wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAXIMUM_LENGTH (64u << 20)

static void *extend(Message *message, size_t by)
{
    if (message->length + by > message->capacity) {
        message->capacity = (message->length + by) * 2 + 256;
        message->data = realloc(message->data, message->capacity);
        if (!message->data)
            abort();
    }
    void *place = message->data + message->length;
    message->length += by;
    return place;
}

static size_t padded(size_t length)
{
    return (length + 7) & ~(size_t)7;
}

void put_number(Message *message, uint64_t number)
{
    memcpy(extend(message, sizeof number), &number, sizeof number);
}

void put_bytes(Message *message, const void *bytes, size_t length)
{
    put_number(message, length);
    unsigned char *place = extend(message, padded(length));
    memset(place, 0, padded(length));
    if (length)
        memcpy(place, bytes, length);
}

void put_template(Message *message, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    put_number(message, count);
    for (CK_ULONG i = 0; i < count; i++) {
        put_number(message, template[i].type);
        if (template[i].type & CKF_ARRAY_ATTRIBUTE)
            put_template(message, template[i].value, template[i].length / sizeof(CK_ATTRIBUTE));
        else
            put_bytes(message, template[i].value, template[i].length);
    }
}

int put_mechanism(Message *message, const CK_MECHANISM *mechanism)
{
    put_number(message, mechanism->mechanism);
    if (mechanism->mechanism == CKM_AES_GCM) {
        const CK_GCM_PARAMS *gcm = mechanism->parameter;
        if (mechanism->length != sizeof *gcm)
            return 0;
        put_bytes(message, gcm->iv, gcm->iv_length);
        put_number(message, gcm->iv_bits);
        put_bytes(message, gcm->aad, gcm->aad_length);
        put_number(message, gcm->tag_bits);
    } else if (mechanism->mechanism == CKM_RSA_PKCS_OAEP) {
        const CK_RSA_PKCS_OAEP_PARAMS *oaep = mechanism->parameter;
        if (mechanism->length != sizeof *oaep)
            return 0;
        put_number(message, oaep->hash);
        put_number(message, oaep->mgf);
        put_number(message, oaep->source);
        put_bytes(message, oaep->source_data, oaep->source_length);
    } else {
        /* All other parameters that KmsTools uses hold no pointers: an IV, or nothing. */
        put_bytes(message, mechanism->parameter, mechanism->length);
    }
    return 1;
}

uint64_t take_number(Message *message)
{
    uint64_t number = 0;
    if (message->length - message->position < sizeof number) {
        message->broken = 1;
        return 0;
    }
    memcpy(&number, message->data + message->position, sizeof number);
    message->position += sizeof number;
    return number;
}

void *take_bytes(Message *message, size_t *length)
{
    uint64_t count = take_number(message);
    if (message->broken || count > MAXIMUM_LENGTH || padded(count) > message->length - message->position) {
        message->broken = 1;
        *length = 0;
        return message->data;
    }
    void *bytes = message->data + message->position;
    message->position += padded(count);
    *length = count;
    return bytes;
}

static int send_all(int connection, const void *bytes, size_t length)
{
    const char *next = bytes;
    while (length) {
        ssize_t sent = send(connection, next, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return -1;
        next += sent;
        length -= sent;
    }
    return 0;
}

static int receive_all(int connection, void *bytes, size_t length)
{
    char *next = bytes;
    while (length) {
        ssize_t received = recv(connection, next, length, 0);
        if (received < 0 && errno == EINTR)
            continue;
        if (received == 0)
            errno = ECONNRESET;
        if (received <= 0)
            return -1;
        next += received;
        length -= received;
    }
    return 0;
}

int send_message(int connection, const Message *message)
{
    uint64_t length = message->length;
    return send_all(connection, &length, sizeof length) || send_all(connection, message->data, message->length) ? -1 : 0;
}

int receive_message(int connection, Message *message)
{
    uint64_t length;
    message->length = message->position = 0;
    message->broken = 0;
    if (receive_all(connection, &length, sizeof length))
        return -1;
    if (length > MAXIMUM_LENGTH) {
        errno = EPROTO;
        return -1;
    }
    extend(message, length);
    return receive_all(connection, message->data, length);
}

void free_message(Message *message)
{
    free(message->data);
    memset(message, 0, sizeof *message);
}
