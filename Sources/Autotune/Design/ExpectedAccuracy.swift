/// The accuracy to expect of a network of some size once it is trained: a rule of thumb, not a measurement.
///
/// Nothing is trained during a design, so a rule must say which axis is worth its milliseconds. It takes the error as a
/// sum of one term per axis, each inversely proportional to the size along its axis: every doubling of an axis halves
/// what can still be gained from it.
///
/// The terms are set so that the rule gives the top-1 accuracies on Kinetics-400 that the paper reports for XS, S, M, L
/// and XL (Feichtenhofer, X3D, 2020, table 2: 68.6, 72.9, 74.6, 76.8 and 78.4 % with ten clips per video). Two of them
/// do not follow from these: the frame rate's term is taken to be as large as the duration's, as XS and S differ in
/// both; the bottleneck's is taken to be as large as the depth's, as all published networks have the same. Absolute
/// numbers are those of Kinetics-400 and of long training; on other data, only their order is meaningful.
public enum ExpectedAccuracy {
  /// Returns the expected top-1 accuracy in percent.
  public static func top1(_ size: NetworkSize) -> Double {
    // X3D-M's sizes; each term is the error at them.
    let losses = [
      2.336 * Double(size.rate) / 5,
      2.336 * 80 / Double(size.span),
      2.932 * 224 / Double(size.side),
      2.452 * 2.2 / size.depth,
      5.156 * 2 / size.width,
      2.452 * 2.25 / size.bottleneck,
    ]
    return limit - losses.reduce(0, +)
  }

  /// The accuracy with all axes infinite.
  private static let limit = 74.6 + 2 * 2.336 + 2.932 + 2 * 2.452 + 5.156
}
