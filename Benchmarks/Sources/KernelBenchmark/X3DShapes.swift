import ArgumentParser
import IR

/// The networks of the X3D family whose layers are timed.
enum X3DSize: String, ExpressibleByArgument, CaseIterable {
  case xs, s, m
}

/// The layer shapes of an X3D network (Feichtenhofer 2020, tables 1 and 4).
struct X3DShapes {
  /// One residual stage; its first block halves height and width.
  struct Stage {
    var name: String
    var inputs: Int
    var middle: Int
    var outputs: Int
    /// Height and width before and after.
    var sideBefore: Int
    var side: Int
  }

  let frames: Int
  let side: Int
  /// Height and width after the stem.
  let stemSide: Int
  let stages: [Stage]

  init(_ size: X3DSize, side: Int? = nil) {
    let (frames, crop) =
      switch size {
      case .xs: (4, 160)
      case .s: (13, 160)
      case .m: (16, 224)
      }
    self.frames = frames
    self.side = side ?? crop
    stemSide = (self.side + 1) / 2
    var before = stemSide
    var inputs = 24
    stages = [("res2", 54, 24), ("res3", 108, 48), ("res4", 216, 96), ("res5", 432, 192)].map { name, middle, outputs in
      let stage = Stage(
        name: name, inputs: inputs, middle: middle, outputs: outputs, sideBefore: before, side: (before + 1) / 2)
      (before, inputs) = (stage.side, outputs)
      return stage
    }
  }
}

/// A depthwise layer in a streaming step: the newest frame and those before it, which states hold, give one frame.
struct StreamedWindow {
  let name: String
  let channels: Int
  /// `[T, H, W]`, where T is the window's length.
  var size: [Int]
  var window: Window

  /// The layers of a network, the stem's first.
  static func all(_ network: X3DShapes) -> [StreamedWindow] {
    let stem = StreamedWindow(
      name: "stem", channels: 24, size: [5, network.stemSide, network.stemSide], window: Window(kernel: [5, 1, 1]))
    return [stem]
      + network.stages.flatMap { stage in
        [(stage.sideBefore, 2), (stage.side, 1)].map { side, stride in
          StreamedWindow(
            name: stride == 2 ? "\(stage.name).0" : stage.name, channels: stage.middle, size: [3, side, side],
            window: Window(kernel: [3, 3, 3], stride: [1, stride, stride], padding: [0, 1, 1]))
        }
      }
  }
}
