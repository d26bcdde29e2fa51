#include "onnxruntime_c.h"
