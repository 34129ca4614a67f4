import CPU
import Devices
import IR

/// A kind of device that models are optimized for: the blocks that are efficient on it, and the passes that rewrite
/// graphs for it.
///
/// Models are rewritten for a target, and run on the `Device` that it names. To add one, write a type with a name, its
/// device, its number formats and its rules, and, unless it is a CPU, its own list of passes; then add a row to
/// ``TargetDevices``.
public protocol TargetDevice: Sendable {
  /// The name on the command line and in files.
  var name: String { get }
  /// The number formats that it supports.
  var precisions: [Precision] { get }
  /// Returns the device of this machine that runs models for this target.
  ///
  /// - Throws: An error if the device cannot be used, because a driver is missing, for example.
  func device() throws -> any Device
  /// The transmuter's rules; the first that matches is applied.
  var rules: [Rewrite] { get }
  /// Returns all passes in the order in which they run; one of them applies the transmuter's rules.
  func passes(transmutingBy rules: [Rewrite]) -> [Pass]
}

extension TargetDevice {
  /// The blocks that the CPU kernels were written for.
  public var rules: [Rewrite] {
    [
      ConvolutionRules.pointwise, ConvolutionRules.depthwise, ConvolutionRules.temporal, ConvolutionRules.spatial,
      ConvolutionRules.spatiotemporal, ConvolutionRules.general,
    ]
  }

  /// Returns this machine's CPU, of either kind: a model deployed for one CPU runs on every other.
  public func device() throws -> any Device { try CPUDevice() }

  /// Returns the passes for CPUs.
  public func passes(transmutingBy rules: [Rewrite]) -> [Pass] { Pass.forCPU(transmutingBy: rules) }
}

/// The ARM CPU of a phone or tablet.
public struct MobileCPU: TargetDevice {
  /// `mobile_cpu`.
  public let name = "mobile_cpu"
  /// 32-bit and 16-bit floating point, 8-bit integers.
  public let precisions = [Precision.fp32, .fp16, .int8]

  /// Creates the target.
  public init() {}
}

/// The CPU of a PC or server.
public struct X86CPU: TargetDevice {
  /// `x86_cpu`.
  public let name = "x86_cpu"
  /// 32-bit and 16-bit floating point, 8-bit integers.
  public let precisions = [Precision.fp32, .fp16, .int8]

  /// Creates the target.
  public init() {}
}

#if arch(x86_64)
  /// The target of the machine that this is built for.
  public typealias HostCPU = X86CPU
#else
  /// The target of the machine that this is built for.
  public typealias HostCPU = MobileCPU
#endif

extension TargetDevice where Self == MobileCPU {
  /// The ARM CPU of a phone or tablet.
  public static var mobileCPU: MobileCPU { MobileCPU() }
}

extension TargetDevice where Self == X86CPU {
  /// The CPU of a PC or server.
  public static var x86CPU: X86CPU { X86CPU() }
}

extension TargetDevice where Self == HostCPU {
  /// This machine's CPU.
  public static var host: HostCPU { HostCPU() }
}

/// Target devices by name.
public enum TargetDevices {
  private static let all: [(name: String, device: any TargetDevice)] = [
    ("mobile_cpu", MobileCPU()), ("x86_cpu", X86CPU()), ("host", HostCPU()),
  ]

  /// The names that ``named(_:)`` accepts.
  public static let names = all.map(\.name)

  /// Returns the target with a name; `host` is this machine's.
  ///
  /// - Throws: ``TransmuterError/unknownTarget(_:)``.
  public static func named(_ name: String) throws(TransmuterError) -> any TargetDevice {
    guard let entry = all.first(where: { $0.name == name }) else { throw .unknownTarget(name) }
    return entry.device
  }
}
