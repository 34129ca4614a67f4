import IR
import CPU

/// A profile of a model beside what the processor can do: the figures that tables, pages and traces show.
public struct ProfileReport: Sendable {
  /// What the processor's cores can do, for as many of them as there are threads.
  public struct Roofs: Sendable {
    /// Floating-point operations per second.
    public var flops: Double
    /// Bytes per second from memory.
    public var memoryBandwidth: Double
    /// Bytes per second from the cores' own caches.
    public var cacheBandwidth: Double

    /// Roofs that are known.
    public init(flops: Double, memoryBandwidth: Double, cacheBandwidth: Double) {
      self.flops = flops
      self.memoryBandwidth = memoryBandwidth
      self.cacheBandwidth = cacheBandwidth
    }

    /// Measures one core, which takes a fraction of a second, and takes the others to be like it.
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
  /// What was measured.
  public let profile: Profile
  /// What it is measured against.
  public let roofs: Roofs

  /// A report on a profile.
  public init(model: String, precision: Precision, processor: String, profile: Profile, roofs: Roofs) {
    self.model = model
    self.precision = precision
    self.processor = processor
    self.profile = profile
    self.roofs = roofs
  }

  /// Floating-point operations per second of the whole network, at its median latency.
  public var flopsPerSecond: Double { Double(2 * profile.multiplyAdds) / (profile.latencyMilliseconds / 1000) }
  /// The part of the peak that this is.
  public var peakFraction: Double { flopsPerSecond / roofs.flops }
  /// How much longer a run takes while it is profiled, as a fraction.
  public var overhead: Double { profile.profiledMilliseconds / profile.latencyMilliseconds - 1 }
}
