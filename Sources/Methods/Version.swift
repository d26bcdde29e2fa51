// The version of Bonsai.

/// The version of Bonsai.
public enum Version {
  /// The version, as `bonsai --version` prints it and models carry it.
  public static let current = "0.1.0"
}
