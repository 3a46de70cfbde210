/*
 * A PKCS #11 module that is only a front: its state is in another library, which all copies of the front share. The path of that library
 * is what C_Initialize is given in pReserved.
 */
#include "cryptoki.h"
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

static CK_FUNCTION_LIST *core;

#define PASS(place, name, parameters, arguments) \
    static CK_RV pass_##name parameters { return core ? CALL(core, name) arguments : CKR_CRYPTOKI_NOT_INITIALIZED; }
CRYPTOKI_FUNCTIONS(PASS)

static CK_RV initialize(void *arguments)
{
    CK_C_INITIALIZE_ARGS *given = arguments, passed;
    if (!given || !given->reserved)
        return CKR_ARGUMENTS_BAD;
    if (!core) {
        void *library = dlopen(given->reserved, RTLD_NOW | RTLD_LOCAL);
        CK_RV (*get)(CK_FUNCTION_LIST **) = library ? (CK_RV (*)(CK_FUNCTION_LIST **))dlsym(library, "C_GetFunctionList") : NULL;
        if (!get || get(&core))
            return CKR_GENERAL_ERROR;
    }
    passed = *given;
    passed.reserved = NULL;
    return pass_C_Initialize(&passed);
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
    *out = &list;
    return CKR_OK;
}
