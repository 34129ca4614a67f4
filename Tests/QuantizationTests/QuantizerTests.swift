import PassTestSupport
import Models
@testable import Passes
@testable import Quantization
import IR
import CPU
import Architectures
import TestSupport
import Tensors
import Testing

/// Quantizing networks after training.
@Suite struct QuantizerTests {
  /// What was calibrated on pixels, or on a part of their range, would be wrong about all videos.
  @Test(
    arguments: [
      (0, 255, "holds numbers from 0.0 to 255.0, but this model's clips are normalized, -2.0 to 2.4"),
      (-3.9, 2, "holds numbers from -3.9 to 2.0"),
      (0, 1, "hold numbers from 0 to 1, but this model's clips are normalized"),
      (-2.3, 2.6, nil), (0.2, 0.6, nil), (-2, 2.4, nil),
    ] as [(Float, Float, String?)])
  func clipsOutsideTheInputsRangeAreRefused(_ low: Float, _ high: Float, _ problem: String?) throws {
    let values = (0..<64).map { low + (high - low) * Float($0) / 63 }
    let clips = Calibration(
      clips: [.init(name: "clip", inputs: [Tensor(values, shape: [1, 1, 1, 8, 8])])], inputRange: -2...2.444)
    do {
      try clips.checkRange(with: [])
      #expect(problem == nil)
    } catch {
      #expect(problem.map { "\(error)".contains($0) } == true && "\(error)".contains("calibrate on videos"), "\(error)")
    }
  }

