// What Swift imports: the whole C interface.
#include "ctorch.h"
