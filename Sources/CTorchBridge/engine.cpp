// Tensors, gradients, generators and the machine: the rest of the engine's table of functions.
#include <ATen/Context.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/headeronly/version.h>

#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "bridge.h"
#include "handles.h"

#define TEXT_OF(value) #value
#define TEXT(value) TEXT_OF(value)

namespace bonsai {
namespace {

void freeMemory(void *memory) { std::free(memory); }

const char *libraryVersion() {
  return TEXT(TORCH_VERSION_MAJOR) "." TEXT(TORCH_VERSION_MINOR) "." TEXT(TORCH_VERSION_PATCH);
}

int64_t liveTensorCount() { return liveTensors.load(std::memory_order_relaxed); }

// MARK: tensors

void requireBytes(size_t given, size_t needed) {
  if (given == needed) return;
  throw std::invalid_argument(
      "the tensor has " + std::to_string(needed) + " bytes, the memory " + std::to_string(given));
}

ctorch_tensor_t fromBytes(
    const void *bytes, size_t byteCount, const int64_t *sizes, int64_t dimensions,
    int32_t scalarType, char **error) {
  return guarded<ctorch_tensor_t>(error, nullptr, [&] {
    at::Tensor tensor = at::empty(
        at::IntArrayRef(sizes, dimensions),
        at::TensorOptions().dtype(static_cast<at::ScalarType>(scalarType)));
    requireBytes(byteCount, tensor.nbytes());
    if (byteCount) std::memcpy(tensor.mutable_data_ptr(), bytes, byteCount);
    return give(std::move(tensor));
  });
}

int32_t copyBytes(ctorch_tensor_t handle, void *bytes, size_t byteCount, char **error) {
  return guarded<int32_t>(error, -1, [&] {
    at::Tensor source = borrow(handle).detach().cpu().resolve_conj().resolve_neg().contiguous();
    requireBytes(byteCount, source.nbytes());
    if (byteCount) std::memcpy(bytes, source.const_data_ptr(), byteCount);
    return 0;
  });
}

ctorch_tensor_t retain(ctorch_tensor_t handle) { return give(borrow(handle)); }

void release(ctorch_tensor_t handle) {
  liveTensors.fetch_sub(1, std::memory_order_relaxed);
  c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(implementation(handle));
}

int64_t dimensions(ctorch_tensor_t handle) { return implementation(handle)->dim(); }

int32_t sizes(ctorch_tensor_t handle, int64_t *into) {
  auto sizes = implementation(handle)->sizes();
  std::copy(sizes.begin(), sizes.end(), into);
  return 0;
}

int32_t strides(ctorch_tensor_t handle, int64_t *into) {
  char *ignored = nullptr;
  int32_t status = guarded<int32_t>(&ignored, -1, [&] {
    auto strides = implementation(handle)->strides();
    std::copy(strides.begin(), strides.end(), into);
    return 0;
  });
  std::free(ignored);
  return status;
}

int64_t elementCount(ctorch_tensor_t handle) { return implementation(handle)->numel(); }

int32_t scalarType(ctorch_tensor_t handle) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(handle)->dtype()));
}

int32_t device(ctorch_tensor_t handle, int64_t *index) {
  c10::Device device = implementation(handle)->device();
  *index = device.index();
  return static_cast<int32_t>(device.type());
}

int32_t isContiguous(ctorch_tensor_t handle, int32_t format) {
  return borrow(handle).is_contiguous(static_cast<at::MemoryFormat>(format));
}

int32_t requiresGradient(ctorch_tensor_t handle) { return borrow(handle).requires_grad(); }

int32_t setRequiresGradient(ctorch_tensor_t handle, int32_t required, char **error) {
  return guarded<int32_t>(error, -1, [&] {
    at::Tensor tensor = borrow(handle);
    if (!required && !tensor.is_leaf())
      throw std::invalid_argument("only a leaf can stop requiring a gradient; detach it instead");
    tensor.set_requires_grad(required != 0);
    return 0;
  });
}

int32_t isLeaf(ctorch_tensor_t handle) { return borrow(handle).is_leaf(); }

int64_t versionCounter(ctorch_tensor_t handle) { return borrow(handle)._version(); }

void *dataPointer(ctorch_tensor_t handle, char **error) {
  return guarded<void *>(error, nullptr, [&] { return borrow(handle).data_ptr(); });
}

// MARK: gradients

std::vector<at::Tensor> tensors(const ctorch_tensor_t *handles, int64_t count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (int64_t i = 0; i < count; i++) list.push_back(borrow(handles[i]));
  return list;
}

int32_t gradients(
    const ctorch_tensor_t *outputs, int64_t outputCount, const ctorch_tensor_t *inputs,
    int64_t inputCount, const ctorch_tensor_t *outputGradients, int32_t keepGraph,
    int32_t createGraph, int32_t allowUnused, ctorch_tensor_t *results, char **error) {
  return guarded<int32_t>(error, -1, [&] {
    std::vector<at::Tensor> seeds;
    if (outputGradients) seeds = tensors(outputGradients, outputCount);
    std::vector<at::Tensor> found = torch::autograd::grad(
        tensors(outputs, outputCount), tensors(inputs, inputCount), seeds,
        keepGraph != 0 || createGraph != 0, createGraph != 0, allowUnused != 0);
    for (size_t i = 0; i < found.size(); i++) results[i] = give(std::move(found[i]));
    return 0;
  });
}

