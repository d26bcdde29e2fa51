// The engine as a whole: whether it is there, its version, threads, devices and living tensors.

import CTorch

/// The tensor engine: libtorch, opened at first use.
public enum Engine {
  /// libtorch's version, or the error that says why it is not there and how to get it.
  ///
  /// Reading this opens libtorch (about a quarter of a second, once).
  public static var availability: Result<String, TorchError> {
    do throws(TorchError) {
      return .success(String(cString: try Bridge.functions().pointee.library_version()))
    } catch {
      return .failure(error)
    }
  }

  /// How many threads one operator may use.
  ///
  /// libtorch keeps this per calling thread: set it on the thread that computes.
  public static var threads: Int {
    get { Int(Bridge.table?.pointee.thread_count() ?? 1) }
    set { Bridge.table?.pointee.set_thread_count(Int32(clamping: max(1, newValue))) }
  }

  /// How many CUDA devices can be used; 0 where libtorch was built without CUDA.
  public static var cudaDeviceCount: Int {
    Int(Bridge.table?.pointee.cuda_device_count() ?? 0)
  }

  /// How many `Tensor` objects exist, in all threads. Steady work keeps this number steady.
  public static var liveTensorCount: Int {
    Int(Bridge.table?.pointee.live_tensors() ?? 0)
  }
}
