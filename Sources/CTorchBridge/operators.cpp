// Calls any of libtorch's operators by name, converting arguments as the operator's schema asks.
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>

#include <algorithm>
#include <new>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "handles.h"

namespace bonsai {
namespace {

/// The forms an argument can take, decided once for each argument of a schema.
enum class Form {
  tensor, tensors, optionalTensors, integer, real, boolean, scalar, integers, reals, booleans,
  scalars, string, device, generator, unsupported
};

struct Parameter {
  std::string name;
  std::string type;
  Form form;
  bool optional;
  bool hasDefault;
  int64_t length;  // of a fixed-size list such as int[2], else 1
  c10::IValue fallback;
};

struct Operation {
  c10::OperatorHandle handle;
  std::string name;
  std::vector<Parameter> parameters;
  size_t results;
};

Form listForm(const c10::TypePtr &element) {
  switch (element->kind()) {
    case c10::TypeKind::TensorType: return Form::tensors;
    case c10::TypeKind::IntType: return Form::integers;
    case c10::TypeKind::SymIntType: return Form::integers;
    case c10::TypeKind::FloatType: return Form::reals;
    case c10::TypeKind::BoolType: return Form::booleans;
    case c10::TypeKind::NumberType: return Form::scalars;
    case c10::TypeKind::OptionalType:
      return element->castRaw<c10::OptionalType>()->getElementType()->kind() ==
              c10::TypeKind::TensorType
          ? Form::optionalTensors
          : Form::unsupported;
    default: return Form::unsupported;
  }
}

Form formOf(const c10::TypePtr &type) {
  switch (type->kind()) {
    case c10::TypeKind::TensorType: return Form::tensor;
    case c10::TypeKind::IntType: return Form::integer;
    case c10::TypeKind::SymIntType: return Form::integer;
    case c10::TypeKind::FloatType: return Form::real;
    case c10::TypeKind::BoolType: return Form::boolean;
    case c10::TypeKind::NumberType: return Form::scalar;
    case c10::TypeKind::StringType: return Form::string;
    case c10::TypeKind::DeviceObjType: return Form::device;
    case c10::TypeKind::GeneratorType: return Form::generator;
    case c10::TypeKind::ListType:
      return listForm(type->castRaw<c10::ListType>()->getElementType());
    default: return Form::unsupported;
  }
}

Parameter describe(const c10::Argument &argument) {
  // `type` shows dtypes, layouts and symbolic sizes as the plain integers the stack carries.
  c10::TypePtr type = argument.type();
  bool optional = type->kind() == c10::TypeKind::OptionalType;
  if (optional) type = type->castRaw<c10::OptionalType>()->getElementType();
  Parameter parameter;
  parameter.name = argument.name();
  parameter.type = argument.real_type()->str();
  parameter.form = formOf(type);
  parameter.optional = optional;
  parameter.length = argument.N().value_or(1);
  parameter.hasDefault = argument.default_value().has_value();
  if (parameter.hasDefault) parameter.fallback = *argument.default_value();
  return parameter;
}

const char *nameOf(int32_t tag) {
  static const char *const names[] = {
      "none",     "a tensor", "an int",  "a double",       "a bool",
      "a string", "ints",     "doubles", "bools",          "tensors",
      "a dtype",  "a device", "a layout", "a memory format", "a generator"};
  return tag >= 0 && tag < 15 ? names[tag] : "an unknown value";
}

[[noreturn]] void mismatch(const Operation &operation, size_t index, int32_t tag) {
  const Parameter &parameter = operation.parameters[index];
  std::ostringstream text;
  text << "argument " << index + 1 << " (" << parameter.name << ") of " << operation.name
       << " must be " << parameter.type << ", got " << nameOf(tag);
  throw std::invalid_argument(text.str());
}

template <typename Element>
std::vector<Element> elements(const ctorch_value &value) {
  auto first = static_cast<const Element *>(value.pointer);
  return std::vector<Element>(first, first + value.count);
}

bool isInteger(int32_t tag) {
  return tag == CTORCH_INT || tag == CTORCH_BOOL || tag == CTORCH_SCALAR_TYPE ||
      tag == CTORCH_LAYOUT || tag == CTORCH_MEMORY_FORMAT;
}

bool asScalar(const ctorch_value &value, c10::IValue &result) {
  switch (value.tag) {
    case CTORCH_INT: result = c10::IValue(value.integer); return true;
    case CTORCH_DOUBLE: result = c10::IValue(value.real); return true;
    case CTORCH_BOOL: result = c10::IValue(value.integer != 0); return true;
    default: return false;
  }
}

c10::List<at::Tensor> tensorList(const ctorch_value &value) {
  auto handles = static_cast<const ctorch_tensor_t *>(value.pointer);
  c10::List<at::Tensor> list;
  list.reserve(value.count);
  for (int64_t i = 0; i < value.count; i++) list.push_back(borrow(handles[i]));
  return list;
}

c10::List<std::optional<at::Tensor>> optionalTensorList(const ctorch_value &value) {
  auto handles = static_cast<const ctorch_tensor_t *>(value.pointer);
  c10::List<std::optional<at::Tensor>> list;
  list.reserve(value.count);
  for (int64_t i = 0; i < value.count; i++)
    list.push_back(handles[i] ? std::optional(borrow(handles[i])) : std::nullopt);
  return list;
}

c10::impl::GenericList scalarList(const ctorch_value &value) {
  c10::impl::GenericList list(c10::NumberType::get());
  if (value.tag == CTORCH_INTS)
    for (int64_t element : elements<int64_t>(value)) list.push_back(element);
  else
    for (double element : elements<double>(value)) list.push_back(element);
  return list;
}

c10::IValue convert(const Operation &operation, size_t index, const ctorch_value &value) {
  const Parameter &parameter = operation.parameters[index];
  if (value.tag == CTORCH_NONE) {
    if (!parameter.optional) mismatch(operation, index, value.tag);
    return c10::IValue();
  }
  c10::IValue result;
  switch (parameter.form) {
    case Form::tensor:
      if (value.tag == CTORCH_TENSOR)
        return borrow(static_cast<ctorch_tensor_t>(const_cast<void *>(value.pointer)));
      break;
    case Form::integer:
      if (isInteger(value.tag)) return value.integer;
      break;
    case Form::real:
      if (value.tag == CTORCH_DOUBLE) return value.real;
      if (value.tag == CTORCH_INT) return static_cast<double>(value.integer);
      break;
    case Form::boolean:
      if (value.tag == CTORCH_BOOL || value.tag == CTORCH_INT) return value.integer != 0;
      break;
    case Form::scalar:
      if (asScalar(value, result)) return result;
      break;
    case Form::integers:
      if (value.tag == CTORCH_INTS) return elements<int64_t>(value);
      if (isInteger(value.tag)) return std::vector<int64_t>(parameter.length, value.integer);
      break;
    case Form::reals:
      if (value.tag == CTORCH_DOUBLES) return elements<double>(value);
      if (value.tag == CTORCH_DOUBLE) return std::vector<double>(parameter.length, value.real);
      if (value.tag == CTORCH_INTS) {
        auto integers = elements<int64_t>(value);
        return std::vector<double>(integers.begin(), integers.end());
      }
      break;
    case Form::booleans:
      if (value.tag == CTORCH_BOOLS) {
        c10::List<bool> list;
        for (uint8_t element : elements<uint8_t>(value)) list.push_back(element != 0);
        return list;
      }
      break;
    case Form::scalars:
      if (value.tag == CTORCH_INTS || value.tag == CTORCH_DOUBLES) return scalarList(value);
      break;
    case Form::tensors:
      if (value.tag == CTORCH_TENSORS) return tensorList(value);
      break;
    case Form::optionalTensors:
      if (value.tag == CTORCH_TENSORS) return optionalTensorList(value);
      break;
    case Form::string:
      if (value.tag == CTORCH_STRING)
        return std::string(static_cast<const char *>(value.pointer), value.count);
      break;
    case Form::device:
      if (value.tag == CTORCH_DEVICE)
        return c10::Device(
            static_cast<c10::DeviceType>(value.extra),
            static_cast<c10::DeviceIndex>(value.integer));
      break;
    case Form::generator:
      if (value.tag == CTORCH_GENERATOR) return generator(value.pointer);
      break;
    case Form::unsupported: break;
  }
  mismatch(operation, index, value.tag);
}

template <typename Element, typename List>
ctorch_value giveList(int32_t tag, const List &list) {
  const size_t bytes = std::max<size_t>(list.size(), 1) * sizeof(Element);
  auto memory = static_cast<Element *>(std::malloc(bytes));
  if (!memory) throw std::bad_alloc();
  for (size_t i = 0; i < list.size(); i++) memory[i] = static_cast<Element>(list[i]);
  ctorch_value value{};
  value.tag = tag;
  value.count = static_cast<int64_t>(list.size());
  value.pointer = memory;
  return value;
}

ctorch_value giveTensors(const c10::List<at::Tensor> &list) {
  std::vector<ctorch_tensor_t> handles;
  handles.reserve(list.size());
  for (size_t i = 0; i < list.size(); i++) handles.push_back(give(list.get(i)));
  return giveList<ctorch_tensor_t>(CTORCH_TENSORS, handles);
}

ctorch_value giveResult(const Operation &operation, c10::IValue &&result) {
  ctorch_value value{};
  if (result.isTensor()) {
    value.pointer = give(std::move(result).toTensor());
    value.tag = value.pointer ? CTORCH_TENSOR : CTORCH_NONE;
  } else if (result.isInt()) {
    value.tag = CTORCH_INT;
    value.integer = result.toInt();
  } else if (result.isDouble()) {
    value.tag = CTORCH_DOUBLE;
    value.real = result.toDouble();
  } else if (result.isBool()) {
    value.tag = CTORCH_BOOL;
    value.integer = result.toBool();
  } else if (result.isTensorList()) {
    return giveTensors(result.toTensorList());
  } else if (result.isIntList()) {
    return giveList<int64_t>(CTORCH_INTS, result.toIntVector());
  } else if (result.isDoubleList()) {
    return giveList<double>(CTORCH_DOUBLES, result.toDoubleVector());
  } else if (result.isBoolList()) {
    return giveList<uint8_t>(CTORCH_BOOLS, result.toBoolList().vec());
  } else if (result.isString()) {
    return giveList<char>(CTORCH_STRING, result.toStringRef());
  } else if (!result.isNone()) {
    throw std::invalid_argument(
        operation.name + " returned a " + result.tagKind() + ", which has no form here");
  }
  return value;
}

}  // namespace

ctorch_operator_t findOperator(const char *name, const char *overload, char **error) {
  return guarded<ctorch_operator_t>(error, nullptr, [&] {
    auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    std::string full = *overload ? std::string(name) + "." + overload : std::string(name);
    if (!found) throw std::invalid_argument("libtorch has no operator named " + full);
    auto operation = new Operation{*found, full, {}, found->schema().returns().size()};
    for (const c10::Argument &argument : found->schema().arguments())
      operation->parameters.push_back(describe(argument));
    return reinterpret_cast<ctorch_operator_t>(operation);
  });
}

char *schemaText(ctorch_operator_t handle) {
  std::ostringstream text;
  text << reinterpret_cast<const Operation *>(handle)->handle.schema();
  return copyOf(text.str());
}

int64_t callOperator(
    ctorch_operator_t handle, const ctorch_value *arguments, int64_t count,
    ctorch_value *results, int64_t capacity, char **error) {
  const auto &operation = *reinterpret_cast<const Operation *>(handle);
  return guarded<int64_t>(error, -1, [&]() -> int64_t {
    const size_t expected = operation.parameters.size();
    if (static_cast<size_t>(count) > expected)
      throw std::invalid_argument(
          operation.name + " takes " + std::to_string(expected) + " arguments, got " +
          std::to_string(count));
    if (operation.results > static_cast<size_t>(capacity))
      throw std::invalid_argument(
          operation.name + " has " + std::to_string(operation.results) + " results, room for " +
          std::to_string(capacity));
    torch::jit::Stack stack;
    stack.reserve(std::max(expected, operation.results));
    for (size_t index = 0; index < static_cast<size_t>(count); index++)
      stack.push_back(convert(operation, index, arguments[index]));
    for (size_t index = count; index < expected; index++) {
      const Parameter &parameter = operation.parameters[index];
      if (!parameter.hasDefault && !parameter.optional)
        throw std::invalid_argument(
            operation.name + " misses argument " + std::to_string(index + 1) + " (" +
            parameter.name + ": " + parameter.type + ")");
      stack.push_back(parameter.fallback);
    }
    operation.handle.callBoxed(stack);
    int64_t given = 0;
    for (c10::IValue &result : stack) results[given++] = giveResult(operation, std::move(result));
    return given;
  });
}

}  // namespace bonsai
