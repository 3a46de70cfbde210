/*
 * Messages between the client and the server of the network HSM: numbers of eight bytes, and byte strings with their length before
 * them, padded to eight bytes so that CK_ULONG attributes stay aligned. Both ends run on one machine.
 *
 * A request is the place of a function in the function list and its arguments; a reply is the return value and what the function
 * gave back. The first message of a connection is HELLO, see network-hsm-server.c.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>
#include "cryptoki.h"

#define HELLO 0x48534d31

typedef struct {
    unsigned char *data;
    size_t length, capacity, position;
    int broken; /* something was taken that is not there */
} Message;

void put_number(Message *message, uint64_t number);
void put_bytes(Message *message, const void *bytes, size_t length);
void put_template(Message *message, const CK_ATTRIBUTE *template, CK_ULONG count);
/* Returns 0 when the mechanism has a parameter that cannot be sent. */
int put_mechanism(Message *message, const CK_MECHANISM *mechanism);

uint64_t take_number(Message *message);
/* The bytes stay in the message. */
void *take_bytes(Message *message, size_t *length);

int send_message(int connection, const Message *message);
int receive_message(int connection, Message *message);
void free_message(Message *message);

#endif
