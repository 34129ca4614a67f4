// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .executable(name: "accelerator", targets: ["accelerator"]),
    // The umbrella, and each library by itself: an app that only runs models links `Runtime` and what is below it.
    .library(name: "VideoAccelerator", targets: ["VideoAccelerator"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Kernels", targets: ["Kernels"]),
    .library(name: "Graph", targets: ["Graph"]),
    .library(name: "Runtime", targets: ["Runtime"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
    .library(name: "Video", targets: ["Video"]),
    .library(name: "Layers", targets: ["Layers"]),
    .library(name: "Models", targets: ["Models"]),
    .library(name: "Deployment", targets: ["Deployment"]),
    .library(name: "Interchange", targets: ["Interchange"]),
    .library(name: "ModelZoo", targets: ["ModelZoo"]),
    .library(name: "Training", targets: ["Training"]),
  ],
  traits: [
    .trait(name: "FFmpeg", description: "Decode and encode video files with the system's FFmpeg libraries (Linux)."),
    .default(enabledTraits: ["FFmpeg"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // From the bottom up: a target depends only on those above it here.
    .target(name: "Tensors"),
    .target(name: "CKernels"),
    .target(name: "CTraining"),
    .target(name: "Kernels", dependencies: ["CKernels", "Tensors"]),
    .target(name: "Graph", dependencies: ["Kernels", "Tensors"]),
    .target(name: "Runtime", dependencies: ["Graph", "Kernels", "CKernels", "Tensors"]),
    .target(name: "Preprocessing", dependencies: ["Tensors"]),
    .systemLibrary(
      name: "CFFmpeg", pkgConfig: "libavformat",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]
    ),
    .target(
      name: "Video",
      dependencies: [
        "Preprocessing", "Tensors",
        .target(name: "CFFmpeg", condition: .when(platforms: [.linux], traits: ["FFmpeg"])),
      ],
      swiftSettings: [.define("VIDEO_USES_FFMPEG", .when(platforms: [.linux], traits: ["FFmpeg"]))]
    ),
    .target(name: "Layers", dependencies: ["Graph", "Kernels", "Tensors"]),
    .target(name: "Models", dependencies: ["Layers", "Graph", "Kernels", "Tensors"]),
    .target(
      name: "Deployment", dependencies: ["Runtime", "Models", "Graph", "Kernels", "Tensors"]),
    .target(
      name: "Interchange",
      dependencies: ["Graph", "Kernels", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/Schema/onnx.proto"]),
    .target(
      name: "ModelZoo",
      dependencies: [
        "Models", "Interchange", "Graph", "Preprocessing", "Tensors",
      ],
      resources: [.copy("Bundled")]),
    .target(
      name: "Training",
      dependencies: [
        "Deployment", "Runtime", "Models", "Layers", "Video", "Preprocessing", "Graph", "Kernels", "CKernels",
        "CTraining", "Tensors",
      ]),
    .target(
      name: "VideoAccelerator",
      dependencies: [
        "ModelZoo", "Training", "Deployment", "Runtime", "Models", "Layers", "Interchange", "Video", "Preprocessing",
        "Graph",
        "Kernels",
        "Tensors",
      ]),
    .executableTarget(
      name: "accelerator",
      dependencies: ["VideoAccelerator", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .target(name: "TestSupport", dependencies: ["Models", "Tensors"], path: "Tests/TestSupport"),
    .target(name: "KernelTestSupport", dependencies: ["Kernels", "Tensors"], path: "Tests/KernelTestSupport"),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(name: "EmulatedKernels", dependencies: ["CKernels"], path: "Tests/EmulatedKernels"),
    .testTarget(
      name: "KernelsTests",
      dependencies: ["Kernels", "CKernels", "EmulatedKernels", "KernelTestSupport", "Tensors"]),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
    .testTarget(name: "InterchangeTests", dependencies: ["Interchange", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ONNXTests",
      dependencies: [
        "Interchange", "Deployment", "Runtime", "Models", "Layers", "Graph", "Kernels", "Tensors", "TestSupport",
      ]),
    .testTarget(name: "GraphTests", dependencies: ["Graph", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(
      name: "RuntimeTests",
      dependencies: [
        "Runtime", "Deployment", "Models", "Layers", "Graph", "Kernels", "Tensors", "TestSupport", "AllocationCounter",
      ]),
    .testTarget(name: "LayersTests", dependencies: ["Layers", "Graph", "Models", "Tensors", "TestSupport"]),
    .testTarget(name: "ModelsTests", dependencies: ["Models", "Layers", "Graph", "Tensors", "TestSupport"]),
    .testTarget(
      name: "DeploymentTests",
      dependencies: ["Deployment", "Runtime", "Models", "Layers", "Graph", "Kernels", "Tensors", "TestSupport"]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
    .testTarget(name: "VideoTests", dependencies: ["Video", "Preprocessing", "Tensors"]),
    .testTarget(
      name: "ModelZooTests",
      dependencies: ["ModelZoo", "Interchange", "Models", "Graph", "Preprocessing", "Tensors", "TestSupport"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Deployment", "Runtime", "Video", "Preprocessing", "Models", "Layers", "Graph", "Kernels",
        "Tensors",
        "TestSupport", "KernelTestSupport",
      ]),
    .testTarget(name: "VideoAcceleratorTests", dependencies: ["VideoAccelerator", "Training", "TestSupport"]),
    .testTarget(name: "CommandLineTests", dependencies: ["accelerator", "VideoAccelerator", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
