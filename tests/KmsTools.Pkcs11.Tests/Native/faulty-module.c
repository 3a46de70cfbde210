/*
 * A PKCS #11 module that passes every call to another one, except where a test wants it to fail. Its settings are the string that
 * C_Initialize is given in pReserved:
 *
 *   faults=<path> target=<path of the other module> [| <what that module gets in pReserved>]
 *
 * <faults> is a file of rules, read again whenever another file is put in its place:
 *
 *   before <function|*> <rv> <count>  return rv instead of calling; count times, -1 for ever
 *   after  <function|*> <rv> <count>  call, then return rv as if the reply had been lost
 *   delay  <function|*> <ms> <count>  wait, then call
 *   flags  <bits to set> <to clear>   in CK_TOKEN_INFO
 *   hide   <mechanism>                from C_GetMechanismList
 *   pins   <minimum> <maximum>        decimal lengths, in CK_TOKEN_INFO; C_SetPIN refuses others
 *   full   <maximum>                  sessions in CK_TOKEN_INFO, all of them open
 *   single <rv>                       C_GetAttributeValue is answered so when it is asked for more than one attribute
 *   loose  <yes>                      C_UnwrapKey makes keys that may leave, whatever its template and the unwrapping key say
 *   closes <yes>                      C_Finalize also closes the number of a descriptor that the first one closed
 *   iv     <own|zeros|none> <function> <rv>  an HSM that generates the IVs of AES-GCM: one that is not zeroed is refused, by rv from
 *                                     C_EncryptInit or C_Encrypt; a zeroed one is replaced, left as it is, or refused as well
 *
 * Numbers but counts and milliseconds are hexadecimal. <faults>.log gets a line for every fault that happened, in the words of its
 * rule, for every IV that was refused: "iv refused <rv>", and for every login: "login <rv> <a hash of the PIN>". <faults>.calls holds an 8-byte counter of calls that went well for each
 * place of the function list, shared by all processes.
 */
#define _GNU_SOURCE
#include "cryptoki.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAXIMUM_RULES 64
#define MAXIMUM_ENCRYPTIONS 64
#define IV_SIZE 12
#define MAXIMUM_ATTRIBUTES 64

typedef struct { char kind[8], function[40]; CK_ULONG value; long count; } Rule;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char faults[4096], target[4096], loaded_target[4096];
static CK_FUNCTION_LIST *real;
static Rule rules[MAXIMUM_RULES];
static int rule_count;
static struct stat rules_seen;
static CK_ULONG set_flags, clear_flags, hidden_mechanism, minimum_pin, maximum_pin, full_sessions, single_refusal, is_loose, closes_again;
static int own_descriptor = -1;
static unsigned long *calls;

/* What becomes of IVs, and where the caller of an encryption that has begun waits for one. */
typedef struct { CK_ULONG session; int refused; CK_BYTE *wanted, made[IV_SIZE]; } Encryption;
static char iv_mode[8], iv_function[40];
static CK_ULONG iv_refusal;
static Encryption encryptions[MAXIMUM_ENCRYPTIONS];

static void read_rules(void)
{
    struct stat found;
    if (stat(faults, &found))
        return;
    if (found.st_ino == rules_seen.st_ino && found.st_mtim.tv_sec == rules_seen.st_mtim.tv_sec
        && found.st_mtim.tv_nsec == rules_seen.st_mtim.tv_nsec)
        return;
    FILE *file = fopen(faults, "r");
    Rule rule;
    if (!file)
        return;
    rules_seen = found;
    rule_count = 0;
    set_flags = clear_flags = hidden_mechanism = minimum_pin = maximum_pin = full_sessions = single_refusal = is_loose = closes_again = 0;
    iv_mode[0] = 0;
    while (fscanf(file, "%7s", rule.kind) == 1) {
        if (!strcmp(rule.kind, "flags")) {
            if (fscanf(file, "%lx %lx", &set_flags, &clear_flags) != 2)
                break;
            continue;
        }
        if (!strcmp(rule.kind, "hide")) {
            if (fscanf(file, "%lx", &hidden_mechanism) != 1)
                break;
            continue;
        }
        if (!strcmp(rule.kind, "pins")) {
            if (fscanf(file, "%lu %lu", &minimum_pin, &maximum_pin) != 2)
                break;
            continue;
        }
        CK_ULONG *setting = !strcmp(rule.kind, "full") ? &full_sessions : !strcmp(rule.kind, "single") ? &single_refusal
            : !strcmp(rule.kind, "loose") ? &is_loose : !strcmp(rule.kind, "closes") ? &closes_again : NULL;
        if (setting) {
            if (fscanf(file, "%lx", setting) != 1)
                break;
            continue;
        }
        if (!strcmp(rule.kind, "iv")) {
            if (fscanf(file, "%7s %39s %lx", iv_mode, iv_function, &iv_refusal) != 3)
                break;
            continue;
        }
        const char *format = strcmp(rule.kind, "delay") ? "%39s %lx %ld" : "%39s %lu %ld";
        if (fscanf(file, format, rule.function, &rule.value, &rule.count) != 3)
            break;
        if (rule_count < MAXIMUM_RULES)
            rules[rule_count++] = rule;
    }
    fclose(file);
}

