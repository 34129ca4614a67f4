import CPU
import IR

/// What a transmuter did to a model: the operations that were replaced, those that were not and why, and the share of
/// the work that efficient blocks do.
public struct TransmuterReport: Sendable {
  /// An operation of the deployable form, and the operations of the original form that it replaces.
  public struct Entry: Sendable {
    /// The path of the layer.
    public let path: String
    /// The operation of the deployable form.
    public let operation: String
    /// The efficient block that it is; nil if it is none.
    public let block: String?
    /// The operations of the original form, in its order.
    public let replaced: [Provenance.Origin]
    /// The reasons why it is not an efficient block; empty if it is one.
    public let reasons: [String]
    /// The multiply-adds of the replaced operations; nil without input shapes.
    public let multiplyAdds: Int?
  }

  /// The target device's name.
  public let target: String
  /// The number format.
  public let precision: Precision
  /// The operations of the deployable form, in order.
  public let entries: [Entry]
  /// The operations of the original form that were removed, as they have no effect in inference.
  public let removed: [Provenance.Origin]
  /// The multiply-adds of all convolutions of the original form; nil without input shapes.
  public let convolutionMultiplyAdds: Int?
  /// The multiply-adds of those convolutions that efficient blocks replace.
  public let efficientConvolutionMultiplyAdds: Int?

  /// The steps of a plan of the deployable form; nil if none was made.
  public var steps: Steps?

  /// The steps of a plan, and those among them that run on reference kernels.
  public struct Steps: Sendable {
    /// The number of steps.
    public let count: Int
    /// The kernel and the path of the layer of each step that runs on a reference kernel, which is slow.
    public let reference: [(kernel: String, path: String)]

    /// Counts the steps of a plan.
    public init(_ plan: Plan) {
      count = plan.records.count
      reference = plan.records.filter { $0.kernel.hasPrefix("reference_") }.map { ($0.kernel, $0.path) }
    }
  }

  /// The operations that are efficient blocks.
  public var onEfficientBlocks: [Entry] { entries.filter { $0.block != nil } }
  /// The operations that are not.
  public var notOnEfficientBlocks: [Entry] { entries.filter { $0.block == nil } }

  /// The share of the convolutions' multiply-adds that efficient blocks do, 0...1; nil if it is not known.
  public var efficientShare: Double? {
    guard let all = convolutionMultiplyAdds, let efficient = efficientConvolutionMultiplyAdds else { return nil }
    return all == 0 ? 1 : Double(efficient) / Double(all)
  }

  init(
    original: ModelProgram, deployed: ModelProgram, target: String, precision: Precision, multiplyAdds: [Int]?
  ) {
    self.target = target
    self.precision = precision
    entries = zip(deployed.graph.nodes, deployed.provenance).map { node, provenance in
      Entry(
        path: node.scope, operation: node.operation.name, block: provenance.block,
        replaced: provenance.origins.sorted { $0.index < $1.index },
        reasons: provenance.block == nil ? Self.reasons(node, provenance, target: target) : [],
        multiplyAdds: multiplyAdds.map { counts in provenance.origins.reduce(0) { $0 + counts[$1.index] } })
    }
    let standing = Set(deployed.provenance.flatMap { $0.origins.map(\.index) })
    removed = original.provenance.flatMap(\.origins).filter { !standing.contains($0.index) }
    let convolutions = { (entries: [Entry]) in
      multiplyAdds.map { counts in
        let origins = Set(entries.flatMap(\.replaced)).filter { $0.operation == Operations.Convolution.name }
        return origins.reduce(0) { $0 + counts[$1.index] }
      }
    }
    convolutionMultiplyAdds = convolutions(entries)
    efficientConvolutionMultiplyAdds = convolutions(entries.filter { $0.block != nil })
  }

  private static func reasons(_ node: Graph.Node, _ provenance: Provenance, target: String) -> [String] {
    if !provenance.refusals.isEmpty { return provenance.refusals }
    let window =
      switch node.operation {
      case let convolution as Operations.FusedConvolution: convolution.window.kernel
      case let convolution as Operations.Depthwise: convolution.window.kernel
      default: [Int]()
      }
    let what = window.isEmpty ? node.operation.name : "\(node.operation.name) of window \(window)"
    return ["\(target) has no efficient block for \(what)"]
  }
}
