/*
 * A PKCS#11 module that passes every call to another one, except where a test wants it to fail.
 * FAULTS names a file of rules that is read at every call:
 *
 *   <number>                          first line; counters start anew when it changes
 *   before <function|*> <rv> <count>  return rv instead of calling; count times, -1 for ever
 *   after  <function> <rv> <count>    call, then return rv as if the reply had been lost
 *   flags  <bits to set> <to clear>   in CK_TOKEN_INFO
 *
 * TARGET names the module. Only the functions that KmsTools calls are intercepted.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

typedef unsigned long ULONG;
typedef struct { unsigned char version[2]; void *function[68]; } FunctionList;
typedef struct { char kind[8], function[40]; ULONG rv; long count; } Rule;

#define MAXIMUM_RULES 16

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FunctionList real, list;
static Rule rules[MAXIMUM_RULES];
static int rule_count;
static long sequence = -1;
static ULONG set_flags, clear_flags;

static void read_rules(void)
{
    FILE *file = fopen(FAULTS, "r");
    long number;
    if (!file)
        return;
    if (fscanf(file, "%ld", &number) == 1 && number != sequence) {
        Rule rule;
        sequence = number;
        rule_count = 0;
        set_flags = clear_flags = 0;
        while (fscanf(file, "%7s", rule.kind) == 1) {
            if (!strcmp(rule.kind, "flags")) {
                if (fscanf(file, "%lx %lx", &set_flags, &clear_flags) != 2)
                    break;
            } else if (fscanf(file, "%39s %lx %ld", rule.function, &rule.rv, &rule.count) == 3 && rule_count < MAXIMUM_RULES) {
                rules[rule_count++] = rule;
            }
        }
    }
    fclose(file);
}

static ULONG fault(const char *kind, const char *function)
{
    ULONG rv = 0;
    pthread_mutex_lock(&lock);
    read_rules();
    for (int i = 0; i < rule_count && !rv; i++) {
        Rule *rule = &rules[i];
        if (rule->count && !strcmp(rule->kind, kind) && (!strcmp(rule->function, function) || !strcmp(rule->function, "*"))) {
            rv = rule->rv;
            if (rule->count > 0)
                rule->count--;
        }
    }
    pthread_mutex_unlock(&lock);
    return rv;
}

#define PASS(index, name, parameters, arguments) \
    static ULONG pass_##name parameters \
    { \
        ULONG rv = fault("before", #name); \
        if (rv) \
            return rv; \
        ULONG (*target) parameters = (ULONG (*) parameters)real.function[index]; \
        rv = target arguments; \
        ULONG lost = fault("after", #name); \
        return lost ? lost : rv; \
    }

PASS(0, C_Initialize, (void *a), (a))
PASS(4, C_GetSlotList, (unsigned char p, ULONG *s, ULONG *n), (p, s, n))
PASS(7, C_GetMechanismList, (ULONG s, ULONG *m, ULONG *n), (s, m, n))
PASS(12, C_OpenSession, (ULONG s, ULONG f, void *a, void *c, ULONG *h), (s, f, a, c, h))
PASS(15, C_GetSessionInfo, (ULONG h, void *i), (h, i))
PASS(18, C_Login, (ULONG h, ULONG u, void *p, ULONG n), (h, u, p, n))
PASS(22, C_DestroyObject, (ULONG h, ULONG o), (h, o))
PASS(24, C_GetAttributeValue, (ULONG h, ULONG o, void *t, ULONG n), (h, o, t, n))
PASS(26, C_FindObjectsInit, (ULONG h, void *t, ULONG n), (h, t, n))
PASS(27, C_FindObjects, (ULONG h, ULONG *o, ULONG m, ULONG *n), (h, o, m, n))
PASS(29, C_EncryptInit, (ULONG h, void *m, ULONG k), (h, m, k))
PASS(30, C_Encrypt, (ULONG h, void *d, ULONG n, void *o, ULONG *m), (h, d, n, o, m))
PASS(33, C_DecryptInit, (ULONG h, void *m, ULONG k), (h, m, k))
PASS(34, C_Decrypt, (ULONG h, void *d, ULONG n, void *o, ULONG *m), (h, d, n, o, m))
PASS(58, C_GenerateKey, (ULONG h, void *m, void *t, ULONG n, ULONG *k), (h, m, t, n, k))
PASS(64, C_GenerateRandom, (ULONG h, void *d, ULONG n), (h, d, n))

static ULONG pass_C_GetTokenInfo(ULONG slot, void *info)
{
    ULONG rv = fault("before", "C_GetTokenInfo");
    if (rv)
        return rv;
    rv = ((ULONG (*)(ULONG, void *))real.function[6])(slot, info);
    if (!rv) {
        /* label, manufacturerID, model and serialNumber come first: 96 bytes */
        ULONG *flags = (ULONG *)((char *)info + 96);
        *flags = (*flags | set_flags) & ~clear_flags;
    }
    return rv;
}

__attribute__((visibility("default"))) ULONG C_GetFunctionList(FunctionList **out)
{
    void *target = dlopen(TARGET, RTLD_NOW | RTLD_LOCAL);
    ULONG (*get)(FunctionList **) = target ? (ULONG (*)(FunctionList **))dlsym(target, "C_GetFunctionList") : 0;
    FunctionList *found;
    if (!get || get(&found))
        return 5;
    real = *found;
    list = *found;
#define INTERCEPT(index, name) list.function[index] = (void *)pass_##name
    INTERCEPT(0, C_Initialize);
    INTERCEPT(4, C_GetSlotList);
    INTERCEPT(6, C_GetTokenInfo);
    INTERCEPT(7, C_GetMechanismList);
    INTERCEPT(12, C_OpenSession);
    INTERCEPT(15, C_GetSessionInfo);
    INTERCEPT(18, C_Login);
    INTERCEPT(22, C_DestroyObject);
    INTERCEPT(24, C_GetAttributeValue);
    INTERCEPT(26, C_FindObjectsInit);
    INTERCEPT(27, C_FindObjects);
    INTERCEPT(29, C_EncryptInit);
    INTERCEPT(30, C_Encrypt);
    INTERCEPT(33, C_DecryptInit);
    INTERCEPT(34, C_Decrypt);
    INTERCEPT(58, C_GenerateKey);
    INTERCEPT(64, C_GenerateRandom);
    *out = &list;
    return 0;
}
