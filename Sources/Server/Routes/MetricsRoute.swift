#if Server
  import CoreMetrics
  import Hummingbird
  import Metrics
  import Serving

  /// The server's metrics, as Prometheus reads them.
  struct MetricsRoute {
    let services: Services
    let prometheus: Prometheus?

    var routes: [Route] {
      guard let prometheus else { return [] }
      return [
        Route(
          "/metrics",
          get: { [services] _, _ in
            Self.note(services)
            return Response(bytes: prometheus.text.utf8, type: "text/plain; version=0.0.4; charset=utf-8")
          })
      ]
    }

    /// Notes what is known only when it is asked for.
    private static func note(_ services: Services) {
      Meter(label: "accelerator_requests_in_progress").set(services.queue.count)
      Meter(label: "accelerator_streams").set(services.streams.value)
      Meter(label: "accelerator_request_memory_bytes").set(services.memory.used)
      Meter(label: "accelerator_upload_disk_bytes").set(services.disk.used)
      for entry in services.models.index {
        let labels = [("model", entry.name)]
        Meter(label: "accelerator_model_loaded", dimensions: labels).set(entry.model == nil ? 0 : 1)
        guard let counts = entry.model?.clipCounts else { continue }
        // Of the model as it is loaded: a reload begins at 0, as a restart does.
        Meter(label: "accelerator_model_clips", dimensions: labels).set(counts.clips)
        Meter(label: "accelerator_model_batches", dimensions: labels).set(counts.batches)
      }
    }
  }
#endif