  @Test func aSmallX3DInIntegersIsNearItsOriginalOnOtherClips() throws {
    let deployed = try QuantizedX3D.deployed(Quantizer(observer: .mse, equalizes: true, comparedClips: 6))
    let report = deployed.report
    let others = try #require(report.others)
    #expect(report.calibration.decibels > 12 && report.calibration.decibels < 60)
    #expect(others.decibels > 12 && others.decibels < 60)
    #expect(report.values.allSatisfy { $0.calibrationDecibels > 12 && $0.otherDecibels.map { $0 > 12 } == true })
    // Squeeze-excite, which has bytes for weights, and the mean of the logits alone are in floating point.
    #expect(report.floatLayers.map(\.operation) == ["mean"])
    #expect(
      deployed.model.weights.values.filter { $0.elementType == .int8 }.allSatisfy { tensor in
        tensor.elements(as: Int8.self).allSatisfy { $0 >= -127 }
      })
  }

  @Test func theChoiceIsTheNearestOfWhatWasTried() throws {
    let report = try QuantizedX3D.deployed(Quantizer(comparedClips: 3)).report
    #expect(report.attempts.trials.count == 4)
    let best = try #require(report.attempts.trials.max { $0.decibels < $1.decibels })
    #expect(best.observer == report.attempts.observer && best.isEqualized == report.attempts.isEqualized)
    #expect(report.text.contains("tried") && report.text.contains("in floating point"))
    #expect(report.json["trials"]?[3]?["equalised"] == true)
    #expect(report.json["calibration"]?["clips"] == 3)
  }

  @Test func equalisedProgramsComputeTheSame() throws {
    let program = try Transmuter(target: .host).transmuted(
      Model(name: "small", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()))
    let points = QuantizationPoints(program.graph)
    let pairs = Equalization.pairs(in: program.graph, points)
    // The stem, and each block's first convolution.
    #expect(
      pairs.count == 1
        + program.graph.nodes.count { ($0.operation as? Operations.Depthwise)?.window.kernel == [3, 3, 3] })
    let equalized = try Equalization.equalized(program, points) { name in
      name == program.graph[pairs[0].producer.results[0]].name ? nil : (0..<200).map { Float($0 % 7) }
    }
    #expect(equalized.weights != program.weights)
    let clip = QuantizedX3D.others[0].inputs
    let (before, after) = (
      try Interpreter(program.graph, weights: program.weights).run(clip)[0],
      try Interpreter(program.graph, weights: equalized.weights).run(clip)[0]
    )
    #expect(relativeError(after, before) < 1e-5)
  }

  @Test func correctedBiasesKeepTheMeansOfChannels() throws {
    let example = try Example("means", shape: [4, 6, 3, 9, 8]) { x in
      Conv3d(6, 8, kernel: [1, 1, 1])(x, name: "conv")
    }
    let error = { (correctsBias: Bool) -> Double in
      let deployed = try QuantizedX3D.quantized(
        example, Quantizer(observer: .minMax, equalizes: false, correctsBias: correctsBias))
      let found = try deployed.integers(example.input).elements(as: Float.self)
      let expected = try deployed.reals(example.input).elements(as: Float.self)
      // [N, 8, …]: the mean over clips and positions of each channel.
      let plane = found.count / 32
      var sum = 0.0
      for channel in 0..<8 {
        var total = 0.0
        for clip in 0..<4 {
          let first = (clip * 8 + channel) * plane
          for index in first..<first + plane { total += Double(found[index] - expected[index]) }
        }
        sum += total * total
      }
      return sum
    }
    let (with, without) = (try error(true), try error(false))
    #expect(with < without / 2)
  }

  /// Counts, indices and masks stay what they are: only real numbers become bytes.
  @Test func valuesThatAreNoRealNumbersAreNotQuantized() throws {
    let example = try Example("integers between", shape: [2, 4, 3, 6, 5]) { x in
      let count = Conv3d(4, 8, kernel: [1, 1, 1])(x, name: "conv").applying(Operations.Cast(to: .int64))
      let both = SymbolicTensor.concatenated([count.permuted(0, 1, 2, 3, 4), count], axis: 1)
      return both.applying(Operations.Cast(to: .float32)).mean(axes: [2, 3, 4])
    }
    let model = try QuantizedX3D.quantized(example)
    let points = try #require(model.model.quantization).points(in: model.model.graph)
    #expect(points.nodes.count == 1)
    let exact = try model.integers(example.input)
    let plan = try Plan(
      model.model.graph, weights: model.model.weights, inputShapes: [example.input.shape],
      quantization: model.model.quantization)
    #expect(try Session(plan).run(example.input)[0] == exact)
  }

  @Test func channelsOfZerosAndLargeBiasesStayExact() throws {
    let weight = Tensor([0, 0, 0, 1e-12, -1e-12, 0, 2, -1, 0.5, 0, 0, 0] as [Float], shape: [4, 3])
    let bias: [Double] = [0.75, 3, -0.5, 0]
    let layer = LayerWeights(weight, bias: bias, inputScale: 0.05)
    let scales = layer.scales.elements(as: Float.self)
    #expect(scales.allSatisfy { QuantizationTable.isSensible(scale: $0) })
    let found = try #require(layer.bias).elements(as: Int32.self)
    for (channel, bias) in bias.enumerated() {
      let real = Double(found[channel]) * Double(0.05 * scales[channel])
      #expect(abs(real - bias) <= abs(bias) * 1e-6 + Double(scales[channel]) * 0.03)
      #expect(abs(Int(found[channel])) <= 1 << 30)
    }
    #expect(layer.weight.elements(as: Int8.self).suffix(6).prefix(3) == [127, -64, 32])
  }

  @Test func weightsInTheReducedRangeHaveSevenBitsAndScalesToMatch() throws {
    let weight = Tensor([0.4, -1, 0.25, 126, 63, -6] as [Float], shape: [2, 3])
    let layer = LayerWeights(weight, bias: [0.1, -3], inputScale: 0.5, range: .reduced)
    #expect(layer.weight.elements(as: Int8.self) == [25, -63, 16, 63, 32, -3])
    #expect(layer.scales.elements(as: Float.self) == [Float(1) / 63, 2])
    #expect(layer.bias?.elements(as: Int32.self) == [13, -3])
    let model = try QuantizedX3D.deployed(Quantizer(observer: .mse, equalizes: false, weightRange: .reduced))
    let table = try #require(model.model.quantization)
    for (id, _) in try table.points(in: model.model.graph).weights {
      let bytes = try #require(model.model.weights[model.model.graph[id].name]).elements(as: Int8.self)
      #expect(bytes.allSatisfy { abs(Int($0)) <= 63 })
    }
    #expect(model.report.headline[0].contains("weights in 7 bits"))
    #expect(model.report.json["weight_bits"] == 7)
    #expect(try #require(model.report.others).decibels > 10)
  }

  @Test func numbersThatAreNoneAreNamedByClipAndLayer() throws {
    var damaged = QuantizedX3D.clips.elements(as: Float.self)
    damaged[4 * 3 * 4 * 32 * 32 + 5] = .nan
    let clips = Calibration(clips: Tensor(damaged, shape: QuantizedX3D.clips.shape), name: "walk.npy")
    let error = try #require(
      thrown(QuantizationError.self) {
        try Transmuter(target: .host).deploy(
          Model(name: "test", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()),
          quantizedBy: Quantizer(), calibration: clips)
      })
    #expect(error == .notFinite(clip: "walk.npy 4", layer: "the input clip"))
    let held = try #require(
      thrown(QuantizationError.self) {
        try Transmuter(target: .host).deploy(
          Model(name: "test", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()),
          quantizedBy: Quantizer(),
          calibration: Calibration(clips: QuantizedX3D.clips), others: clips.clips)
      })
    #expect(held == error)

    var weights = try QuantizedX3D.weights.get()
    let path = "blocks.1.res_blocks.0.branch2.conv_a.weight"
    weights[path] = weights[path].map { Tensor($0.elements(as: Float.self).map { $0 * 1e38 }, shape: $0.shape) }
    let overflow = try #require(
      thrown(QuantizationError.self) {
        try Transmuter(target: .host).deploy(
          Model(name: "test", graph: QuantizedX3D.graph(), weights: weights), quantizedBy: Quantizer(),
          calibration: Calibration(clips: QuantizedX3D.clips))
      })
    #expect("\(overflow)".contains("clip 0 gives NaN or infinity in pointwise blocks.1.res_blocks.0.branch2.conv_a"))
  }

  @Test func clipsThatDoNotFitAreNamed() throws {
    let deploy = { (calibration: Calibration) in
      try Transmuter(target: .host).deploy(
        Model(name: "test", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()), quantizedBy: Quantizer(),
        calibration: calibration)
    }
    #expect(thrown(QuantizationError.self) { try deploy(Calibration(clips: [])) } == .noClips)
    let mixed =
      Calibration.clips(of: QuantizedX3D.clips, name: "a")
      + Calibration.clips(of: Tensor(zeros: [1, 3, 4, 64, 64]), name: "b")
    #expect(
      thrown(QuantizationError.self) { try deploy(Calibration(clips: mixed)) }
        == .shape(clip: "b", expected: [[1, 3, 4, 32, 32]], found: [[1, 3, 4, 64, 64]]))
    #expect(thrown(GraphError.self) { try deploy(Calibration(clips: Tensor(zeros: [1, 2, 4, 32, 32]))) } != nil)
    #expect(
      thrown(TransmuterError.self) {
        try Transmuter(target: .host).deploy(
          Model(name: "test", graph: QuantizedX3D.graph(), weights: QuantizedX3D.weights.get()), precision: .int8)
      } == .needsCalibration)
  }

  @Test func operationsWithoutAFormInIntegersAreIslands() throws {
    let example = try Example("islands", shape: [2, 4, 3, 6, 6]) { x in
      let a = Conv3d(4, 6, kernel: [1, 1, 1])(x, name: "a")
      let b = Conv3d(6, 6, kernel: [1, 1, 1])(a.applying(Operations.Activation(.gelu)), name: "b")
      return b.applying(Operations.Softmax(axis: 1))
    }
    let deployed = try QuantizedX3D.quantized(example)
    let report = deployed.report
    #expect(report.floatLayers.map(\.reason).contains("gelu has no form in integers"))
    #expect(report.floatLayers.map(\.reason).contains("softmax has no form in integers"))
    let (found, expected) = (try deployed.integers(example.input), try deployed.reals(example.input))
    #expect(relativeError(found, expected) < 0.05)
  }
}
