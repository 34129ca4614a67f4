// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAccelerator", targets: ["Tensors"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0")
  ],
  targets: [
    .target(name: "Tensors"),
    .target(name: "Kernels", dependencies: ["Tensors"]),
    .target(name: "Graph", dependencies: ["Kernels", "Tensors"]),
    .target(name: "Layers", dependencies: ["Graph", "Kernels", "Tensors"]),
    .target(name: "Models", dependencies: ["Layers", "Graph", "Kernels", "Tensors"]),
    .target(
      name: "ModelZoo", dependencies: ["Models", "Tensors", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "TestSupport", dependencies: ["Models", "Tensors"], path: "Tests/TestSupport"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    .testTarget(name: "GraphTests", dependencies: ["Graph", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "Graph", "Models", "Tensors", "TestSupport"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "Layers", "Graph", "Tensors", "TestSupport"]),
    .testTarget(name: "ModelZooTests", dependencies: ["ModelZoo", "Models", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
