import Deployment
import IR
import Zoo
import Tensors

extension ZooModel {
  /// The model in deployable form for a device, with a report that counts multiply-adds for one clip of the model's size.
  ///
  /// - Throws: what `Transmuter.deploy` throws.
  public func deployed(for target: any TargetDevice, precision: Precision = .fp32) throws -> DeployedModel {
    try Transmuter(target: target).deploy(
      graph, weights: weights, precision: precision, inputShapes: [clipShape])
  }

  /// The model in deployable form in integers.
  ///
  /// - Parameters:
  ///   - clips: What ranges are made of. Of two or more, up to a quarter, at least one and four at most, spread evenly, are held out
  ///     to compare on.
  ///   - progress: Called now and then.
  /// - Throws: what `Transmuter.deploy` throws.
  public func deployed(
    for target: any TargetDevice, quantizedBy quantizer: Quantizer, clips: [Calibration.Clip],
    progress: @escaping (Quantizer.Progress) -> Void = { _ in }
  ) throws -> DeployedModel {
    let count = clips.count < 2 ? 0 : min(max(clips.count / 4, 1), 4)
    let heldOut = Set((0..<count).map { ($0 + 1) * clips.count / count - 1 })
    let learned = clips.indices.filter { !heldOut.contains($0) }.map { clips[$0] }
    return try Transmuter(target: target).deploy(
      graph, weights: weights, quantizedBy: quantizer,
      calibration: Calibration(clips: learned, inputRange: recipe.range),
      others: heldOut.sorted().map { clips[$0] }, inputShapes: [clipShape], progress: progress)
  }

  /// The model in deployable form as a file, with its preprocessing and labels.
  ///
  /// - Parameters:
  ///   - deployed: What ``deployed(for:precision:)`` gave.
  ///   - source: Where the weights come from, for people.
  public func file(_ deployed: DeployedModel, source: String) -> DeployableFile {
    deployed.file(name: name, source: source, preprocessing: recipe.encoded, labels: labels)
  }
}

extension RunnableModel {
  /// The model in an `.accel` file, as it was deployed.
  ///
  /// - Throws: `FileError` if the file cannot be read, `FormatError` or `DeployableFileError` if it is damaged.
  public init(contentsOf path: String) throws {
    try self.init(DeployableFile(path: path), path: path)
  }
}
