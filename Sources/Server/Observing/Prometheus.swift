#if Server
  import CPU
  import CoreMetrics

  /// The metrics of the process, as Prometheus reads them (text format 0.0.4).
  public final class Prometheus: MetricsFactory {
    /// What a metric is: its name, and the values of its labels.
    fileprivate struct Identity: Hashable {
      let name: String
      let labels: String
    }

    private let metrics = Guarded<[Identity: any PrometheusMetric]>([:])

    /// Creates an empty registry.
    public init() {}

    /// All metrics as text, in the order of their names.
    public var text: String {
      let all = metrics.withLock { $0 }.sorted { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }
      var lines: [String] = []
      var last: String?
      for (identity, metric) in all {
        if identity.name != last { lines.append("# TYPE \(identity.name) \(metric.type)") }
        last = identity.name
        lines += metric.lines(name: identity.name, labels: identity.labels)
      }
      return lines.map { $0 + "\n" }.joined()
    }

    private func metric<Metric: PrometheusMetric>(
      _ label: String, _ dimensions: [(String, String)], _ make: () -> Metric
    ) -> Metric {
      let name = String(label.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
      let labels = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
      return metrics.withLock { metrics in
        if let known = metrics[Identity(name: name, labels: labels)] as? Metric { return known }
        let metric = make()
        metrics[Identity(name: name, labels: labels)] = metric
        return metric
      }
    }

    private static func escaped(_ text: String) -> String {
      text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Returns the counter with a name and labels.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
      metric(label, dimensions) { PrometheusNumber(type: "counter") }
    }

    /// Returns the counter of any amounts with a name and labels.
    public func makeFloatingPointCounter(
      label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
      metric(label, dimensions) { PrometheusNumber(type: "counter") }
    }

    /// Returns the gauge with a name and labels.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
      metric(label, dimensions) { PrometheusNumber(type: "gauge") }
    }

    /// Returns the histogram with a name and labels, or a gauge if numbers are not aggregated.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
      aggregate
        ? metric(label, dimensions) { PrometheusHistogram() }
        : metric(label, dimensions) { PrometheusNumber(type: "gauge") }
    }

    /// Returns the histogram of seconds with a name and labels.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
      metric(label, dimensions) { PrometheusHistogram() }
    }

    /// Does nothing: a metric goes on for as long as the process does.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing: a metric goes on for as long as the process does.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing: a metric goes on for as long as the process does.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing: a metric goes on for as long as the process does.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing: a metric goes on for as long as the process does.
    public func destroyTimer(_ handler: any TimerHandler) {}
  }

  /// A metric with one identity.
  private protocol PrometheusMetric: AnyObject, Sendable {
    var type: String { get }
    func lines(name: String, labels: String) -> [String]
  }

  /// A number that is counted or set.
  private final class PrometheusNumber: PrometheusMetric, CounterHandler, FloatingPointCounterHandler, MeterHandler,
    RecorderHandler
  {
    let type: String
    private let value = Guarded(0.0)

    init(type: String) { self.type = type }

    func increment(by amount: Int64) { value.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func set(_ number: Int64) { value.withLock { $0 = Double(number) } }
    func set(_ number: Double) { value.withLock { $0 = number } }
    func record(_ number: Int64) { set(number) }
    func record(_ number: Double) { set(number) }
    func reset() { set(0.0) }

    func lines(name: String, labels: String) -> [String] {
      [sample(name, labels, value.withLock { $0 })]
    }
  }

  /// How often numbers were at most so large: seconds of a timer, or what is recorded.
  private final class PrometheusHistogram: PrometheusMetric, TimerHandler, RecorderHandler {
    private struct State {
      var counts = [Int](repeating: 0, count: bounds.count)
      var count = 0
      var sum = 0.0
    }

    /// From a millisecond to five minutes.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    let type = "histogram"
    private let state = Guarded(State())

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) * 1e-9) }
    func record(_ number: Int64) { record(Double(number)) }

    func record(_ number: Double) {
      state.withLock { state in
        if let place = Self.bounds.firstIndex(where: { number <= $0 }) { state.counts[place] += 1 }
        state.count += 1
        state.sum += number
      }
    }

    func lines(name: String, labels: String) -> [String] {
      let state = state.withLock { $0 }
      let prefix = labels.isEmpty ? "" : labels + ","
      var total = 0
      var lines = zip(Self.bounds, state.counts).map { bound, count in
        total += count
        return sample("\(name)_bucket", "\(prefix)le=\"\(bound)\"", Double(total))
      }
      lines.append(sample("\(name)_bucket", "\(prefix)le=\"+Inf\"", Double(state.count)))
      lines.append(sample("\(name)_sum", labels, state.sum))
      lines.append(sample("\(name)_count", labels, Double(state.count)))
      return lines
    }
  }

  private func sample(_ name: String, _ labels: String, _ value: Double) -> String {
    let number = Int(exactly: value).map { "\($0)" } ?? "\(value)"
    return labels.isEmpty ? "\(name) \(number)" : "\(name){\(labels)} \(number)"
  }
#endif
