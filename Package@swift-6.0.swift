// swift-tools-version: 6.0
// What Swift 6.0 reads instead of Package.swift: the phone's modules alone, which depend on nothing outside the
// toolchain and keep to the 6.0 language. scripts/test-arm64 builds and tests this for arm64, and scripts/sanitize with
// the sanitizers. Layers, Models, Deployment, TestSupport and AllocationCounter are here for the tests.
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Kernels", targets: ["Kernels"]),
    .library(name: "Graph", targets: ["Graph"]),
    .library(name: "Runtime", targets: ["Runtime"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
  ],
  targets: [
    // From the bottom up, as in Package.swift.
    .target(name: "Tensors"),
    .target(name: "CKernels"),
    .target(name: "Kernels", dependencies: ["CKernels", "Tensors"]),
    .target(name: "Graph", dependencies: ["Kernels", "Tensors"]),
    .target(name: "Runtime", dependencies: ["Graph", "Kernels", "CKernels", "Tensors"]),
    .target(name: "Preprocessing", dependencies: ["Tensors"]),
    .target(name: "Layers", dependencies: ["Graph", "Kernels", "Tensors"]),
    .target(name: "Models", dependencies: ["Layers", "Graph", "Kernels", "Tensors"]),
    .target(
      name: "Deployment", dependencies: ["Runtime", "Models", "Graph", "Kernels", "Tensors"]),

    .target(name: "TestSupport", dependencies: ["Models", "Tensors"], path: "Tests/TestSupport"),
    .executableTarget(
      name: "deployed-model-check", dependencies: ["Runtime", "Graph", "Models", "Tensors", "TestSupport"],
      path: "Tests/DeployedModelCheck"),
    .target(name: "KernelTestSupport", dependencies: ["Kernels", "Tensors"], path: "Tests/KernelTestSupport"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["Kernels", "CKernels", "EmulatedKernels", "KernelTestSupport", "Tensors"]),
    .testTarget(name: "GraphTests", dependencies: ["Graph", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "Runtime", "Deployment", "Models", "Layers", "Graph", "Kernels", "Tensors", "TestSupport", "AllocationCounter",
      ]),
    .testTarget(
      name: "DeploymentTests",
      dependencies: ["Deployment", "Runtime", "Models", "Layers", "Graph", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
