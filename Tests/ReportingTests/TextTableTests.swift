// Tests of tables for terminals.

import Testing

@testable import Reporting

@Suite("Text tables")
struct TextTableTests {
  @Test func numbersGoToTheRight() {
    var table = TextTable([.left("layer"), .right("params")])
    table.add(["conv1", "520"])
    table.add(["fc1", "400,500"])
    table.addRule()
    table.add(["all", "401,020"])
    #expect(
      table.description == """
        layer   params
        ─────  ───────
        conv1      520
        fc1    400,500
        ─────  ───────
        all    401,020
        """)
  }

  @Test func wideAndCombiningCharactersKeepTheColumns() {
    var table = TextTable([.left("a"), .right("b")])
    table.add(["漢字", "1"])
    table.add(["e\u{301}tude", "2"])
    table.add(["→ ✓", "3"])
    #expect(
      table.lines == [
        "a      b", "─────  ─", "漢字   1", "e\u{301}tude  2", "→ ✓    3",
      ])
  }

  @Test func cellsMayBeMissingOrTooMany() {
    var table = TextTable([.left("a"), .left("b")])
    table.add(["x"])
    table.add(["x", "y", "z"])
    table.add([])
    #expect(table.lines == ["a  b", "─  ─", "x", "x  y", ""])
  }

  @Test func aCellStaysInItsLineAndDoesNotSteerTheTerminal() {
    var table = TextTable([.left("name")])
    table.add(["two\nlines \u{1B}[31mred"])
    #expect(table.lines.count == 3)
    #expect(!table.description.contains("\u{1B}"))
  }

  @Test func noColumnsAndNoRows() {
    #expect(TextTable([]).lines == ["", ""])
    #expect(TextTable([.right("n")]).lines == ["n", "─"])
  }

  @Test(
    arguments: [
      ("", 0), ("abc", 3), ("漢", 2), ("🌳", 2), ("é", 1), ("e\u{301}", 1), ("a\u{200B}b", 2),
      ("12.3 ms", 7), ("✓", 1), ("한글", 4),
    ])
  func widths(_ text: String, _ width: Int) {
    #expect(DisplayWidth.of(text) == width)
  }

  @Test(
    arguments: [
      ("lenet-5", "LeNet-5"), ("resnet-20-b", "ResNet-20-b"), ("cifar10", "CIFAR-10"),
      ("fashion-mnist", "Fashion-MNIST"), ("mine", "mine"),
      ("/models/my-resnet.onnx", "my-resnet.onnx"),
      ("", ""), ("/", "/"), ("vgg-16", "VGG-16"), ("onnxruntime", "ONNX Runtime"),
    ])
  func names(_ name: String, _ shown: String) {
    #expect(DisplayName.of(name) == shown)
  }
}
