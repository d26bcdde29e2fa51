// Learning rates at the ends and in the middle, as literals.

import Testing

@testable import Training

@Suite struct ScheduleTests {
  private func values(
    _ schedule: any LearningRateSchedule, _ steps: [Int], of total: Int
  ) -> [Double] {
    steps.map { schedule.value(at: $0, of: total) }
  }

  @Test func constant() {
    #expect(values(ConstantRate(0.3), [0, 50, 99], of: 100) == [0.3, 0.3, 0.3])
  }

  @Test func fallsInSteps() {
    let schedule = StepDecay(1, every: 10, factor: 0.5)
    #expect(values(schedule, [0, 9, 10, 19, 20, 35], of: 40) == [1, 1, 0.5, 0.5, 0.25, 0.125])
    #expect(StepDecay(1, every: 0).value(at: 1, of: 2) == 0.1)
  }

  @Test func fallsAtMilestones() {
    let schedule = MultiStepDecay(0.8, milestones: [3, 7], factor: 0.25)
    #expect(values(schedule, [0, 2, 3, 6, 7, 9], of: 10) == [0.8, 0.8, 0.2, 0.2, 0.05, 0.05])
  }

  @Test func fallsAlongACosine() {
    let schedule = CosineAnnealing(0.1, final: 0.02)
    #expect(
      agree(values(schedule, [0, 25, 50, 100], of: 100), [0.1, 0.0882842712474619, 0.06, 0.02]))
    #expect(CosineAnnealing(1).value(at: 0, of: 0) == 0)
  }

  @Test func fallsAlongALine() {
    #expect(agree(values(LinearDecay(0.5), [0, 2, 5, 10], of: 10), [0.5, 0.4, 0.25, 0]))
  }

  @Test func warmsUpBeforeAnother() {
    let schedule = WarmUp(steps: 4, then: LinearDecay(1))
    #expect(
      agree(
        values(schedule, [0, 1, 3, 4, 9, 14], of: 14), [0.25, 0.5, 1, 1, 0.5, 0]))
    #expect(WarmUp(steps: 0, then: ConstantRate(2)).value(at: 0, of: 5) == 2)
    // A warm-up longer than the run never reaches the rate.
    #expect(WarmUp(steps: 10, then: ConstantRate(1)).value(at: 4, of: 5) == 0.5)
    // One that is as long rises to the first rate of what would follow.
    for following in [CosineAnnealing(1), LinearDecay(1), ConstantRate(1)]
      as [any LearningRateSchedule]
    {
      let whole = WarmUp(steps: 5, then: following)
      #expect(agree(values(whole, [0, 2, 4], of: 5), [0.2, 0.6, 1]))
    }
  }

  @Test func goesThroughOneCycle() {
    let schedule = OneCycle(peak: 1, risingFraction: 0.25)
    // The peak stands at 0.25 * 20 - 1 = 4.
    #expect(
      agree(
        values(schedule, [0, 2, 4, 19], of: 20), [0.04, 0.52, 1, 4e-6]))
    #expect(schedule.value(at: 11, of: 20) > schedule.value(at: 12, of: 20))
    #expect(schedule.value(at: 0, of: 1).isFinite)
  }
}
