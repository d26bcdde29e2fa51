// A search: proposes configurations, is told what each is worth, and proposes better ones.

/// A search proposes configurations, is told what each is worth, and proposes better ones.
///
/// A search is one small type in one file of `Search`, listed in ``Searches``. It knows nothing of
/// networks: whoever uses it carries a proposal out, measures, and tells the reward. Its whole state is
/// its value as `Codable`, random numbers included, so that a search which is saved between two
/// proposals goes on as if nothing had happened.
public protocol Search: Codable, Sendable {
  /// What is proposed: which units stay, how many bits each layer has.
  associatedtype Proposal: Sendable

  /// The search's name in recipes.
  static var name: String { get }

  /// What it does, in one line with its source, for the catalogue.
  static var summary: String { get }

  /// The next configuration to try.
  mutating func propose() -> Proposal

  /// Tells what a proposal is worth: more is better.
  ///
  /// Each proposal is told once, in the order in which they were made.
  mutating func learn(_ reward: Double, of proposal: Proposal)

  /// What the search would choose now.
  var decision: Proposal { get }
}

/// The registry of searches.
public enum Searches {
  /// Every search.
  public static let all: [any Search.Type] = [LearnToPrune.self]
}
