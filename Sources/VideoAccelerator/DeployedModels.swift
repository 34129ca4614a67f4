import Deployment
import Graph
import ModelZoo
import Tensors

extension ZooModel {
  /// The model in deployable form for a device, with a report that counts multiply-adds for one clip of the model's size.
  ///
  /// - Throws: what `Transmuter.deploy` throws.
  public func deployed(for target: any TargetDevice, precision: Precision = .fp32) throws -> DeployedModel {
    try Transmuter(target: target).deploy(
      graph, weights: weights, precision: precision, inputShapes: [clipShape])
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
