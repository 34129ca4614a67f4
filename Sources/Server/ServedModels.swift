#if Server
  import Reports
  import Serving
  import Tensors
  import VideoAccelerator

  /// What the server calls itself to clients of the Open Inference Protocol.
  enum ServerName {
    static let name = "accelerator"
    static let platform = "videoaccelerator_accel"
    static let extensions = ["binary_tensor_data", "model_repository", "model_configuration"]
  }

  extension Services {
    /// Returns a loaded model.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - version: Its version; empty for the only one.
    func model(_ name: String, version: String = "") throws(ServingError) -> ServedModel {
      guard version.isEmpty || version == ServedModel.version else {
        throw .notFound("version \(version) of \(name)")
      }
      return try models.model(name)
    }

    /// Loads or unloads a model.
    ///
    /// - Throws: ``ServingError``, which names no files: the log has what is wrong with them.
    func change(
      _ name: String, _ change: @escaping @Sendable (ModelRepository, String) throws -> Void
    ) async throws {
      try loads.add()
      defer { loads.remove() }
      do {
        try await onOwnThread { [models] _ in try change(models, name) }
      } catch  where !(error is ServingError) {
        logger.error("a model was not loaded", metadata: ["model": "\(name)", "error": "\(error)"])
        throw ServingError.request("\(name.quoted) could not be loaded, and stays as it was: the server's log says why")
      }
      logger.info("a model was loaded or unloaded", metadata: ["model": "\(name)"])
    }
  }

  extension ModelRepository.Entry {
    /// The state, as Triton names it.
    var tritonState: String { model != nil ? "READY" : state == .loading ? "LOADING" : "UNAVAILABLE" }

    /// Why it is not ready, as far as clients may know.
    var reason: String { model != nil ? "" : state == .failed ? "it could not be loaded" : state.rawValue }
  }

  extension ServedModel {
    /// The most clips of a request that clients are told; 0 for a model that takes no batches. Bodies have a limit of their own.
    var largestBatch: Int { takesBatches ? 64 : 0 }

    /// The shape of a value without the batch.
    func clipDimensions(of value: InferenceValue) -> [Int64] {
      (takesBatches ? Array(value.shape.dropFirst()) : value.shape).map(Int64.init)
    }
  }
#endif
