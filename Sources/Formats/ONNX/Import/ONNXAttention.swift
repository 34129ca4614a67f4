import IR
import Tensors

extension ONNXOperators {
  /// Attention, which operator sets before 23 spell out.
  static var attention: [ONNXImportRow] { [ONNXImportRow("Attention", all: { try $0.attention() })] }
}

extension ONNXImportedNode {
  /// The number of scores that a causal mask is made for.
  private static let mostMasked = 1 << 24

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
    let past = try has(4) ? type(4).shape[2].value : 0
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
      scores = try add(Operations.Binary(.add), scores, causalMask(of: scores, past: past))
    }
    stages.append(scores)
    scores = try add(Operations.Softmax(axis: 3), scores)
    stages.append(scores)
    let mode = integer("qk_matmul_output_mode", default: 0)
    guard stages.indices.contains(mode) else { throw ONNXRefusal("it has no output of scores \(mode)") }

    var result = try add(Operations.MatMul(), scores, value)
    if rank == 3 {
      let columns = try length(1, of: result) * length(3, of: result)
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
    guard own > 0, wanted % own == 0 else { throw ONNXRefusal("\(wanted) heads cannot share \(own)") }
    let indices = (0..<wanted).map { $0 * own / wanted }
    return try add(Operations.Gather(axis: 1), x, .integers(indices))
  }

  /// Returns the mask as numbers that are added: of Booleans, −∞ where it is false.
  private func mask() throws -> ONNXValue {
    guard try type(3).elementType == .bool else { return try cast(input(3), to: .float32) }
    return try add(Operations.Select(), input(3), .number(0), .number(-.infinity))
  }

  /// Returns −∞ where a key is later than its query, whose first one follows those of the past.
  private func causalMask(of scores: ONNXValue, past: Int?) throws -> ONNXValue {
    guard let past else { throw ONNXRefusal("the number of past keys is not known: give the inputs' shapes") }
    let (queries, keys) = try (length(2, of: scores), length(3, of: scores))
    guard queries <= Self.mostMasked, keys <= Self.mostMasked, queries * keys <= Self.mostMasked else {
      throw ONNXRefusal("\(queries) · \(keys) scores are too many to mask")
    }
    let mask = (0..<queries).flatMap { query in
      (0..<keys).map { $0 <= query + past ? Float(0) : -.infinity }
    }
    return .tensor(Tensor(mask, shape: [queries, keys]), name: nil)
  }

  private func length(_ axis: Int, of x: ONNXValue) throws -> Int {
    guard let length = try type(of: x).shape[axis].value else {
      throw ONNXRefusal("the length of axis \(axis) is not known: give the inputs' shapes")
    }
    return length
  }
}
