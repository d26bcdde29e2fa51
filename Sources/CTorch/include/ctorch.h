// The plain C face of the tensor engine: tagged values and the table of functions a bridge fills.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"
#else
#define _Nonnull
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Grows whenever the table or a layout below changes; a bridge of another version is refused.
#define CTORCH_VERSION 1

/// A tensor: one owned reference to libtorch's own object.
typedef struct ctorch_tensor *ctorch_tensor_t;
/// An operator with one overload, resolved once and valid for the life of the process.
typedef struct ctorch_operator *ctorch_operator_t;
/// A random number generator: one owned reference.
typedef struct ctorch_generator *ctorch_generator_t;

/// What a `ctorch_value` holds, and which of its fields say so.
enum {
  CTORCH_NONE = 0,
  CTORCH_TENSOR = 1,         // pointer
  CTORCH_INT = 2,            // integer
  CTORCH_DOUBLE = 3,         // real
  CTORCH_BOOL = 4,           // integer: 0 or 1
  CTORCH_STRING = 5,         // pointer to count bytes of UTF-8
  CTORCH_INTS = 6,           // pointer to count int64_t
  CTORCH_DOUBLES = 7,        // pointer to count double
  CTORCH_BOOLS = 8,          // pointer to count bytes, 0 or 1
  CTORCH_TENSORS = 9,        // pointer to count ctorch_tensor_t, null where optional and absent
  CTORCH_SCALAR_TYPE = 10,   // integer: c10::ScalarType
  CTORCH_DEVICE = 11,        // extra: c10::DeviceType, integer: index or -1
  CTORCH_LAYOUT = 12,        // integer: c10::Layout
  CTORCH_MEMORY_FORMAT = 13, // integer: c10::MemoryFormat
  CTORCH_GENERATOR = 14,     // pointer
};

/// One argument or result. Arguments are borrowed; what a result points to belongs to the receiver:
/// tensors are released with `release`, arrays and strings freed with `free_memory`.
typedef struct {
  int32_t tag;
  int32_t extra;
  int64_t count;
  union {
    int64_t integer;
    double real;
    const void *pointer;
  };
} ctorch_value;

/// Every function the engine offers. Those that can fail take `error`: on failure it receives a
/// text to be freed with `free_memory`, and they return null or -1.
typedef struct {
  uint32_t version;

  void (*_Nonnull free_memory)(void *memory);
  const char *_Nonnull (*_Nonnull library_version)(void);
  int64_t (*_Nonnull live_tensors)(void);

  // Tensors.
  ctorch_tensor_t (*_Nonnull from_bytes)(
      const void *bytes, size_t byte_count, const int64_t *sizes, int64_t dimensions,
      int32_t scalar_type, char **error);
  int32_t (*_Nonnull copy_bytes)(
      ctorch_tensor_t tensor, void *bytes, size_t byte_count, char **error);
  ctorch_tensor_t (*_Nonnull retain)(ctorch_tensor_t tensor);
  void (*_Nonnull release)(ctorch_tensor_t tensor);
  int64_t (*_Nonnull dimensions)(ctorch_tensor_t tensor);
  int32_t (*_Nonnull sizes)(ctorch_tensor_t tensor, int64_t *into);
  int32_t (*_Nonnull strides)(ctorch_tensor_t tensor, int64_t *into);
  int64_t (*_Nonnull element_count)(ctorch_tensor_t tensor);
  int32_t (*_Nonnull scalar_type)(ctorch_tensor_t tensor);
  int32_t (*_Nonnull device)(ctorch_tensor_t tensor, int64_t *index);
  int32_t (*_Nonnull is_contiguous)(ctorch_tensor_t tensor, int32_t memory_format);
  int32_t (*_Nonnull requires_gradient)(ctorch_tensor_t tensor);
  int32_t (*_Nonnull set_requires_gradient)(ctorch_tensor_t tensor, int32_t required, char **error);
  int32_t (*_Nonnull is_leaf)(ctorch_tensor_t tensor);
  int64_t (*_Nonnull version_counter)(ctorch_tensor_t tensor);
  void *(*_Nonnull data_pointer)(ctorch_tensor_t tensor, char **error);

  // Operators.
  ctorch_operator_t (*_Nonnull find_operator)(const char *name, const char *overload, char **error);
  char *(*_Nonnull schema)(ctorch_operator_t operation);
  int64_t (*_Nonnull call)(
      ctorch_operator_t operation, const ctorch_value *arguments, int64_t count,
      ctorch_value *results, int64_t capacity, char **error);

  // Gradients.
  int32_t (*_Nonnull gradients)(
      const ctorch_tensor_t *outputs, int64_t output_count, const ctorch_tensor_t *inputs,
      int64_t input_count, const ctorch_tensor_t *output_gradients, int32_t keep_graph,
      int32_t create_graph, int32_t allow_unused, ctorch_tensor_t *results, char **error);
  int32_t (*_Nonnull gradients_enabled)(void);
  void (*_Nonnull enable_gradients)(int32_t enabled);

  // Randomness.
  ctorch_generator_t (*_Nonnull make_generator)(
      int32_t device_type, int64_t device_index, uint64_t seed, char **error);
  ctorch_generator_t (*_Nonnull default_generator)(
      int32_t device_type, int64_t device_index, char **error);
  void (*_Nonnull release_generator)(ctorch_generator_t generator);
  int32_t (*_Nonnull seed_generator)(ctorch_generator_t generator, uint64_t seed, char **error);
  ctorch_tensor_t (*_Nonnull generator_state)(ctorch_generator_t generator, char **error);
  int32_t (*_Nonnull set_generator_state)(
      ctorch_generator_t generator, ctorch_tensor_t state, char **error);

  // The machine.
  int32_t (*_Nonnull thread_count)(void);
  void (*_Nonnull set_thread_count)(int32_t count);
  int32_t (*_Nonnull cuda_device_count)(void);
} ctorch_functions;

/// The one symbol a bridge exports.
typedef const ctorch_functions *(*ctorch_entry)(void);
#define CTORCH_ENTRY "bonsai_torch_functions"

/// Opens the bridge on the first call, from any thread, and returns its table ever after. Returns
/// null when it cannot be opened; `reason` then receives a text that lives as long as the process.
const ctorch_functions *ctorch_open(const char **reason);

/// Opens the bridge in the file `path`, not remembered by `ctorch_open`. On failure returns null
/// and writes the reason into `reason`, cut to `capacity` bytes.
const ctorch_functions *ctorch_open_file(const char *path, char *reason, size_t capacity);

#ifdef __cplusplus
}
#endif

#ifdef __clang__
#pragma clang diagnostic pop
#endif
