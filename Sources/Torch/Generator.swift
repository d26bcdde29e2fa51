// Sources of random numbers whose state can be saved and restored.

import CTorch

/// A pseudo-random generator. The same seed gives the same numbers on the same kind of device.
///
/// Nothing in this room draws from hidden state unless no generator is passed; then libtorch's
/// default generator of the device is used.
public final class Generator {
  let handle: OpaquePointer

  /// A new generator, independent of all others.
  public init(seed: UInt64, device: Device = .cpu) throws(TorchError) {
    let functions = try Bridge.functions()
    var error: UnsafeMutablePointer<CChar>?
    let (type, index) = device.code
    guard let handle = functions.pointee.make_generator(type, index, seed, &error) else {
      throw Self.failure("make", "\(device)", error)
    }
    self.handle = handle
  }

  private init(owning handle: OpaquePointer) { self.handle = handle }

  deinit { Bridge.table?.pointee.release_generator(handle) }

  /// libtorch's own generator of a device, which operators use when they are given none.
  public static func shared(of device: Device = .cpu) throws(TorchError) -> Generator {
    let functions = try Bridge.functions()
    var error: UnsafeMutablePointer<CChar>?
    let (type, index) = device.code
    guard let handle = functions.pointee.default_generator(type, index, &error) else {
      throw failure("shared", "\(device)", error)
    }
    return Generator(owning: handle)
  }

  /// Starts the sequence that belongs to `seed`.
  public func seed(_ seed: UInt64) throws(TorchError) {
    var error: UnsafeMutablePointer<CChar>?
    let status = try Bridge.functions().pointee.seed_generator(handle, seed, &error)
    try Bridge.check(status, error, "Generator.seed", ["\(seed)"])
  }

  /// The whole state as bytes: restored, the sequence goes on from the same place.
  public func state() throws(TorchError) -> [UInt8] {
    var error: UnsafeMutablePointer<CChar>?
    guard let state = try Bridge.functions().pointee.generator_state(handle, &error) else {
      throw Self.failure("state", "", error)
    }
    return try Tensor(owning: state).bytes()
  }

  /// Restores a state saved by `state()` of a generator on the same kind of device.
  public func restore(_ state: [UInt8]) throws(TorchError) {
    let tensor = try Tensor(state)
    var error: UnsafeMutablePointer<CChar>?
    let functions = try Bridge.functions()
    let status = functions.pointee.set_generator_state(handle, tensor.handle, &error)
    try Bridge.check(status, error, "Generator.restore", ["\(state.count) bytes"])
  }

  private static func failure(
    _ operation: String, _ operand: String, _ error: UnsafeMutablePointer<CChar>?
  ) -> TorchError {
    .engine(
      operation: "Generator.\(operation)", arguments: operand.isEmpty ? [] : [operand],
      message: Bridge.message(error))
  }
}
