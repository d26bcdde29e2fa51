// Layout: how images lie in memory while a network computes, chosen by what was measured.

import Network
import Torch

/// How images and convolution weights lie in memory.
public enum Layout: String, Sendable, Hashable, CaseIterable {
  /// What was measured to be faster for this kind of network.
  case auto
  /// Channel by channel.
  case contiguous
  /// Pixel by pixel, with the channels of a pixel side by side.
  case channelsLast = "channels-last"

  /// The engine's name of the layout for `network`.
  ///
  /// `auto` follows a fixed rule, so that the same network always computes the same bytes:
  /// channels-last wherever there is a convolution. That was the faster side in the CPU time of
  /// training steps of LeNet-5, conv-4, VGG-16, ResNet-20 and MobileNetV1.
  public func format(for network: Network) -> MemoryFormat {
    switch self {
    case .contiguous: .contiguous
    case .channelsLast: .channelsLast
    case .auto:
      network.nodes.contains { $0.op == "Conv" } ? .channelsLast : .contiguous
    }
  }
}