/* One write per line: the lines of several processes do not mix. */
static void log_line(const char *format, const char *word, CK_ULONG number, CK_ULONG other)
{
    char path[sizeof faults + 4], line[128];
    snprintf(path, sizeof path, "%s.log", faults);
    int length = snprintf(line, sizeof line, format, word, number, other);
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || write(file, line, length) != length)
        fprintf(stderr, "%s cannot be written\n", path);
    if (file >= 0)
        close(file);
}

/* What the rules of one kind say of a call now; 0 if nothing. */
static CK_ULONG fault(const char *kind, const char *function)
{
    CK_ULONG value = 0;
    pthread_mutex_lock(&lock);
    read_rules();
    for (int i = 0; i < rule_count && !value; i++) {
        Rule *rule = &rules[i];
        if (rule->count && !strcmp(rule->kind, kind) && (!strcmp(rule->function, function) || !strcmp(rule->function, "*"))) {
            value = rule->value;
            if (rule->count > 0)
                rule->count--;
        }
    }
    pthread_mutex_unlock(&lock);
    if (value) {
        char words[64];
        snprintf(words, sizeof words, "%s %s", kind, function);
        log_line("%s %lx\n", words, value, 0);
    }
    return value;
}

static void wait_if_told(const char *function)
{
    CK_ULONG milliseconds = fault("delay", function);
    if (milliseconds)
        usleep(milliseconds * 1000);
}

static void count_call(int place)
{
    if (calls)
        __atomic_add_fetch(&calls[place], 1, __ATOMIC_RELAXED);
}

