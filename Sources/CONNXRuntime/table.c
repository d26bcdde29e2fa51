// Opens ONNX Runtime's shared library and picks the needed entries out of its function table.

#include "onnxruntime_table.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

// The version of the table asked for: the oldest that has every entry below. Newer libraries serve
// older tables.
#define TABLE_VERSION 11

// Where each entry stands in the table.
enum {
  GET_ERROR_CODE = 1,
  GET_ERROR_MESSAGE = 2,
  CREATE_ENV = 3,
  CREATE_SESSION = 7,
  RUN = 9,
  CREATE_SESSION_OPTIONS = 10,
  SET_SESSION_GRAPH_OPTIMIZATION_LEVEL = 23,
  SET_INTRA_OP_NUM_THREADS = 24,
  SET_INTER_OP_NUM_THREADS = 25,
  SESSION_GET_INPUT_COUNT = 30,
  SESSION_GET_OUTPUT_COUNT = 31,
  SESSION_GET_INPUT_TYPE_INFO = 33,
  SESSION_GET_OUTPUT_TYPE_INFO = 34,
  SESSION_GET_INPUT_NAME = 36,
  SESSION_GET_OUTPUT_NAME = 37,
  CREATE_TENSOR_WITH_DATA_AS_ORT_VALUE = 49,
  IS_TENSOR = 50,
  GET_TENSOR_MUTABLE_DATA = 51,
  CAST_TYPE_INFO_TO_TENSOR_INFO = 55,
  GET_TENSOR_ELEMENT_TYPE = 60,
  GET_DIMENSIONS_COUNT = 61,
  GET_DIMENSIONS = 62,
  GET_SYMBOLIC_DIMENSIONS = 63,
  GET_TENSOR_TYPE_AND_SHAPE = 65,
  CREATE_CPU_MEMORY_INFO = 69,
  ALLOCATOR_FREE = 76,
  GET_ALLOCATOR_WITH_DEFAULT_OPTIONS = 78,
  RELEASE_ENV = 92,
  RELEASE_STATUS = 93,
  RELEASE_MEMORY_INFO = 94,
  RELEASE_SESSION = 95,
  RELEASE_VALUE = 96,
  RELEASE_TYPE_INFO = 98,
  RELEASE_TENSOR_TYPE_AND_SHAPE_INFO = 99,
  RELEASE_SESSION_OPTIONS = 100,
};

// What `OrtGetApiBase` returns.
typedef struct ApiBase {
  const void *const *(*get_api)(uint32_t version);
  const char *(*get_version)(void);
} ApiBase;

OrtFunctions *onnxruntime_open_table(const char *path, char *reason, size_t capacity) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) {
    const char *message = dlerror();
    snprintf(reason, capacity, "%s", message != NULL ? message : "it cannot be opened");
    return NULL;
  }
  const ApiBase *(*get_base)(void) = (const ApiBase *(*)(void))dlsym(library, "OrtGetApiBase");
  if (get_base == NULL) {
    snprintf(reason, capacity, "%s is not ONNX Runtime: it has no symbol OrtGetApiBase", path);
    dlclose(library);
    return NULL;
  }
  const ApiBase *base = get_base();
  const void *const *table = base->get_api(TABLE_VERSION);
  if (table == NULL) {
    snprintf(reason, capacity, "%s is ONNX Runtime %s; 1.%d or newer is needed", path,
             base->get_version(), TABLE_VERSION);
    return NULL;
  }
  OrtFunctions *functions = malloc(sizeof *functions);
  if (functions == NULL) {
    snprintf(reason, capacity, "out of memory");
    return NULL;
  }
  functions->version = base->get_version();

// Every member is a function pointer read from the table; only its type differs.
#define ENTRY(member, index) functions->member = (__typeof__(functions->member))table[index]
  ENTRY(get_error_code, GET_ERROR_CODE);
  ENTRY(get_error_message, GET_ERROR_MESSAGE);
  ENTRY(create_env, CREATE_ENV);
  ENTRY(create_session, CREATE_SESSION);
  ENTRY(run, RUN);
  ENTRY(create_session_options, CREATE_SESSION_OPTIONS);
  ENTRY(set_graph_optimization, SET_SESSION_GRAPH_OPTIMIZATION_LEVEL);
  ENTRY(set_intra_op_threads, SET_INTRA_OP_NUM_THREADS);
  ENTRY(set_inter_op_threads, SET_INTER_OP_NUM_THREADS);
  ENTRY(session_input_count, SESSION_GET_INPUT_COUNT);
  ENTRY(session_output_count, SESSION_GET_OUTPUT_COUNT);
  ENTRY(session_input_type, SESSION_GET_INPUT_TYPE_INFO);
  ENTRY(session_output_type, SESSION_GET_OUTPUT_TYPE_INFO);
  ENTRY(session_input_name, SESSION_GET_INPUT_NAME);
  ENTRY(session_output_name, SESSION_GET_OUTPUT_NAME);
  ENTRY(create_tensor, CREATE_TENSOR_WITH_DATA_AS_ORT_VALUE);
  ENTRY(is_tensor, IS_TENSOR);
  ENTRY(tensor_data, GET_TENSOR_MUTABLE_DATA);
  ENTRY(tensor_type_and_shape, GET_TENSOR_TYPE_AND_SHAPE);
  ENTRY(type_as_tensor, CAST_TYPE_INFO_TO_TENSOR_INFO);
  ENTRY(element_type, GET_TENSOR_ELEMENT_TYPE);
  ENTRY(rank, GET_DIMENSIONS_COUNT);
  ENTRY(extents, GET_DIMENSIONS);
  ENTRY(symbols, GET_SYMBOLIC_DIMENSIONS);
  ENTRY(create_cpu_memory_info, CREATE_CPU_MEMORY_INFO);
  ENTRY(default_allocator, GET_ALLOCATOR_WITH_DEFAULT_OPTIONS);
  ENTRY(allocator_free, ALLOCATOR_FREE);
  ENTRY(release_env, RELEASE_ENV);
  ENTRY(release_status, RELEASE_STATUS);
  ENTRY(release_memory_info, RELEASE_MEMORY_INFO);
  ENTRY(release_session, RELEASE_SESSION);
  ENTRY(release_value, RELEASE_VALUE);
  ENTRY(release_type, RELEASE_TYPE_INFO);
  ENTRY(release_tensor_info, RELEASE_TENSOR_TYPE_AND_SHAPE_INFO);
  ENTRY(release_session_options, RELEASE_SESSION_OPTIONS);
#undef ENTRY
  return functions;
}

void onnxruntime_close_table(OrtFunctions *functions) { free(functions); }
