// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "VideoAccelerator",
  products: [
    .library(name: "VideoAccelerator", targets: ["Tensors", "Preprocessing", "Video"])
  ],
  traits: [
    .trait(name: "FFmpeg", description: "Decode and encode video files with the system's FFmpeg libraries (Linux)."),
    .default(enabledTraits: ["FFmpeg"]),
  ],
  targets: [
    .target(name: "Tensors"),
    .target(name: "Preprocessing", dependencies: ["Tensors"]),
    .target(
      name: "Video",
      dependencies: [
        "Preprocessing", "Tensors",
        .target(name: "CFFmpeg", condition: .when(platforms: [.linux], traits: ["FFmpeg"])),
      ],
      swiftSettings: [.define("VIDEO_USES_FFMPEG", .when(platforms: [.linux], traits: ["FFmpeg"]))]
    ),
    .systemLibrary(
      name: "CFFmpeg", pkgConfig: "libavformat",
      providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]
    ),
    .testTarget(name: "PreprocessingTests", dependencies: ["Preprocessing", "Tensors"]),
    .testTarget(name: "VideoTests", dependencies: ["Video", "Preprocessing", "Tensors"]),
  ],
  swiftLanguageModes: [.v6]
)
