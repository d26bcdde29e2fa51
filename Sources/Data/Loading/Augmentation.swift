// Random changes to training pictures: shift and mirror.

/// Random changes made to each training picture, in order. All of them move pixels without mixing them,
/// so that their composition is one move (see `PixelView`) and costs one pass.
public struct Augmentation: Sendable, Equatable, Codable {
  /// One random change.
  public enum Step: Sendable, Equatable, Codable {
    /// Pads every side with `padding` black pixels and cuts out a window of the old size at a random
    /// place; all `(2 padding + 1)^2` places are equally likely.
    case padCrop(padding: Int)
    /// Mirrors left and right with the given probability.
    case horizontalFlip(probability: Double)
  }

  /// The changes in the order in which they are made.
  public var steps: [Step]

  /// The given changes in order.
  ///
  /// - Throws: `DataError.invalidOption` for a negative padding or a probability outside [0, 1].
  public init(_ steps: [Step]) throws(DataError) {
    for step in steps {
      switch step {
      case .padCrop(let padding) where padding < 0 || padding > 1 << 16:
        throw .invalidOption(
          name: "padding", value: "\(padding)", expected: "a number of pixels from 0 to 65536")
      case .horizontalFlip(let probability) where !(0...1).contains(probability):
        throw .invalidOption(
          name: "flip probability", value: "\(probability)", expected: "a number from 0 to 1")
      default: break
      }
    }
    self.steps = steps
  }

  private init(checked steps: [Step]) { self.steps = steps }

  /// No change.
  public static let none = Augmentation(checked: [])

  /// The usual changes for CIFAR: pad 4 and crop, then mirror half of the pictures.
  public static let padCropFlip = Augmentation(checked: [
    .padCrop(padding: 4), .horizontalFlip(probability: 0.5),
  ])

  /// Draws the changes for one picture.
  func draw(_ random: inout RandomState, height: Int, width: Int) -> PixelView {
    var view = PixelView(height: height, width: width)
    for step in steps {
      switch step {
      case .padCrop(let padding):
        view.rows.shift(by: random.uniform(in: -padding...padding))
        view.columns.shift(by: random.uniform(in: -padding...padding))
      case .horizontalFlip(let probability):
        if random.bernoulli(probability) { view.columns.mirror() }
      }
    }
    return view
  }
}

/// The random changes of one epoch. What happens to a picture depends on (seed, epoch, index) alone.
public struct EpochAugmentation: Sendable, Equatable {
  /// The changes to draw.
  public var augmentation: Augmentation
  /// The seed of the run.
  public var seed: UInt64
  /// The epoch, counted from 0.
  public var epoch: Int

  /// The changes of one epoch of one run.
  public init(_ augmentation: Augmentation, seed: UInt64, epoch: Int) {
    self.augmentation = augmentation
    self.seed = seed
    self.epoch = epoch
  }

  /// The changes to the picture at `index`.
  func view(of index: Int, height: Int, width: Int) -> PixelView {
    var random = RandomState(
      seed: seed, keys: 0x4155_474D, UInt64(bitPattern: Int64(epoch)), UInt64(index))
    return augmentation.draw(&random, height: height, width: width)
  }
}