#define PASS(place, name, parameters, arguments) \
    static CK_RV pass_##name parameters \
    { \
        if (!real) \
            return CKR_CRYPTOKI_NOT_INITIALIZED; \
        wait_if_told(#name); \
        CK_RV rv = fault("before", #name); \
        if (rv) \
            return rv; \
        rv = CALL(real, name) arguments; \
        if (!rv) \
            count_call(place); \
        CK_RV lost = fault("after", #name); \
        return lost ? lost : rv; \
    }
CRYPTOKI_FUNCTIONS(PASS)

/* A copy in memory, which the loader takes for a library of its own: so every copy of this module has its own target. */
static void *load_copy(const char *path)
{
    char bytes[65536], copy_path[64];
    ssize_t length = -1;
    void *library = NULL;
    int original = open(path, O_RDONLY | O_CLOEXEC), copy = memfd_create("target", MFD_CLOEXEC);
    if (original >= 0 && copy >= 0)
        while ((length = read(original, bytes, sizeof bytes)) > 0)
            if (write(copy, bytes, length) != length)
                break;
    if (length == 0) {
        snprintf(copy_path, sizeof copy_path, "/proc/self/fd/%d", copy);
        library = dlopen(copy_path, RTLD_NOW | RTLD_LOCAL);
    }
    if (original >= 0)
        close(original);
    if (copy >= 0 && !library)
        close(copy); /* else it stays open: the next one must not get its path */
    return library;
}

static CK_RV load_target(void)
{
    if (real && !strcmp(target, loaded_target))
        return CKR_OK;
    void *library = load_copy(target);
    CK_RV (*get)(CK_FUNCTION_LIST **) = library ? (CK_RV (*)(CK_FUNCTION_LIST **))dlsym(library, "C_GetFunctionList") : NULL;
    if (!get || get(&real)) {
        real = NULL;
        return CKR_GENERAL_ERROR;
    }
    strcpy(loaded_target, target);
    return CKR_OK;
}

static void share_counters(void)
{
    char path[sizeof faults + 6];
    size_t size = FUNCTION_COUNT * sizeof *calls;
    snprintf(path, sizeof path, "%s.calls", faults);
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (!calls && file >= 0 && !ftruncate(file, size)) {
        void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        calls = memory == MAP_FAILED ? NULL : memory;
    }
    if (file >= 0)
        close(file);
}

static CK_RV initialize(void *arguments)
{
    CK_C_INITIALIZE_ARGS *given = arguments, passed[2];
    char settings[sizeof faults + sizeof target];
    if (!given || !given->reserved)
        return CKR_ARGUMENTS_BAD;
    snprintf(settings, sizeof settings, "%s", (char *)given->reserved);
    char *rest = strchr(settings, '|');
    if (rest)
        *rest++ = 0;
    pthread_mutex_lock(&lock);
    char *faults_setting = strstr(settings, "faults="), *target_setting = strstr(settings, "target=");
    CK_RV rv = faults_setting && sscanf(faults_setting, "faults=%4095s", faults) == 1
        && target_setting && sscanf(target_setting, "target=%4095s", target) == 1 ? load_target() : CKR_ARGUMENTS_BAD;
    if (!rv)
        share_counters();
    pthread_mutex_unlock(&lock);
    if (rv)
        return rv;

    /* Some modules read one more pointer behind the structure. */
    memset(passed, 0, sizeof passed);
    passed[0] = *given;
    passed[0].reserved = rest;
    if (own_descriptor < 0)
        own_descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return pass_C_Initialize(passed);
}

/* As openCryptoki does: the number stays that of the first time, although it may be another's by now. */
static CK_RV finalize(void *reserved)
{
    static int is_closed;
    CK_RV rv = pass_C_Finalize(reserved);
    pthread_mutex_lock(&lock);
    read_rules();
    if (!is_closed || closes_again)
        close(own_descriptor);
    is_closed = 1;
    pthread_mutex_unlock(&lock);
    return rv;
}

static CK_RV get_token_info(CK_ULONG slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = pass_C_GetTokenInfo(slot, info);
    if (!rv)
        info->flags = (info->flags | set_flags) & ~clear_flags;
    if (!rv && maximum_pin) {
        info->min_pin = minimum_pin;
        info->max_pin = maximum_pin;
    }
    if (!rv && full_sessions)
        info->max_sessions = info->sessions = full_sessions;
    return rv;
}

static CK_RV set_pin(CK_ULONG session, CK_BYTE *old, CK_ULONG old_length, CK_BYTE *pin, CK_ULONG length)
{
    if (maximum_pin && (length < minimum_pin || length > maximum_pin))
        return CKR_PIN_LEN_RANGE;
    return pass_C_SetPIN(session, old, old_length, pin, length);
}

static CK_RV get_attribute_value(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template, CK_ULONG count)
{
    return single_refusal && count > 1 ? single_refusal : pass_C_GetAttributeValue(session, object, template, count);
}

/* A copy of a template in which keys may leave, and without what an unwrapping key prescribes. */
static CK_ULONG loosen(CK_ATTRIBUTE *template, CK_ULONG count, CK_ATTRIBUTE *loosened)
{
    static CK_BYTE no = 0, yes = 1;
    CK_ULONG kept = 0;
    for (CK_ULONG i = 0; i < count && kept < MAXIMUM_ATTRIBUTES; i++) {
        if (template[i].type == CKA_UNWRAP_TEMPLATE)
            continue;
        loosened[kept] = template[i];
        if (template[i].type == CKA_SENSITIVE)
            loosened[kept].value = &no;
        if (template[i].type == CKA_EXTRACTABLE)
            loosened[kept].value = &yes;
        kept++;
    }
    return kept;
}

static CK_RV unwrap_key(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG unwrapping_key, CK_BYTE *wrapped, CK_ULONG length,
    CK_ATTRIBUTE *template, CK_ULONG count, CK_ULONG *key)
{
    CK_ATTRIBUTE loosened[MAXIMUM_ATTRIBUTES];
    if (!is_loose)
        return pass_C_UnwrapKey(session, mechanism, unwrapping_key, wrapped, length, template, count, key);
    CK_ULONG kept = loosen(template, count, loosened);
    return pass_C_UnwrapKey(session, mechanism, unwrapping_key, wrapped, length, loosened, kept, key);
}

static CK_RV generate_key_pair(CK_ULONG session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *public_template, CK_ULONG public_count,
    CK_ATTRIBUTE *private_template, CK_ULONG private_count, CK_ULONG *public_key, CK_ULONG *private_key)
{
    CK_ATTRIBUTE kept[MAXIMUM_ATTRIBUTES];
    CK_ULONG count = 0;
    for (CK_ULONG i = 0; i < private_count && count < MAXIMUM_ATTRIBUTES; i++)
        if (!is_loose || private_template[i].type != CKA_UNWRAP_TEMPLATE)
            kept[count++] = private_template[i];
    return pass_C_GenerateKeyPair(session, mechanism, public_template, public_count, kept, count, public_key, private_key);
}

/* What is hidden stays in the count of a question for the length only: a list may get shorter meanwhile. */
static CK_RV get_mechanism_list(CK_ULONG slot, CK_ULONG *mechanisms, CK_ULONG *count)
{
    CK_RV rv = pass_C_GetMechanismList(slot, mechanisms, count);
    CK_ULONG kept = 0;
    if (rv || !mechanisms || !hidden_mechanism)
        return rv;
    for (CK_ULONG i = 0; i < *count; i++)
        if (mechanisms[i] != hidden_mechanism)
            mechanisms[kept++] = mechanisms[i];
    *count = kept;
    return rv;
}

static CK_RV refuse_iv(void)
{
    log_line("%s %lx\n", "iv refused", iv_refusal, 0);
    return iv_refusal;
}

static void begin_encryption(Encryption next)
{
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAXIMUM_ENCRYPTIONS; i++)
        if (!encryptions[i].session || encryptions[i].session == next.session) {
            encryptions[i] = next;
            break;
        }
    pthread_mutex_unlock(&lock);
}

static Encryption end_encryption(CK_ULONG session)
{
    Encryption found = { 0 };
    pthread_mutex_lock(&lock);
    for (int i = 0; i < MAXIMUM_ENCRYPTIONS; i++)
        if (encryptions[i].session == session) {
            found = encryptions[i];
            encryptions[i].session = 0;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

static CK_RV encrypt_init(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key)
{
    static const CK_BYTE zeros[IV_SIZE];
    pthread_mutex_lock(&lock);
    read_rules();
    int is_ours = iv_mode[0] && mechanism->mechanism == CKM_AES_GCM;
    int makes_own = !strcmp(iv_mode, "own"), takes_none = !strcmp(iv_mode, "none"), is_late = !strcmp(iv_function, "C_Encrypt");
    pthread_mutex_unlock(&lock);
    if (!is_ours)
        return pass_C_EncryptInit(session, mechanism, key);
    CK_GCM_PARAMS parameters = *(CK_GCM_PARAMS *)mechanism->parameter;
    CK_MECHANISM passed = { CKM_AES_GCM, &parameters, sizeof parameters };
    Encryption next = { session, 0, parameters.iv, { 0 } };
    next.refused = takes_none || parameters.iv_length != IV_SIZE || memcmp(parameters.iv, zeros, IV_SIZE);
    if (next.refused && !is_late)
        return refuse_iv();
    if (!next.refused && makes_own && CALL(real, C_GenerateRandom)(session, next.made, IV_SIZE))
        return CKR_GENERAL_ERROR;
    if (!next.refused)
        parameters.iv = next.made;
    CK_RV rv = pass_C_EncryptInit(session, &passed, key);
    if (!rv)
        begin_encryption(next);
    return rv;
}

/* The caller learns the IV together with the ciphertext, as late as the standard allows. What is refused here stays begun. */
static CK_RV encrypt(CK_ULONG session, CK_BYTE *data, CK_ULONG length, CK_BYTE *out, CK_ULONG *out_length)
{
    Encryption begun = end_encryption(session);
    if (begun.refused)
        return refuse_iv();
    CK_RV rv = pass_C_Encrypt(session, data, length, out, out_length);
    if (!rv && begun.wanted)
        memcpy(begun.wanted, begun.made, IV_SIZE);
    return rv;
}

/* The hash tells one PIN from another in the log, and no PIN of a test is a secret. */
static CK_RV login(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length)
{
    CK_ULONG hash = 14695981039346656037UL;
    for (CK_ULONG i = 0; i < length; i++)
        hash = (hash ^ pin[i]) * 1099511628211UL;
    CK_RV rv = pass_C_Login(session, user, pin, length);
    log_line("%s %lx %lx\n", "login", rv, hash);
    return rv;
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
#define OFFER(place, name, parameters, arguments) list.function[place] = (void *)pass_##name;
    CRYPTOKI_FUNCTIONS(OFFER)
    list.function[place_C_Initialize] = (void *)initialize;
    list.function[place_C_Finalize] = (void *)finalize;
    list.function[place_C_SetPIN] = (void *)set_pin;
    list.function[place_C_GetAttributeValue] = (void *)get_attribute_value;
    list.function[place_C_UnwrapKey] = (void *)unwrap_key;
    list.function[place_C_GenerateKeyPair] = (void *)generate_key_pair;
    list.function[place_C_GetTokenInfo] = (void *)get_token_info;
    list.function[place_C_GetMechanismList] = (void *)get_mechanism_list;
    list.function[place_C_Login] = (void *)login;
    list.function[place_C_EncryptInit] = (void *)encrypt_init;
    list.function[place_C_Encrypt] = (void *)encrypt;
    *out = &list;
    return CKR_OK;
}
