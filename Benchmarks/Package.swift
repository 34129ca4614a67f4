// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "VideoAccelerator", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .executableTarget(
      name: "KernelBenchmark",
      dependencies: [
        .product(name: "CPU", package: "VideoAccelerator"),
        .product(name: "IR", package: "VideoAccelerator"),
        .product(name: "Training", package: "VideoAccelerator"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "TrainingBenchmark",
      dependencies: [
        .product(name: "VideoAccelerator", package: "VideoAccelerator"),
        .product(name: "Training", package: "VideoAccelerator"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
