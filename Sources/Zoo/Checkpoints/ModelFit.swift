import Formats
import Architectures

/// How well a set of tensors in a checkpoint fits one of the models that this package knows.
public struct ModelFit: Sendable {
  /// The names of the models; sizes of a family that differ only in their clips have the same weights.
  public let models: [String]
  /// The number of classes of the checkpoint's classifier; the model's own if it is not known.
  public let classCount: Int
  /// The keys that lead to the weights, joined by dots; `.` for a file of nothing else.
  public let key: String
  /// The name of the checkpoint's naming of parameters, if it is not the models' own.
  public let naming: String?
  /// The differences; nil if the weights fit.
  public let mismatch: StateDictMismatch?
  /// The tensors in the same dictionary that the model does not need.
  public let ignored: [String]
}

extension Checkpoint {
  /// Returns the models that the file has weights for, one for each set of weights; if there are none, how far the
  /// nearest model differs. Only names and shapes are compared.
  ///
  /// - Throws: What building the models throws.
  public func modelFits() throws -> [ModelFit] {
    var fits: [ModelFit] = []
    var nearest: ModelFit?
    for network in try KnownNetwork.all() {
      for fit in try self.fits(network) {
        if fit.mismatch == nil {
          if !fits.contains(where: { $0.key == fit.key }) { fits.append(fit) }
        } else if fit.distance < nearest?.distance ?? .max {
          nearest = fit
        }
      }
    }
    return fits.isEmpty ? nearest.map { [$0] } ?? [] : fits
  }

  /// Returns the fits of one network, with the number of classes of each set of weights.
  private func fits(_ network: KnownNetwork) throws -> [ModelFit] {
    let namings = network.architecture.namings
    return try comparisons(with: network.parameters, namings: namings).map { found in
      var (found, classCount) = (found, network.architecture.classCount)
      if let counts = found.mismatch?.classCounts, network.takesOtherClasses {
        classCount = counts.checkpoint
        var resized = network.architecture
        resized.classCount = classCount
        let again = comparisons(with: try resized.graph().expectedTensors, namings: namings)
        found = again.first { $0.key == found.key && $0.naming == found.naming } ?? found
      }
      return ModelFit(
        models: network.models, classCount: classCount, key: found.key, naming: found.naming, mismatch: found.mismatch,
        ignored: found.ignored)
    }
  }
}

extension ModelFit {
  /// The number of parameters that differ.
  fileprivate var distance: Int {
    guard let mismatch else { return 0 }
    return mismatch.needed - mismatch.matched + mismatch.unexpected.count
  }
}

extension Architecture {
  /// The families whose checkpoints have other parameter names.
  private static let namings: [String: [any ParameterNaming]] = [
    X3DConfiguration.family: [X3DNaming(source: .pyTorchVideo), X3DNaming(source: .slowFast)]
  ]

  /// The names that the network's parameters may have in a checkpoint.
  var namings: [any ParameterNaming] {
    Self.namings[family] ?? [OwnNaming()]
  }
}

/// A network, and the models that have its parameters.
private struct KnownNetwork {
  var models: [String]
  let architecture: Architecture
  let parameters: [ExpectedTensor]
  /// Whether it may have another number of classes; a bundled model's weights are those of its own classes only, and
  /// some networks have none.
  let takesOtherClasses: Bool

  /// Returns the networks of the architectures and of the bundled models that are installed.
  static func all() throws -> [KnownNetwork] {
    let bundled = BundledModel.all.compactMap { model in
      (try? ZooFolder(path: model.folder())).map { (model.name, $0.architecture, false) }
    }
    var networks: [KnownNetwork] = []
    for (name, architecture, isNamed) in try Architecture.names.map({ ($0, try Architecture(named: $0), true) })
      + bundled
    {
      let parameters = try architecture.graph().expectedTensors
      if let known = networks.firstIndex(where: { $0.parameters == parameters }) {
        networks[known].models.append(name)
      } else {
        networks.append(
          KnownNetwork(
            models: [name], architecture: architecture, parameters: parameters,
            takesOtherClasses: isNamed && architecture.classCount > 0))
      }
    }
    return networks
  }
}
