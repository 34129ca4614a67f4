/// The version of the package and of its command.
public enum VideoAcceleratorVersion {
  /// A semantic version, such as `1.2.3`: the one place that says it.
  public static let version = "0.1.0"
}
