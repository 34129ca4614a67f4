// swift-tools-version: 6.0
// What Swift 6.0 reads instead of Package.swift: the phone's modules alone, which depend on nothing outside the
// toolchain and keep to the 6.0 language. scripts/test-arm64 builds and tests this for arm64, and scripts/sanitize with
// the sanitizers. Architectures, Deployment, TestSupport and AllocationCounter are here for the tests.
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAcceleratorRuntime", targets: ["Models"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "IR", targets: ["IR"]),
    .library(name: "Devices", targets: ["Devices"]),
    .library(name: "CPU", targets: ["CPU"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
  ],
  targets: [
    // From the bottom up, as in Package.swift.
    .target(name: "Tensors"),
    .target(name: "IR", dependencies: ["Tensors"]),
    .target(name: "Devices", dependencies: ["IR", "Tensors"]),
    .target(name: "CKernels", exclude: ["README.md"]),
    .target(name: "CPU", dependencies: ["CKernels", "Devices", "IR", "Tensors"]),
    .target(name: "Preprocessing", dependencies: ["Tensors"]),
    .target(name: "Models", dependencies: ["Preprocessing", "CPU", "IR", "Tensors"]),
    .target(name: "Architectures", dependencies: ["IR", "Tensors"]),
    .target(
      name: "Deployment", dependencies: ["Architectures", "Models", "Preprocessing", "CPU", "IR", "Tensors"]),

    .target(name: "TestSupport", dependencies: ["Architectures", "Tensors"], path: "Tests/TestSupport"),
    .executableTarget(
      name: "deployed-model-check", dependencies: ["Models", "CPU", "IR", "Architectures", "Tensors", "TestSupport"],
      path: "Tests/DeployedModelCheck"),
    .target(name: "KernelTestSupport", dependencies: ["CPU", "Tensors"], path: "Tests/KernelTestSupport"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "IRTests", dependencies: ["IR", "Tensors", "TestSupport"]),
    .testTarget(name: "DevicesTests", dependencies: ["Devices", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "CPUTests",
      dependencies: [
        "CPU", "CKernels", "Deployment", "Architectures", "IR", "Tensors", "EmulatedKernels", "KernelTestSupport",
        "TestSupport", "AllocationCounter",
      ]),
    .testTarget(
      name: "ModelsTests", dependencies: ["Models", "Preprocessing", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "DeploymentTests",
      dependencies: ["Deployment", "Architectures", "Models", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
