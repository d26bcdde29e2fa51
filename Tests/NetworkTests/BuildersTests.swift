// The networks that can be built by name, against the counts that papers and PyTorch give for them.

import Testing

@testable import Network

@Suite struct BuildersTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let parameters: Int
    let macs: Int

    init(_ name: String, _ parameters: Int, _ macs: Int) {
      self.name = name
      self.parameters = parameters
      self.macs = macs
    }

    var testDescription: String { name }
  }

  static let table = [
    Row("lenet-300-100", 266_610, 266_200),
    Row("lenet-5", 431_080, 2_293_000),
    Row("conv-2", 4_301_642, 43_780_608),
    Row("conv-4", 2_425_930, 98_306_560),
    Row("conv-6", 2_262_602, 153_881_088),
    Row("vgg-16-bias", 14_728_266, 313_201_664),
    Row("vgg-16", 14_724_042, 313_201_664),
    Row("vgg-19-bias", 20_040_522, 398_136_320),
    Row("vgg-19", 20_035_018, 398_136_320),
    Row("resnet-20", 269_722, 40_551_040),
    Row("resnet-32", 464_154, 68_862_592),
    Row("resnet-44", 658_586, 97_174_144),
    Row("resnet-56", 853_018, 125_485_696),
    Row("resnet-110", 1_727_962, 252_887_680),
    Row("resnet-20-b", 272_474, 40_813_184),
    Row("resnet-56-b", 855_770, 125_747_840),
    Row("resnet-18-cifar", 11_173_962, 555_422_720),
    Row("wideresnet-16-8", 10_961_370, 1_548_145_664),
    Row("wideresnet-22-2", 1_079_642, 157_730_048),
    Row("wideresnet-28-2", 1_467_610, 214_353_152),
    Row("wideresnet-28-10", 36_479_194, 5_243_328_768),
    Row("mobilenet-v1-cifar", 3_217_226, 46_354_432),
    Row("mobilenet-v1-imagenet", 4_231_976, 568_740_352),
    Row("vgg-16-imagenet", 138_365_992, 15_470_264_320),
    Row("vgg-19-imagenet", 143_678_248, 19_632_062_464),
    Row("resnet-18-imagenet", 11_689_512, 1_814_073_344),
    Row("resnet-50", 25_557_032, 4_089_184_256),
    Row("resnet-101", 44_549_160, 7_801_405_440),
    Row("densenet-121", 7_978_856, 2_834_161_664),
    Row("densenet-169", 14_149_480, 3_359_843_328),
    Row("densenet-201", 20_013_928, 4_291_365_888),
    Row("mobilenet-v2", 3_504_872, 300_774_272),
  ]

  @Test(arguments: table) func countsAreExact(_ row: Row) throws {
    let network = try Architectures.named(row.name).network(seed: nil)
    try network.validate()
    #expect(network.name == row.name)
    #expect(network.parameterCount == row.parameters)
    let inference = try network.infer()
    #expect(inference.gaps.isEmpty)
    #expect(network.cost(inference).total.macs == row.macs)
    let classes = try Architectures.named(row.name).classes
    #expect(inference.types["logits"]?.shape == [1, classes])
    #expect(network.outputs == [ValueInfo("logits", .float32, ["batch", .fixed(classes)])])
    #expect(network.coupling(inference).barriers.isEmpty)
  }
}
