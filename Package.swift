// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  platforms: [.macOS(.v13), .iOS(.v16)],
  products: [
    .executable(name: "accelerator", targets: ["accelerator"]),
    // The umbrella; what an app links that only runs models; and each library by itself.
    .library(name: "VideoAccelerator", targets: ["VideoAccelerator"]),
    .library(name: "VideoAcceleratorRuntime", targets: ["Models"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "IR", targets: ["IR"]),
    .library(name: "Devices", targets: ["Devices"]),
    .library(name: "CPU", targets: ["CPU"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
    .library(name: "Video", targets: ["Video"]),
    .library(name: "Architectures", targets: ["Architectures"]),
    .library(name: "Deployment", targets: ["Deployment"]),
    .library(name: "Formats", targets: ["Formats"]),
    .library(name: "Zoo", targets: ["Zoo"]),
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
    .target(name: "IR", dependencies: ["Tensors"]),
    .target(name: "Devices", dependencies: ["IR", "Tensors"]),
    .target(name: "CKernels", exclude: ["README.md"]),
    .target(name: "CPU", dependencies: ["CKernels", "Devices", "IR", "Tensors"]),
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
    .target(name: "Models", dependencies: ["Preprocessing", "CPU", "IR", "Tensors"]),
    .target(name: "Architectures", dependencies: ["IR", "Tensors"]),
    .target(
      name: "Formats",
      dependencies: ["IR", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/Schema/onnx.proto"]),
    .target(
      name: "Deployment", dependencies: ["Architectures", "Models", "Preprocessing", "CPU", "IR", "Tensors"]),
    .target(
      name: "Zoo",
      dependencies: ["Architectures", "Formats", "Models", "IR", "Preprocessing", "Tensors"],
      resources: [.copy("Bundled")]),
    .target(
      name: "Training",
      dependencies: [
        "Deployment", "Architectures", "Video", "Preprocessing", "CPU", "CKernels", "IR", "Tensors",
      ]),
    .target(
      name: "VideoAccelerator",
      dependencies: [
        "Zoo", "Training", "Deployment", "Architectures", "Formats", "Video", "Models", "Preprocessing", "CPU",
        "Devices", "IR", "Tensors",
      ]),
    .executableTarget(
      name: "accelerator",
      dependencies: ["VideoAccelerator", .product(name: "ArgumentParser", package: "swift-argument-parser")]),

    .target(name: "TestSupport", dependencies: ["Architectures", "Tensors"], path: "Tests/TestSupport"),
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
    .testTarget(name: "ArchitecturesTests", dependencies: ["Architectures", "IR", "Tensors", "TestSupport"]),
    .testTarget(name: "FormatsTests", dependencies: ["Formats", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ONNXTests",
      dependencies: ["Formats", "Deployment", "Architectures", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(
      name: "DeploymentTests",
      dependencies: ["Deployment", "Architectures", "Models", "CPU", "IR", "Tensors", "TestSupport"]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
    .testTarget(name: "VideoTests", dependencies: ["Video", "Preprocessing", "Tensors"]),
    .testTarget(
      name: "ZooTests",
      dependencies: ["Zoo", "Formats", "Architectures", "Models", "IR", "Preprocessing", "Tensors", "TestSupport"]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Deployment", "Architectures", "Video", "Preprocessing", "CPU", "IR", "Tensors", "TestSupport",
        "KernelTestSupport",
      ]),
    .testTarget(name: "VideoAcceleratorTests", dependencies: ["VideoAccelerator", "Training", "TestSupport"]),
    .testTarget(name: "CommandLineTests", dependencies: ["accelerator", "VideoAccelerator", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
