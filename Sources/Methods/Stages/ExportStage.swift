// The stage `export`: writes the model as it is now.

import Network
import ONNX
import Training

/// The stage `export`: writes the model as it is now into the run's folder.
///
/// ```yaml
/// - export: {name: dense, opset: 17}
/// - export: {name: stripes, stripe-wise: true}    # see `Network.stripeWise()`
/// ```
struct ExportStage: Stage {
  static let name = "export"
  static let summary = "writes the model as it is now as ONNX"

  let file: String
  let opset: Int
  /// Whether convolutions with stripes of zeros are written stripe by stripe.
  let isStripeWise: Bool

  init(_ settings: RecipeReader) throws(RecipeError) {
    file = try settings.string("name", default: "exported")
    opset = try settings.int("opset", default: 17)
    isStripeWise = try settings.bool("stripe-wise", default: false)
    guard Recipe.isPlain(file), file.first?.isNumber == false, file != "model" else {
      throw .value(
        at: settings.place(of: "name"), found: "'\(file)'",
        expected:
          "a name of letters, digits, '-', '_' and '.' that neither begins with a digit nor "
          + "is 'model', as the run itself writes such files")
    }
    guard [17, 21].contains(opset) else {
      throw .value(at: settings.place(of: "opset"), found: "\(opset)", expected: "17 or 21")
    }
  }

  var tasks: [any RunTask] { [ExportTask(stage: self)] }

  var changesNetwork: Bool { false }
}

/// Writes the model.
struct ExportTask: RunTask {
  let stage: ExportStage

  var title: String { "export \(stage.file)" }

  func perform(in run: inout Run) throws -> Evaluation? {
    let stripes = try stage.isStripeWise ? run.network.stripeWise() : nil
    if let stripes, stripes.nodes.count == run.network.nodes.count {
      run.note(
        "\(title): no convolution has stripes of zeros, so that stripe-wise changes nothing")
    }
    try run.export(stage.file, stripes, opset: stage.opset)
    if let stripes {
      let cost = try stripes.cost().total
      run.findings.measures["parameters of \(stage.file)"] = Double(cost.parameters)
      run.findings.measures["MACs of \(stage.file)"] = Double(cost.macs)
    }
    return nil
  }
}