int32_t gradientsEnabled() { return at::GradMode::is_enabled(); }

void enableGradients(int32_t enabled) { at::GradMode::set_enabled(enabled != 0); }

// MARK: randomness

c10::Device deviceFrom(int32_t type, int64_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

ctorch_generator_t give(at::Generator generator) {
  return reinterpret_cast<ctorch_generator_t>(new at::Generator(std::move(generator)));
}

ctorch_generator_t makeGenerator(int32_t type, int64_t index, uint64_t seed, char **error) {
  return guarded<ctorch_generator_t>(error, nullptr, [&] {
    c10::Device device = deviceFrom(type, index);
    if (device.is_cpu()) return give(at::detail::createCPUGenerator(seed));
    at::globalContext().lazyInitDevice(device.type());
    at::Generator made =
        at::globalContext().getAcceleratorHooksInterface(device.type()).getNewGenerator(
            device.index());
    made.set_current_seed(seed);
    return give(std::move(made));
  });
}

ctorch_generator_t defaultGenerator(int32_t type, int64_t index, char **error) {
  return guarded<ctorch_generator_t>(error, nullptr, [&] {
    return give(at::globalContext().defaultGenerator(deviceFrom(type, index)));
  });
}

void releaseGenerator(ctorch_generator_t handle) {
  delete reinterpret_cast<at::Generator *>(handle);
}

int32_t seedGenerator(ctorch_generator_t handle, uint64_t seed, char **error) {
  return guarded<int32_t>(error, -1, [&] {
    at::Generator target = generator(handle);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(seed);
    return 0;
  });
}

ctorch_tensor_t generatorState(ctorch_generator_t handle, char **error) {
  return guarded<ctorch_tensor_t>(error, nullptr, [&] {
    at::Generator source = generator(handle);
    std::lock_guard<std::mutex> lock(source.mutex());
    return bonsai::give(source.get_state());
  });
}

int32_t setGeneratorState(ctorch_generator_t handle, ctorch_tensor_t state, char **error) {
  return guarded<int32_t>(error, -1, [&] {
    at::Generator target = generator(handle);
    std::lock_guard<std::mutex> lock(target.mutex());
    target.set_state(borrow(state));
    return 0;
  });
}

// MARK: the machine

int32_t threadCount() { return at::get_num_threads(); }

void setThreadCount(int32_t count) { at::set_num_threads(count); }

int32_t cudaDeviceCount() {
  char *ignored = nullptr;
  int32_t count = guarded<int32_t>(&ignored, 0, [] {
    return at::hasCUDA() ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
  });
  std::free(ignored);
  return count;
}

/// Keeps the memory of freed tensors for the next ones.
///
/// By default the C library gives large blocks back to the system at once, and a step of training,
/// which needs the same ones again, spends a fifth of its time on having fresh pages mapped and
/// cleared. Whoever set the allocator's own environment variables keeps them.
bool keepFreedMemory() {
#ifdef __GLIBC__
  const char *const chosen[] = {
      "GLIBC_TUNABLES", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"};
  for (const char *name : chosen)
    if (std::getenv(name)) return false;
  // The most that glibc accepts; blocks above it still go back as soon as they are freed.
  return mallopt(M_MMAP_THRESHOLD, 32 << 20) && mallopt(M_TRIM_THRESHOLD, 1 << 30);
#else
  return false;
#endif
}

}  // namespace
}  // namespace bonsai

extern "C" const ctorch_functions *bonsai_torch_functions(void) {
  using namespace bonsai;
  // A CUDA build keeps its kernels in a library nothing here refers to; a CPU build has none.
  static void *const cuda = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  (void)cuda;
  static const bool keepsMemory = keepFreedMemory();
  (void)keepsMemory;
  static const ctorch_functions table = {
      .version = CTORCH_VERSION,
      .free_memory = freeMemory,
      .library_version = libraryVersion,
      .live_tensors = liveTensorCount,
      .from_bytes = fromBytes,
      .copy_bytes = copyBytes,
      .retain = retain,
      .release = release,
      .dimensions = dimensions,
      .sizes = sizes,
      .strides = strides,
      .element_count = elementCount,
      .scalar_type = scalarType,
      .device = device,
      .is_contiguous = isContiguous,
      .requires_gradient = requiresGradient,
      .set_requires_gradient = setRequiresGradient,
      .is_leaf = isLeaf,
      .version_counter = versionCounter,
      .data_pointer = dataPointer,
      .find_operator = findOperator,
      .schema = schemaText,
      .call = callOperator,
      .gradients = gradients,
      .gradients_enabled = gradientsEnabled,
      .enable_gradients = enableGradients,
      .make_generator = makeGenerator,
      .default_generator = defaultGenerator,
      .release_generator = releaseGenerator,
      .seed_generator = seedGenerator,
      .generator_state = generatorState,
      .set_generator_state = setGeneratorState,
      .thread_count = threadCount,
      .set_thread_count = setThreadCount,
      .cuda_device_count = cudaDeviceCount,
  };
  return &table;
}
