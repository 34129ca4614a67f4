// swift-tools-version: 6.1
import PackageDescription

/// A product that the server alone depends on.
func serverProduct(_ name: String, package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Server"]))
}

let package = Package(
  name: "VideoAccelerator",
  platforms: [.macOS(.v15), .iOS(.v16)],
  products: [
    .executable(name: "accelerator", targets: ["accelerator"]),
    // The umbrella; what an app links that only runs models; and each library by itself.
    .library(name: "VideoAccelerator", targets: ["VideoAccelerator"]),
    .library(name: "VideoAcceleratorRuntime", targets: ["Models", "Streams"]),
    // The C library's objects, which scripts/build-library links.
    .library(name: "CVideoAccelerator", type: .static, targets: ["CInterface"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "IR", targets: ["IR"]),
    .library(name: "Devices", targets: ["Devices"]),
    .library(name: "CPU", targets: ["CPU"]),
    .library(name: "Preprocessing", targets: ["Preprocessing"]),
    .library(name: "Streams", targets: ["Streams"]),
    .library(name: "Video", targets: ["Video"]),
    .library(name: "Architectures", targets: ["Architectures"]),
    .library(name: "Formats", targets: ["Formats"]),
    .library(name: "Passes", targets: ["Passes"]),
    .library(name: "Quantization", targets: ["Quantization"]),
    .library(name: "Autotune", targets: ["Autotune"]),
    .library(name: "Zoo", targets: ["Zoo"]),
    .library(name: "Training", targets: ["Training"]),
    .library(name: "MessagePassing", targets: ["MessagePassing"]),
    .library(name: "Reports", targets: ["Reports"]),
    .library(name: "Serving", targets: ["Serving"]),
    .library(name: "Server", targets: ["Server"]),
  ],
  traits: [
    .trait(name: "FFmpeg", description: "Decode and encode video files with the system's FFmpeg libraries (Linux)."),
    .trait(name: "Server", description: "The command 'accelerator serve', and the library of its server."),
    .trait(name: "MPI", description: "Train on several processes and machines with the system's MPI library (Linux)."),
    .default(enabledTraits: ["FFmpeg", "Server"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.38.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.2.0"),
    .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.1.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
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
    .target(name: "Models", dependencies: ["Preprocessing", "CPU", "Devices", "IR", "Tensors"]),
    .target(name: "Streams", dependencies: ["Models", "Preprocessing", "CPU", "IR", "Tensors"]),
    // The C library: its header, and the functions in Swift.
    .target(name: "CVideoAccelerator", exclude: ["symbols.txt"]),
    .target(
      name: "CInterface",
      dependencies: ["CVideoAccelerator", "Streams", "Models", "Preprocessing", "CPU", "IR", "Tensors"]),
    .target(name: "Architectures", dependencies: ["IR", "Tensors"]),
    .target(
      name: "Formats",
      dependencies: ["IR", "Tensors", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      exclude: ["ONNX/Schema/onnx.proto"]),
    .target(name: "Passes", dependencies: ["Models", "Preprocessing", "CPU", "Devices", "IR", "Tensors"]),
    .target(name: "Quantization", dependencies: ["Passes", "Models", "CPU", "IR", "Tensors"]),
    .target(
      name: "Autotune", dependencies: ["Quantization", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors"]),
    .target(
      name: "Zoo",
      dependencies: ["Architectures", "Formats", "Models", "IR", "Preprocessing", "Tensors"],
      resources: [.copy("Bundled")]),
    .target(
      name: "Training",
      dependencies: [
        "Quantization", "Passes", "Video", "Preprocessing", "CPU", "CKernels", "IR", "Tensors",
      ]),
    .systemLibrary(name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .target(
      name: "MessagePassing",
      dependencies: ["Training", .target(name: "CMPI", condition: .when(platforms: [.linux], traits: ["MPI"]))],
      swiftSettings: [.define("MESSAGE_PASSING_USES_MPI", .when(platforms: [.linux], traits: ["MPI"]))]),
    .target(
      name: "Reports",
      dependencies: ["Training", "Quantization", "Passes", "Video", "Preprocessing", "CPU", "IR", "Tensors"]),
    .target(
      name: "VideoAccelerator",
      dependencies: [
        "Reports", "Zoo", "Training", "Autotune", "Quantization", "Passes", "Architectures", "Formats", "Video",
        "Streams", "Models",
        "Preprocessing", "CPU", "Devices", "IR", "Tensors",
      ]),
    // What a server does, whatever the protocol.
    .target(
      name: "Serving",
      dependencies: [
        "VideoAccelerator", "Reports", "Zoo", "Passes", "Video", "Streams", "Models", "Preprocessing", "CPU", "IR",
        "Tensors",
      ]),
    .target(
      name: "Server",
      dependencies: [
        "Serving", "VideoAccelerator", "Reports", "Zoo", "Streams", "Models", "Preprocessing", "CPU", "IR", "Tensors",
        serverProduct("Hummingbird", package: "hummingbird"),
        serverProduct("ServiceLifecycle", package: "swift-service-lifecycle"),
        serverProduct("Configuration", package: "swift-configuration"),
        serverProduct("Logging", package: "swift-log"),
        serverProduct("Metrics", package: "swift-metrics"),
        serverProduct("NIOCore", package: "swift-nio"),
        serverProduct("NIOPosix", package: "swift-nio"),
        serverProduct("NIOHTTP1", package: "swift-nio"),
        serverProduct("NIOWebSocket", package: "swift-nio"),
        serverProduct("NIOHTTP2", package: "swift-nio-http2"),
        serverProduct("GRPCCore", package: "grpc-swift-2"),
        serverProduct("GRPCProtobuf", package: "grpc-swift-protobuf"),
        serverProduct("SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["GRPC/Schema/inference.proto"],
      resources: [.embedInCode("openapi.yaml"), .embedInCode("Page")]),
    .executableTarget(
      name: "accelerator",
      dependencies: [
        .target(name: "Server", condition: .when(traits: ["Server"])), "Serving", "VideoAccelerator", "Reports",
        "MessagePassing", "Zoo", "Training", "Autotune", "Quantization", "Passes", "Architectures", "Formats",
        "Video", "Models", "Preprocessing", "CPU", "IR", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(name: "TestSupport", dependencies: ["IR", "Tensors"], path: "Tests/TestSupport"),
    .target(
      name: "DeviceTestSupport", dependencies: ["Devices", "IR", "Tensors", "TestSupport"],
      path: "Tests/DeviceTestSupport"),
    .target(
      name: "ModelTestSupport", dependencies: ["Architectures", "IR", "Preprocessing", "Tensors"],
      path: "Tests/ModelTestSupport"),
    .target(
      name: "PassTestSupport", dependencies: ["Passes", "Models", "IR", "Tensors", "TestSupport"],
      path: "Tests/PassTestSupport"),
    .target(
      name: "PageTestSupport", dependencies: ["Reports", "Tensors", "TestSupport"], path: "Tests/PageTestSupport"),
    .target(name: "KernelTestSupport", dependencies: ["CPU", "Tensors"], path: "Tests/KernelTestSupport"),
    .target(name: "RankTestSupport", dependencies: ["Training", "CPU"], path: "Tests/RankTestSupport"),
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
      name: "ArchitecturesTests", dependencies: ["Architectures", "IR", "Preprocessing", "Tensors", "TestSupport"]),
    .testTarget(name: "FormatsTests", dependencies: ["Formats", "Tensors", "TestSupport"]),
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
      name: "AutotuneTests",
      dependencies: [
        "Autotune", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors", "TestSupport", "ModelTestSupport",
      ]),
    // What only several modules together show: plans of models as they are deployed, and the same models in ONNX.
    .testTarget(
      name: "DeployedPlanTests",
      dependencies: [
        "Quantization", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors", "KernelTestSupport", "TestSupport",
        "ModelTestSupport", "AllocationCounter",
      ]),
    .testTarget(
      name: "ONNXTests",
      dependencies: [
        "Formats", "Quantization", "Passes", "Architectures", "Models", "CPU", "IR", "Tensors", "TestSupport",
        "ModelTestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
    .testTarget(name: "VideoTests", dependencies: ["Video", "Preprocessing", "Tensors"]),
    .testTarget(
      name: "ZooTests",
      dependencies: [
        "Zoo", "Formats", "Architectures", "Models", "IR", "Preprocessing", "Tensors", "TestSupport",
        "ModelTestSupport",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Training", "Quantization", "Passes", "Architectures", "Models", "Video", "Preprocessing", "CPU", "IR",
        "Tensors",
        "TestSupport", "ModelTestSupport", "KernelTestSupport", "RankTestSupport",
      ]),
    .testTarget(
      name: "ReportsTests",
      dependencies: [
        "Reports", "Training", "Quantization", "Passes", "Architectures", "Models", "Preprocessing", "CPU", "IR",
        "Tensors",
        "TestSupport",
        "ModelTestSupport", "PageTestSupport",
      ]),
    .testTarget(
      name: "VideoAcceleratorTests",
      dependencies: [
        "VideoAccelerator", "Reports", "Zoo", "Training", "Autotune", "Quantization", "Passes", "Architectures",
        "Video",
        "Models", "Preprocessing", "CPU", "IR", "Tensors", "TestSupport", "ModelTestSupport", "PageTestSupport",
        "RankTestSupport",
      ]),
    .testTarget(
      name: "ServingTests",
      dependencies: ["Serving", "VideoAccelerator", "Zoo", "Video", "CPU", "Tensors", "TestSupport"]),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "Server", "Serving", "Tensors", "TestSupport", serverProduct("Metrics", package: "swift-metrics"),
        serverProduct("Hummingbird", package: "hummingbird"),
      ]),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "accelerator", "VideoAccelerator", "Zoo", "Training", "Autotune", "Passes", "Architectures", "Formats", "Video",
        "Models",
        "Preprocessing", "CPU", "IR", "Tensors", "TestSupport", "ModelTestSupport",
      ]),
  ],
  swiftLanguageModes: [.v6]
)
