import IR
import Tensors

extension ONNXOperators {
  /// Attention, which operator sets before 23 spell out.
  static var attention: [ONNXImportRow] { [ONNXImportRow("Attention", all: { try $0.attention() })] }
}

extension ONNXImportedNode {
  /// More heads than any network has: keys that heads share are listed by their indices.
  private static let mostHeads = 1 << 16

  /// softmax(cap(Q · Kᵀ · scale) + mask) · V for each head.
  ///
  /// Values are `[N, head, position, channel]`, or `[N, position, head · channel]`. Its outputs are the result, keys and values
  /// with those of the past before them, and the scores at one of four places.
  fileprivate func attention() throws -> [ONNXValue] {
    let rank = try rank()
    guard try rank == 4 || rank == 3, try self.rank(1) == rank, try self.rank(2) == rank else {
      throw ONNXRefusal("queries, keys and values must have three axes each, or four")
    }
    guard !has(6) else { throw ONNXRefusal("lengths of keys in each clip are not supported") }
    var query = try heads(0, "q_num_heads")
    var (key, value) = try (heads(1, "kv_num_heads"), heads(2, "kv_num_heads"))
    for index in [4, 5] where has(index) {
      guard try self.rank(index) == 4 else { throw ONNXRefusal("past keys and values must have four axes") }
    }
    if has(4) { key = try concatenated([input(4), key], axis: 2) }
    if has(5) { value = try concatenated([input(5), value], axis: 2) }
    let present = [key, value]
    (key, value) = try (shared(key, with: query), shared(value, with: query))

    let width = try length(3, of: query)
    let scale = float("scale", default: 1 / Float(width).squareRoot())
    query = try add(Operations.Binary(.multiply), query, .number(scale))
    var scores = try add(Operations.MatMul(), query, add(Operations.Permute([0, 1, 3, 2]), key))
    var stages = [scores]
    let cap = float("softcap", default: 0)
    if cap > 0 {
      let bounded = try add(
        Operations.Activation(.tanh), add(Operations.Binary(.multiply), scores, .number(1 / cap)))
      scores = try add(Operations.Binary(.multiply), bounded, .number(cap))
    }
    stages.append(scores)
    if has(3) { scores = try add(Operations.Binary(.add), scores, mask()) }
    if flag("is_causal", default: false) {
      scores = try add(Operations.Binary(.add), scores, causalMask(of: scores))
    }
    stages.append(scores)
    scores = try add(Operations.Softmax(axis: 3), scores)
    stages.append(scores)
    let mode = integer("qk_matmul_output_mode", default: 0)
    guard stages.indices.contains(mode) else { throw ONNXRefusal("it has no output of scores \(mode)") }

    var result = try add(Operations.MatMul(), scores, value)
    if rank == 3 {
      let (columns, overflow) = try length(1, of: result).multipliedReportingOverflow(by: length(3, of: result))
      guard !overflow else { throw ONNXRefusal("its result is too large") }
      result = try reshaped(
        add(Operations.Permute([0, 2, 1, 3]), result), to: [.axis(0), .axis(1), .fixed(columns)])
    }
    return [result] + present + [stages[mode]]
  }

  /// Returns queries, keys or values as `[N, head, position, channel]`.
  private func heads(_ index: Int, _ attribute: String) throws -> ONNXValue {
    let x = try input(index)
    if try rank(index) == 4 { return x }
    let (count, width) = (integer(attribute, default: 0), try length(2, of: x))
    guard count > 0, width % count == 0 else {
      throw ONNXRefusal("\(width) channels cannot be split among \(count) heads")
    }
    let split = try reshaped(x, to: [.axis(0), .axis(1), .fixed(count), .fixed(width / count)])
    return try add(Operations.Permute([0, 2, 1, 3]), split)
  }

  /// Returns keys or values with a head for each of the queries', of which several in a row share one.
  private func shared(_ x: ONNXValue, with query: ONNXValue) throws -> ONNXValue {
    let (own, wanted) = try (length(1, of: x), length(1, of: query))
    if own == wanted { return x }
    guard own > 0, wanted % own == 0, wanted <= Self.mostHeads else {
      throw ONNXRefusal("\(wanted) heads cannot share \(own)")
    }
    let indices = (0..<wanted).map { $0 * own / wanted }
    return try add(Operations.Gather(axis: 1), x, .integers(indices))
  }

  /// Returns the mask as numbers that are added: of Booleans, −∞ where it is false.
  private func mask() throws -> ONNXValue {
    guard try type(3).elementType == .bool else { return try cast(input(3), to: .float32) }
    return try add(Operations.Select(), input(3), .number(0), .number(-.infinity))
  }

  /// Returns −∞ where a key is later than its query, whose first one follows those of the past.
  private func causalMask(of scores: ONNXValue) throws -> ONNXValue {
    var queries = try unsqueezed(positions(of: scores, axis: 2), axes: [1])
    if has(4) { queries = try add(Operations.Binary(.add), queries, length(of: input(4), axis: 2)) }
    let isSeen = try add(Operations.Binary(.lessOrEqual), positions(of: scores, axis: 3), queries)
    return try add(Operations.Select(), isSeen, .number(0), .number(-.infinity))
  }

  /// Returns 0, 1, 2 and so on, as many as an axis has elements.
  private func positions(of x: ONNXValue, axis: Int) throws -> ONNXValue {
    let number = { (value: Int64) in ONNXValue.tensor(Tensor([value], shape: []), name: nil) }
    return try add(Operations.IntegerRange(), [number(0), length(of: x, axis: axis), number(1)])
  }

  /// Returns the length of an axis as a number of the graph, which need not be known.
  private func length(of x: ONNXValue, axis: Int) throws -> ONNXValue {
    let part = try add(Operations.Slice(axis: 0, start: axis, end: axis + 1), add(Operations.Shape(), x))
    return try add(Operations.Reshape([]), part)
  }

  private func length(_ axis: Int, of x: ONNXValue) throws -> Int {
    guard let length = try type(of: x).shape[axis].value else {
      throw ONNXRefusal("the length of axis \(axis) is not known: give the inputs' shapes")
    }
    return length
  }
}
