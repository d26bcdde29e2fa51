// The progress bar: what is drawn on a terminal, what goes to a log, and how often.

import Testing

@testable import CommandLine

@Suite struct ProgressTests {
  /// Collects what a bar writes while a clock is set by hand.
  final class Scene {
    var time = 0.0
    var written: [String] = []

    func bar(
      total: Int, from start: Int = 0, redraws: Bool, unit: ProgressLine.Unit = .count
    ) -> ProgressBar {
      ProgressBar(
        title: "train", total: total, from: start, unit: unit, redraws: redraws, width: { 80 },
        now: { self.time }, write: { self.written.append($0) })
    }
  }

  @Test func aTerminalShowsRateTimeLeftAndFields() {
    let scene = Scene()
    let bar = scene.bar(total: 100, redraws: true)
    scene.time = 5
    bar.update(50, fields: [("loss", "0.031")])
    #expect(
      scene.written == [
        "\r\u{1B}[2Ktrain  [############............]   50%  50/100  10/s  0:05 left  loss 0.031"
      ])
    bar.finish("done")
    #expect(scene.written.last == "train: done\n")
  }

  @Test func aTerminalIsRedrawnTenTimesASecondAtMost() {
    let scene = Scene()
    let bar = scene.bar(total: 100_000, redraws: true)
    for step in 1...10_000 {
      scene.time = Double(step) / 10_000
      bar.update(step)
    }
    #expect((9...11).contains(scene.written.count))
  }

  @Test func aLogGetsALineEveryTenSecondsAndNoControlCharacters() {
    let scene = Scene()
    let bar = scene.bar(total: 6000, redraws: false)
    for second in 1...60 {
      scene.time = Double(second)
      bar.update(second * 100)
    }
    bar.finish()
    #expect(scene.written.count == 6)
    for line in scene.written {
      #expect(line.hasSuffix("\n"))
      #expect(!line.dropLast().contains { $0.isNewline || $0 == "\u{1B}" })
    }
    #expect(scene.written.first == "train   16%  1000/6000  100/s  0:50 left\n")
  }

  @Test func shortWorkLeavesNothingInALog() {
    let scene = Scene()
    let bar = scene.bar(total: 10, redraws: false)
    for step in 1...10 { bar.update(step) }
    bar.finish()
    #expect(scene.written == [])
  }

  @Test func whatWasThereBeforeDoesNotCountForTheRate() {
    let scene = Scene()
    let bar = scene.bar(total: 1000, from: 600, redraws: true, unit: .bytes)
    bar.update(600)
    scene.time = 10
    bar.update(800)
    // 200 bytes in 10 s, 200 to go.
    #expect(scene.written.last?.contains("0:10 left") == true)
  }

  @Test(arguments: [0, 7, 20, 40, 60, 200]) func aLineNeverExceedsTheWidth(_ width: Int) {
    let line = ProgressLine(
      title: "evaluate", done: 3, total: 7, unit: .count, fields: [("loss", "1"), ("top5", "2")],
      rate: 2.5)
    #expect(line.text(width: width, bar: true).count <= width)
  }

  @Test func timesAreWrittenAsClocksWriteThem() {
    #expect(ProgressLine.clock(0) == "0:00")
    #expect(ProgressLine.clock(59.2) == "1:00")
    #expect(ProgressLine.clock(3661) == "1:01:01")
    #expect(ProgressLine.clock(.infinity) == "?")
  }
}
