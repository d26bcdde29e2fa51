// Conversions between opaque handles and libtorch's objects, and the way exceptions leave C++.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include "ctorch.h"

namespace bonsai {

/// Tensor handles that are given out and not yet released.
inline std::atomic<int64_t> liveTensors{0};

/// Turns a tensor into a handle that owns its reference; an undefined tensor becomes null.
inline ctorch_tensor_t give(at::Tensor tensor) {
  if (!tensor.defined()) return nullptr;
  liveTensors.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<ctorch_tensor_t>(tensor.unsafeReleaseTensorImpl());
}

inline at::TensorImpl *implementation(ctorch_tensor_t handle) {
  return reinterpret_cast<at::TensorImpl *>(handle);
}

/// A new reference to the tensor behind a handle; null becomes the undefined tensor.
inline at::Tensor borrow(ctorch_tensor_t handle) {
  if (!handle) return at::Tensor();
  return at::Tensor(
      c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(
          implementation(handle)));
}

inline const at::Generator &generator(const void *handle) {
  return *static_cast<const at::Generator *>(handle);
}

inline char *copyOf(const std::string &text) {
  char *copy = static_cast<char *>(std::malloc(text.size() + 1));
  if (copy) std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

/// Runs `body`; an exception becomes a text in `error` and the value `failed`.
template <typename Result, typename Body>
Result guarded(char **error, Result failed, Body &&body) noexcept {
  try {
    return body();
  } catch (const c10::Error &exception) {
    *error = copyOf(exception.what_without_backtrace());
  } catch (const std::exception &exception) {
    *error = copyOf(exception.what());
  } catch (...) {
    *error = copyOf("an exception of unknown type");
  }
  return failed;
}

ctorch_operator_t findOperator(const char *name, const char *overload, char **error);
char *schemaText(ctorch_operator_t operation);
int64_t callOperator(
    ctorch_operator_t operation, const ctorch_value *arguments, int64_t count,
    ctorch_value *results, int64_t capacity, char **error);

}  // namespace bonsai
