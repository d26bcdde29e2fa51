// The order in which a tensor's axes lie in memory.

/// How the axes of a tensor are laid out in memory. Raw values are libtorch's.
public enum MemoryFormat: Int32, Sendable, Hashable {
  /// Last axis fastest: row-major order, `NCHW` for images.
  case contiguous = 0
  /// The layout of the source.
  case preserve = 1
  /// Channels fastest for 4-d tensors: `NHWC` in memory, while the axes stay named `NCHW`.
  case channelsLast = 2
  /// Channels fastest for 5-d tensors: `NDHWC` in memory.
  case channelsLast3d = 3
}
