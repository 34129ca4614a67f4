import IR
import CPU

/// A profile of a model compared with the processor's peak rates, as tables, pages and traces show it.
public struct ProfileReport: Sendable {
  /// The peak rates of the processor's cores, as many as there are threads.
  public struct Roofs: Sendable {
    /// The peak floating-point operations per second.
    public var flops: Double
    /// The peak bytes per second from memory.
    public var memoryBandwidth: Double
    /// The peak bytes per second from the cores' own caches.
    public var cacheBandwidth: Double

    /// Creates known peak rates.
    public init(flops: Double, memoryBandwidth: Double, cacheBandwidth: Double) {
      self.flops = flops
      self.memoryBandwidth = memoryBandwidth
      self.cacheBandwidth = cacheBandwidth
    }

    /// Measures one core, which takes a fraction of a second, and assumes the others to be equal.
    public static func measured(isa: ISA, precision: Precision, threads: Int) -> Roofs {
      Roofs(
        flops: MeasuredPeak.flops(isa: isa, format: precision.kernelFormat(on: isa)) * Double(threads),
        memoryBandwidth: MeasuredPeak.memoryBandwidth(isa: isa) * Double(threads),
        cacheBandwidth: MeasuredPeak.cacheBandwidth(isa: isa) * Double(threads))
    }
  }

  /// The model's name.
  public let model: String
  /// The number format that it runs in.
  public let precision: Precision
  /// The processor's name.
  public let processor: String
  /// The profile.
  public let profile: Profile
  /// The peak rates that it is compared with.
  public let roofs: Roofs

  /// Creates a report on a profile.
  public init(model: String, precision: Precision, processor: String, profile: Profile, roofs: Roofs) {
    self.model = model
    self.precision = precision
    self.processor = processor
    self.profile = profile
    self.roofs = roofs
  }

  /// The floating-point operations per second of the whole network, at its median latency.
  public var flopsPerSecond: Double { Double(2 * profile.multiplyAdds) / (profile.latencyMilliseconds / 1000) }
  /// The share of the peak rate.
  public var peakFraction: Double { flopsPerSecond / roofs.flops }
  /// The relative increase of a run's latency by profiling.
  public var overhead: Double { profile.profiledMilliseconds / profile.latencyMilliseconds - 1 }
}
