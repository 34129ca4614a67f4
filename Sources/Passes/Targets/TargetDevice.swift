import CPU
import Devices
import IR

/// A kind of device that models are made fast for: which blocks are efficient on it, and how graphs are rewritten for it.
///
/// A target is what models are rewritten for; the `Device` that it names is what computes them. To add one: a type with a name, its
/// device, its number formats and its rules; and, where it is not a CPU, a list of passes of its own. Then a row in
/// ``TargetDevices``.
public protocol TargetDevice: Sendable {
  /// The name on the command line and in files.
  var name: String { get }
  /// The number formats that it runs models in.
  var precisions: [Precision] { get }
  /// What computes models for this target, as this machine has it.
  ///
  /// - Throws: What keeps the device from being used, such as a driver that is missing.
  func device() throws -> any Device
  /// The transmuter's rules, of which the first that matches wins.
  var rules: [Rewrite] { get }
  /// All passes in the order in which they run, of which one applies the transmuter's rules.
  func passes(transmutingBy rules: [Rewrite]) -> [Pass]
}

extension TargetDevice {
  /// What the kernels for CPUs have been written for.
  public var rules: [Rewrite] {
    [
      ConvolutionRules.pointwise, ConvolutionRules.depthwise, ConvolutionRules.temporal, ConvolutionRules.spatial,
      ConvolutionRules.general,
    ]
  }

  /// This machine's CPU, whichever it is: what is deployed for one CPU runs on every other.
  public func device() throws -> any Device { try CPUDevice() }

  /// The passes for CPUs.
  public func passes(transmutingBy rules: [Rewrite]) -> [Pass] { Pass.forCPU(transmutingBy: rules) }
}

/// A phone's or tablet's ARM CPU.
public struct MobileCPU: TargetDevice {
  /// `mobile_cpu`.
  public let name = "mobile_cpu"
  /// 32-bit and 16-bit floating point, 8-bit integers.
  public let precisions = [Precision.fp32, .fp16, .int8]

  /// The device.
  public init() {}
}

/// A PC's or server's CPU.
public struct X86CPU: TargetDevice {
  /// `x86_cpu`.
  public let name = "x86_cpu"
  /// 32-bit and 16-bit floating point, 8-bit integers.
  public let precisions = [Precision.fp32, .fp16, .int8]

  /// The device.
  public init() {}
}

#if arch(x86_64)
  /// The device of the machine that this is built for.
  public typealias HostCPU = X86CPU
#else
  /// The device of the machine that this is built for.
  public typealias HostCPU = MobileCPU
#endif

extension TargetDevice where Self == MobileCPU {
  /// A phone's or tablet's ARM CPU.
  public static var mobileCPU: MobileCPU { MobileCPU() }
}

extension TargetDevice where Self == X86CPU {
  /// A PC's or server's CPU.
  public static var x86CPU: X86CPU { X86CPU() }
}

extension TargetDevice where Self == HostCPU {
  /// The device of this machine.
  public static var host: HostCPU { HostCPU() }
}

/// Target devices by name.
public enum TargetDevices {
  private static let all: [(name: String, device: any TargetDevice)] = [
    ("mobile_cpu", MobileCPU()), ("x86_cpu", X86CPU()), ("host", HostCPU()),
  ]

  /// The names that ``named(_:)`` knows.
  public static let names = all.map(\.name)

  /// The device with a name; `host` is this machine's.
  ///
  /// - Throws: ``TransmuterError/unknownTarget(_:)``.
  public static func named(_ name: String) throws(TransmuterError) -> any TargetDevice {
    guard let entry = all.first(where: { $0.name == name }) else { throw .unknownTarget(name) }
    return entry.device
  }
}
