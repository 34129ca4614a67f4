/// What accuracy to expect of a network of some size, once it is trained: a rule of thumb, not a measurement.
///
/// Nothing is trained during a design, so something must say which axis is worth its milliseconds. The rule: what a network
/// gets wrong is a sum of one part per axis, and each part shrinks in proportion to its axis, so that every doubling of an axis
/// halves what there is left to gain from it.
///
/// The parts are set so that the rule gives the top-1 accuracies on Kinetics-400 that the paper reports for XS, S, M, L and XL
/// (Feichtenhofer, X3D, 2020, table 2: 68.6, 72.9, 74.6, 76.8 and 78.4 % with ten clips of a video). Two of them do not follow
/// from these: the frame rate's part is taken to be as large as the duration's, as XS and S differ in both; the bottleneck's is
/// taken to be as large as the depth's, as all published networks have the same. Absolute numbers are those of Kinetics-400
/// and of long training; on other data take only their order seriously.
public enum ExpectedAccuracy {
  /// Top-1 accuracy in percent points.
  public static func top1(_ size: NetworkSize) -> Double {
    // X3D-M's sizes; each part is what is lost at them.
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

  /// What would be left of the errors if all axes were endless.
  private static let limit = 74.6 + 2 * 2.336 + 2.932 + 2 * 2.452 + 5.156
}
