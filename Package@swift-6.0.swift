// swift-tools-version: 6.0
// What Swift 6.0 reads instead of Package.swift: the phone's modules alone, which depend on nothing outside the
// toolchain and keep to the 6.0 language. scripts/test-arm64 builds and tests this for arm64, and scripts/sanitize with
// the sanitizers. Architectures, Passes, Quantization and what tests share are here for the tests.
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAcceleratorRuntime", targets: ["Models", "Streams"]),
    // The C library's objects, which scripts/build-library links.
    .library(name: "CVideoAccelerator", type: .static, targets: ["CInterface"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "IR", targets: ["IR"]),
    .library(name: "Devices", targets: ["Devices"]),
    .library(name: "CPU", targets: ["CPU"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
    .library(name: "Streams", targets: ["Streams"]),
  ],
  targets: [
    // From the bottom up, as in Package.swift.
    .target(name: "Tensors"),
    .target(name: "IR", dependencies: ["Tensors"]),
    .target(name: "Devices", dependencies: ["IR", "Tensors"]),
    .target(name: "CKernels", exclude: ["README.md"]),
    .target(name: "CPU", dependencies: ["CKernels", "Devices", "IR", "Tensors"]),
    .target(name: "Preprocessing", dependencies: ["Tensors"]),
    .target(name: "Models", dependencies: ["Preprocessing", "CPU", "Devices", "IR", "Tensors"]),
    .target(name: "Streams", dependencies: ["Models", "Preprocessing", "CPU", "IR", "Tensors"]),
    // The C library: its header, and the functions in Swift.
    .target(name: "CVideoAccelerator", exclude: ["symbols.txt"]),
    .target(
      name: "CInterface",
      dependencies: ["CVideoAccelerator", "Streams", "Models", "Preprocessing", "CPU", "IR", "Tensors"]),
    .target(name: "Architectures", dependencies: ["IR", "Tensors"]),
    .target(name: "Passes", dependencies: ["Models", "Preprocessing", "CPU", "Devices", "IR", "Tensors"]),
    .target(name: "Quantization", dependencies: ["Passes", "Models", "CPU", "IR", "Tensors"]),

    .target(name: "TestSupport", dependencies: ["IR", "Tensors"], path: "Tests/TestSupport"),
    .target(
      name: "DeviceTestSupport", dependencies: ["Devices", "IR", "Tensors", "TestSupport"],
      path: "Tests/DeviceTestSupport"),
    .target(
      name: "ModelTestSupport", dependencies: ["Architectures", "IR", "Tensors"], path: "Tests/ModelTestSupport"),
    .target(
      name: "PassTestSupport", dependencies: ["Passes", "Models", "IR", "Tensors", "TestSupport"],
      path: "Tests/PassTestSupport"),
    .executableTarget(
      name: "deployed-model-check",
      dependencies: ["Models", "CPU", "IR", "Architectures", "Tensors", "TestSupport", "ModelTestSupport"],
      path: "Tests/DeployedModelCheck"),
    .target(name: "KernelTestSupport", dependencies: ["CPU", "Tensors"], path: "Tests/KernelTestSupport"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "IRTests", dependencies: ["IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "DevicesTests", dependencies: ["Devices", "IR", "Tensors", "DeviceTestSupport", "TestSupport"]),
    .testTarget(
      name: "CPUTests",
      dependencies: [
        "CPU", "CKernels", "Devices", "IR", "Tensors", "EmulatedKernels", "DeviceTestSupport", "KernelTestSupport",
        "TestSupport",
      ]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "Preprocessing", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "StreamsTests", dependencies: ["Streams", "Models", "Preprocessing", "IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "CInterfaceTests",
      dependencies: [
        "CInterface", "CVideoAccelerator", "Streams", "Models", "Preprocessing", "IR", "Tensors", "TestSupport",
      ]),
    .testTarget(
      name: "PassesTests",
      dependencies: [
        "Passes", "Architectures", "Models", "Preprocessing", "CPU", "Devices", "IR", "Tensors", "TestSupport",
        "ModelTestSupport",
        "PassTestSupport",
      ]),
    .testTarget(
      name: "QuantizationTests",
      dependencies: [
        "Quantization", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors", "TestSupport", "ModelTestSupport",
        "PassTestSupport",
      ]),
    .testTarget(
      name: "DeployedPlanTests",
      dependencies: [
        "Quantization", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors", "KernelTestSupport", "TestSupport",
        "ModelTestSupport", "AllocationCounter",
      ]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
