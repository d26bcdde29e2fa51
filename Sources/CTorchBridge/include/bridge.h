// The one symbol this library exports: the engine's table of functions.
#pragma once

#include "ctorch.h"

#ifdef __cplusplus
extern "C"
#endif
    __attribute__((visibility("default")))
    const ctorch_functions *
    bonsai_torch_functions(void);
