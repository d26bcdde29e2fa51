// What sort of method a recipe is: the shelves of the catalogue.

/// What sort of method a recipe is: the shelves of the catalogue, in their order.
public enum RecipeKind: String, CaseIterable, Codable, Sendable {
  /// What leaves is told by a score, after or during training.
  case criteria
  /// What leaves is chosen before training.
  case atInitialisation = "at-initialisation"
  /// Trained, pruned, and taken back to an earlier state.
  case tickets
  /// Sparse throughout, with connections that leave and come.
  case dynamic = "dynamic-sparse-training"
  /// The loss, or a gate, makes units small.
  case penalties
  /// Fewer bits and smaller files.
  case codec
  /// The configuration is searched for.
  case search
  /// What is learnt of a network.
  case analysis
  /// No paper's method, but a way to see how things hang together.
  case example

  /// The heading of the shelf.
  public var title: String {
    switch self {
    case .criteria: "Criteria and schedules"
    case .atInitialisation: "At initialisation"
    case .tickets: "Tickets and rewinding"
    case .dynamic: "Dynamic sparse training"
    case .penalties: "Penalties and gates"
    case .codec: "Quantization and codecs"
    case .search: "Search"
    case .analysis: "Analysis"
    case .example: "Examples"
    }
  }
}
