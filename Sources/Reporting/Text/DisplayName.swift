// Names of networks, data sets and runtimes as the field writes them.

/// Names of networks, data sets and runtimes as the field writes them.
public enum DisplayName {
  /// The name as the field writes it: `lenet-5` is `LeNet-5`, `cifar10` is `CIFAR-10`. Of a path,
  /// the last component; what is not known stays as it is.
  public static func of(_ name: String) -> String {
    if name.contains("/") {
      return name.split(separator: "/").last.map(String.init) ?? name
    }
    return name.split(separator: "-", omittingEmptySubsequences: false)
      .map { words[String($0)] ?? String($0) }
      .joined(separator: "-")
  }

  private static let words = [
    "lenet": "LeNet", "resnet": "ResNet", "vgg": "VGG", "densenet": "DenseNet",
    "mobilenet": "MobileNet", "wideresnet": "WideResNet", "conv": "Conv", "lstm": "LSTM",
    "se": "SE", "imagenet": "ImageNet", "cifar": "CIFAR", "mnist": "MNIST", "fashion": "Fashion",
    "cifar10": "CIFAR-10", "cifar100": "CIFAR-100", "imdb": "IMDB", "usps": "USPS",
    "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO",
  ]
}
