import IR
import Tensors

extension Operations.Concat: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Concat") { node in
        try node.concatenated(node.allInputs(), axis: node.axis(default: 1, rank: node.rank()))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Concat", (0..<onnx.inputCount).map { onnx.input($0) }, attributes: ["axis": .int(axis)])]
  }
}

extension Operations.Reshape: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Reshape") { try $0.reshape() }] }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Reshape", $0, onnx.constant(shape, "shape")) }]
  }
}

extension Operations.Permute: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Transpose") { node in
        let order = try node.integers("perm") ?? Array((0..<node.rank()).reversed())
        return try node.add(Self(order), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Transpose", $0, attributes: ["perm": .ints(order)]) }]
  }
}

extension Operations.Slice: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Slice") { try $0.sliced() }] }

  func export(to onnx: ONNXNode) -> [String] {
    [
      onnx.moving(onnx.input(0)) {
        onnx(
          "Slice", $0, onnx.constant([start], "starts"), onnx.constant([end], "ends"), onnx.constant([axis], "axes"),
          onnx.constant([step], "steps"))
      }
    ]
  }
}

extension Operations.Pad: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Pad") { try $0.padded() }] }

  func export(to onnx: ONNXNode) -> [String] {
    let pads = onnx.constant(before + after, "pads")
    guard mode == .constant else {
      if mode == .wrap { onnx.requires(operatorSet: 19) }
      return [
        onnx.moving(onnx.input(0)) { onnx("Pad", $0, pads, attributes: ["mode": .string(mode.rawValue)]) }
      ]
    }
    return [onnx("Pad", onnx.input(0), pads, onnx.constant(value, of: onnx.type(0).elementType, "value"))]
  }
}

extension Operations.Expand: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Expand") { try $0.expanded($0.input(0), to: $0.input(1)) },
      ONNXImportRow("ConstantOfShape") { node in
        let value = try node.tensor("value") ?? Tensor([Float(0)], shape: [1])
        guard value.count == 1 else { throw ONNXRefusal("its value must be one number") }
        return try node.expanded(.tensor(value.reshaped(to: []), name: nil), to: node.input(0))
      },
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Expand", $0, onnx.constant(shape, "shape")) }]
  }
}

extension Operations.Tile: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Tile") { node in
        guard let repeats = try node.integers(1, "repeats") else { throw ONNXRefusal("it has no repeats") }
        return try node.add(Self(repeats: repeats), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("Tile", $0, onnx.constant(repeats, "repeats")) }]
  }
}

extension Operations.Split: ONNXOperation {
  static var importRows: [ONNXImportRow] { [ONNXImportRow("Split", all: { try $0.split() })] }

  func export(to onnx: ONNXNode) -> [String] {
    onnx(
      "Split", [onnx.input(0), onnx.constant(lengths, "split")], attributes: ["axis": .int(axis)],
      resultCount: lengths.count)
  }
}

extension Operations.Triangle: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("Trilu") { node in
        let diagonal = try node.integers(1, "k")?.first ?? 0
        return try node.add(Self(keepsUpper: node.flag("upper", default: true), diagonal: diagonal), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx("Trilu", onnx.input(0), onnx.constant(diagonal, "k"), attributes: ["upper": .flag(keepsUpper)])]
  }
}

extension Operations.DepthToSpace: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("DepthToSpace") { node in
        try node.add(
          Self(
            blockSize: node.integer("blocksize", default: 0),
            keepsChannelsTogether: node.string("mode", default: "DCR") == "CRD"), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    let mode = keepsChannelsTogether ? "CRD" : "DCR"
    return [
      onnx.moving(onnx.input(0)) {
        onnx("DepthToSpace", $0, attributes: ["blocksize": .int(blockSize), "mode": .string(mode)])
      }
    ]
  }
}

extension Operations.SpaceToDepth: ONNXOperation {
  static var importRows: [ONNXImportRow] {
    [
      ONNXImportRow("SpaceToDepth") { node in
        try node.add(Self(blockSize: node.integer("blocksize", default: 0)), node.input(0))
      }
    ]
  }

  func export(to onnx: ONNXNode) -> [String] {
    [onnx.moving(onnx.input(0)) { onnx("SpaceToDepth", $0, attributes: ["blocksize": .int(blockSize)]) }]
  }
}
