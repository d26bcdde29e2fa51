// The part of ONNX Runtime's C interface that Bonsai calls, opened at run time.
#pragma once

#include <stddef.h>
#include <stdint.h>

// ONNX Runtime exports one symbol, `OrtGetApiBase`. It leads to a table of function pointers that
// only ever grows at its end, so an entry's index is part of the interface. The entries that are
// needed are named here by index and handed out with their types; everything behind a pointer
// stays opaque.

typedef struct OrtStatus OrtStatus;
typedef struct OrtEnv OrtEnv;
typedef struct OrtSession OrtSession;
typedef struct OrtSessionOptions OrtSessionOptions;
typedef struct OrtRunOptions OrtRunOptions;
typedef struct OrtValue OrtValue;
typedef struct OrtMemoryInfo OrtMemoryInfo;
typedef struct OrtAllocator OrtAllocator;
typedef struct OrtTypeInfo OrtTypeInfo;
typedef struct OrtTensorInfo OrtTensorInfo;

// A null status is success; any other one is released by the caller.
typedef OrtStatus *_Nullable OrtResult;

// The entries, typed. Names follow the interface's own.
typedef struct OrtFunctions {
  const char *_Nonnull version;

  int32_t (*_Nonnull get_error_code)(const OrtStatus *_Nonnull status);
  const char *_Nonnull (*_Nonnull get_error_message)(const OrtStatus *_Nonnull status);

  OrtResult (*_Nonnull create_env)(int32_t log_severity, const char *_Nonnull log_id,
                                   OrtEnv *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull create_session)(const OrtEnv *_Nonnull env, const char *_Nonnull path,
                                       const OrtSessionOptions *_Nonnull options,
                                       OrtSession *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull run)(OrtSession *_Nonnull session, const OrtRunOptions *_Nullable options,
                            const char *_Nullable const *_Nullable input_names,
                            const OrtValue *_Nullable const *_Nullable inputs, size_t input_count,
                            const char *_Nullable const *_Nonnull output_names,
                            size_t output_count, OrtValue *_Nullable *_Nonnull outputs);

  OrtResult (*_Nonnull create_session_options)(OrtSessionOptions *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull set_graph_optimization)(OrtSessionOptions *_Nonnull options, int32_t level);
  OrtResult (*_Nonnull set_intra_op_threads)(OrtSessionOptions *_Nonnull options, int32_t count);
  OrtResult (*_Nonnull set_inter_op_threads)(OrtSessionOptions *_Nonnull options, int32_t count);

  OrtResult (*_Nonnull session_input_count)(const OrtSession *_Nonnull session,
                                            size_t *_Nonnull out);
  OrtResult (*_Nonnull session_output_count)(const OrtSession *_Nonnull session,
                                             size_t *_Nonnull out);
  OrtResult (*_Nonnull session_input_type)(const OrtSession *_Nonnull session, size_t index,
                                           OrtTypeInfo *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull session_output_type)(const OrtSession *_Nonnull session, size_t index,
                                            OrtTypeInfo *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull session_input_name)(const OrtSession *_Nonnull session, size_t index,
                                           OrtAllocator *_Nonnull allocator,
                                           char *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull session_output_name)(const OrtSession *_Nonnull session, size_t index,
                                            OrtAllocator *_Nonnull allocator,
                                            char *_Nullable *_Nonnull out);

  OrtResult (*_Nonnull create_tensor)(const OrtMemoryInfo *_Nonnull memory, void *_Nonnull data,
                                      size_t byte_count, const int64_t *_Nullable shape,
                                      size_t rank, int32_t element_type,
                                      OrtValue *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull is_tensor)(const OrtValue *_Nonnull value, int32_t *_Nonnull out);
  OrtResult (*_Nonnull tensor_data)(OrtValue *_Nonnull value, void *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull tensor_type_and_shape)(const OrtValue *_Nonnull value,
                                              OrtTensorInfo *_Nullable *_Nonnull out);

  // The tensor part of a type, owned by the type; null where the type is no tensor.
  OrtResult (*_Nonnull type_as_tensor)(const OrtTypeInfo *_Nonnull type,
                                       const OrtTensorInfo *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull element_type)(const OrtTensorInfo *_Nonnull info, int32_t *_Nonnull out);
  OrtResult (*_Nonnull rank)(const OrtTensorInfo *_Nonnull info, size_t *_Nonnull out);
  OrtResult (*_Nonnull extents)(const OrtTensorInfo *_Nonnull info, int64_t *_Nonnull out,
                                size_t rank);
  OrtResult (*_Nonnull symbols)(const OrtTensorInfo *_Nonnull info,
                                const char *_Nullable *_Nonnull out, size_t rank);

  OrtResult (*_Nonnull create_cpu_memory_info)(int32_t allocator_type, int32_t memory_type,
                                               OrtMemoryInfo *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull default_allocator)(OrtAllocator *_Nullable *_Nonnull out);
  OrtResult (*_Nonnull allocator_free)(OrtAllocator *_Nonnull allocator, void *_Nonnull pointer);

  void (*_Nonnull release_env)(OrtEnv *_Nullable env);
  void (*_Nonnull release_status)(OrtStatus *_Nullable status);
  void (*_Nonnull release_memory_info)(OrtMemoryInfo *_Nullable memory);
  void (*_Nonnull release_session)(OrtSession *_Nullable session);
  void (*_Nonnull release_value)(OrtValue *_Nullable value);
  void (*_Nonnull release_type)(OrtTypeInfo *_Nullable type);
  void (*_Nonnull release_tensor_info)(OrtTensorInfo *_Nullable info);
  void (*_Nonnull release_session_options)(OrtSessionOptions *_Nullable options);
} OrtFunctions;

// Log severities, allocator and memory types of the interface.
enum {
  ORT_LOG_FATAL = 4,
  ORT_ALLOCATOR_DEVICE = 0,
  ORT_MEMORY_DEFAULT = 0,
};

/// Opens the shared library `path` (a file, or a name the system's loader looks up) and reads its
/// table. Returns null, with the reason written to `reason`, where that fails. The library stays
/// open for the rest of the process, since its threads may outlive any session; the result is
/// freed with `onnxruntime_close_table`.
OrtFunctions *_Nullable onnxruntime_open_table(const char *_Nonnull path, char *_Nonnull reason,
                                               size_t capacity);

/// Frees what `onnxruntime_open_table` returned.
void onnxruntime_close_table(OrtFunctions *_Nullable functions);
