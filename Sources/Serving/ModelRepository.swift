import CPU
import Tensors

/// The models of a server, by name: each can be loaded, unloaded, and loaded anew while requests go on with the one that they
/// began with.
public final class ModelRepository: Sendable {
  /// The state of a model.
  public enum State: String, Sendable {
    /// Loaded.
    case ready
    /// Being loaded.
    case loading
    /// Unloaded by request.
    case unloaded
    /// Not loaded, as something is wrong with it.
    case failed
  }

  /// A model that the server may load.
  public struct Entry: Sendable {
    /// The name that requests use.
    public let name: String
    /// The state.
    public fileprivate(set) var state: State
    /// Why it could not be loaded; nil if it was.
    public fileprivate(set) var problem: String?
    /// The loaded model; while another one is being loaded, the one before.
    public fileprivate(set) var model: ServedModel?
    fileprivate let source: String
  }

  private let entries: Guarded<[Entry]>
  /// How long videos may be.
  let limits: VideoLimits
  private let settings: ServedModel.Settings
  private let executor: Executor
  /// Models are loaded one after the other, as each takes much memory.
  private let loading = Guarded(())

  /// Creates a repository, without loading its models.
  ///
  /// - Parameters:
  ///   - sources: The name of each model, and what it is loaded of, as in `ModelRequest`. The first is the default.
  ///   - settings: How models are loaded and run.
  ///   - limits: How long videos may be.
  ///   - executor: The executor of their sessions.
  public init(
    _ sources: [(name: String, source: String)], settings: ServedModel.Settings = .init(),
    limits: VideoLimits = VideoLimits(), executor: Executor = .shared
  ) {
    entries = Guarded(sources.map { Entry(name: $0.name, state: .loading, source: $0.source) })
    (self.settings, self.limits, self.executor) = (settings, limits, executor)
  }

  /// All models, loaded or not.
  public var index: [Entry] { entries.withLock { $0 } }

  /// The name of the model that requests without a name use.
  public var defaultName: String { index.first?.name ?? "" }

  /// Whether all models are loaded, but for those that were unloaded, or cannot be loaded.
  public var isReady: Bool { index.allSatisfy { $0.model != nil || $0.state == .unloaded || $0.state == .failed } }

  /// Returns a loaded model.
  ///
  /// - Parameters:
  ///   - name: Its name; nil for the first that can be used for `task`.
  ///   - task: What it is to be used for; nil if that does not matter.
  /// - Throws: ``ServingError/unknownModel(_:known:)``, ``ServingError/notLoaded(_:)``.
  public func model(_ name: String?, for task: ServedTask? = nil) throws(ServingError) -> ServedModel {
    let index = index
    guard let name else {
      let able = index.first { entry in task.map { entry.model?.tasks.contains($0) ?? false } ?? true }
      guard let entry = able ?? index.first else { throw .notFound("a model") }
      guard let model = entry.model else { throw .notLoaded(entry.name) }
      return model
    }
    guard let entry = index.first(where: { $0.name == name }) else {
      throw .unknownModel(name, known: index.map(\.name))
    }
    guard let model = entry.model else { throw .notLoaded(name) }
    return model
  }

  /// Loads a model, or loads it anew from its files. Requests that run go on with the one before.
  ///
  /// - Throws: ``ServingError/unknownModel(_:known:)``; what loading it throws, and then the one before stays.
  public func load(_ name: String) throws {
    let source = try update(name) { entry in
      entry.state = .loading
      return entry.source
    }
    do {
      let model = try loading.withLock { _ in
        try ServedModel(name: name, source: source, settings: settings, executor: executor)
      }
      try update(name) { ($0.model, $0.state, $0.problem) = (model, .ready, nil) }
    } catch {
      try update(name) { entry in
        (entry.state, entry.problem) = (entry.model == nil ? .failed : .ready, "\(error)")
      }
      throw error
    }
  }

  /// Loads all models.
  ///
  /// - Throws: The first error.
  public func loadAll() throws { for entry in index { try load(entry.name) } }

  /// Unloads a model, whose memory is free once the last request that uses it has ended.
  ///
  /// - Throws: ``ServingError/unknownModel(_:known:)``.
  public func unload(_ name: String) throws(ServingError) {
    try update(name) { ($0.model, $0.state, $0.problem) = (nil, .unloaded, nil) }
  }

  @discardableResult
  private func update<Result>(_ name: String, _ body: (inout Entry) -> Result) throws(ServingError) -> Result {
    let result = entries.withLock { entries in
      entries.firstIndex { $0.name == name }.map { body(&entries[$0]) }
    }
    guard let result else { throw .unknownModel(name, known: index.map(\.name)) }
    return result
  }
}
