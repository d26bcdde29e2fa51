// Choosing between relations of which only one can hold: which of several regrouped axes may shrink.

extension CouplingSolver {
  /// A node's ties of which only some can hold.
  struct Choice {
    struct Option {
      /// The axes that hold exactly the units of this option.
      var own: [Int]
      /// The axes in which the units lie among others.
      var within: [Int]
      var ties: [(UnitSlice, UnitSlice)]

      var axes: [Int] { own + within }
    }

    var options: [Option]
    var node: String
  }

  /// Settles all choices: the first option that nothing freezes, which for a split or merged axis is
  /// the outermost factor. Where two nodes would choose against each other, as the reshapes around a
  /// channel shuffle do, both take the longest axis of those they disagree on: the finest units.
  ///
  /// This only decides what may shrink; whatever is chosen, the relations stay exact.
  mutating func choose() {
    let fixed = frozenClasses()
    var firsts: [Int] = []
    var votes: [Int: Int] = [:]
    for choice in choices {
      let costs = choice.options.map { cost($0, fixed) }
      let first = costs.indices.min { (costs[$0], $0) < (costs[$1], $1) } ?? 0
      firsts.append(first)
      if costs[first] < 2 { votes[subject(choice.options[first]), default: 0] += 1 }
    }
    for (choice, first) in zip(choices, firsts) {
      let limit = cost(choice.options[first], fixed)
      let wanted = choice.options.indices.filter { index in
        index == first
          || cost(choice.options[index], fixed) <= limit
            && votes[subject(choice.options[index])] != nil
      }
      let taken = wanted.max { a, b in
        let (x, y) = (subject(choice.options[a]), subject(choice.options[b]))
        return (extents[x], -x) < (extents[y], -y)
      }
      settle(choice, taken ?? first)
    }
  }

  private mutating func settle(_ choice: Choice, _ taken: Int) {
    let option = choice.options[taken]
    for (a, b) in option.ties { add(a, b, choice.node) }
    let reason = "\(choice.node) regroups this axis with others, of which one may change"
    for axis in Set(choice.options.flatMap(\.axes)).subtracting(option.axes).sorted() {
      frozen[axis, default: []].append(reason)
    }
  }

  /// The class of tied axes that an option lets shrink.
  private mutating func subject(_ option: Choice.Option) -> Int {
    root(option.own.first ?? 0)
  }

  /// 2 where an axis of the option is frozen, 1 where a part of one is tied to a frozen axis, else 0.
  private mutating func cost(_ option: Choice.Option, _ fixed: (whole: Set<Int>, part: Set<Int>))
    -> Int
  {
    let roots = option.axes.map { root($0) }
    if roots.contains(where: fixed.whole.contains) { return 2 }
    return roots.contains(where: fixed.part.contains) ? 1 : 0
  }

  private mutating func frozenClasses() -> (whole: Set<Int>, part: Set<Int>) {
    var whole = Set<Int>()
    for axis in frozen.keys { whole.insert(root(axis)) }
    for (slice, _) in frozenSlices where isWhole(slice) { whole.insert(root(slice.axis)) }
    var part = Set<Int>()
    for (a, b, _) in partial {
      let (x, y) = (root(a.axis), root(b.axis))
      if whole.contains(x) { part.insert(y) }
      if whole.contains(y) { part.insert(x) }
    }
    return (whole, part)
  }
}
