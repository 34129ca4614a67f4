import Tensors

extension Reference {
  /// Returns a function of the elements along some axes.
  ///
  /// - Parameters:
  ///   - x: A tensor of numbers.
  ///   - function: The function. Sums of floating-point numbers are in double precision.
  ///   - axes: The axes, which are kept with length 1.
  /// - Returns: A tensor of x's element type.
  public static func reduce(_ x: Tensor, _ function: ReductionFunction, axes: [Int]) -> Tensor {
    func reduced<Element: Number>(as _: Element.Type) -> Tensor {
      let kept = x.shape.indices.filter { !axes.contains($0) }
      // The reduced axes last, so that each result is made of a run of elements.
      let runs = permute(widened(x), order: kept + axes)
      let count = product(axes.map { x.shape[$0] })
      let shape = x.shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
      return runs.withUnsafeElements(as: Element.self) { values in
        let results = (0..<product(shape)).map { function(values[$0 * count..<($0 + 1) * count]) }
        return cast(Tensor(results, shape: shape), to: x.elementType)
      }
    }
    return x.elementType == .float32 ? reduced(as: Float.self) : reduced(as: x.elementType.number)
  }

  /// Returns the index of the largest or smallest element along an axis, which is kept with length 1.
  ///
  /// - Parameters:
  ///   - x: A tensor of numbers, not empty along the axis.
  ///   - axis: The axis.
  ///   - selectsLargest: Whether the largest element is looked for.
  ///   - selectsLast: Whether the last one of several is taken.
  /// - Returns: Indices as `int64`.
  public static func extremeIndex(_ x: Tensor, axis: Int, selectsLargest: Bool, selectsLast: Bool) -> Tensor {
    func indices<Element: Number>(as _: Element.Type) -> Tensor {
      var shape = x.shape
      shape[axis] = 1
      var results: [Int64] = []
      forEachLine(widened(x), axis: axis) { (line: [Element]) in
        var best = 0
        for (index, value) in line.enumerated() {
          let isBetter = selectsLargest ? value > line[best] : value < line[best]
          if isBetter || selectsLast && value == line[best] { best = index }
        }
        results.append(Int64(best))
      }
      return Tensor(results, shape: shape)
    }
    return indices(as: x.elementType.number)
  }

  /// Returns the largest or smallest elements along an axis in order, and their indices; of equal ones the first comes
  /// first, and NaN is larger than all numbers.
  ///
  /// - Parameters:
  ///   - x: A tensor of numbers.
  ///   - count: How many, at most the axis's length.
  ///   - axis: The axis.
  ///   - selectsLargest: Whether the largest elements are selected.
  /// - Returns: The elements, and their indices as `int64`.
  public static func top(
    _ x: Tensor, count: Int, axis: Int, selectsLargest: Bool
  ) -> (values: Tensor, indices: Tensor) {
    func selected<Element: Number>(as _: Element.Type) -> (values: Tensor, indices: Tensor) {
      var shape = x.shape
      shape[axis] = count
      var (values, indices): ([Element], [Int64]) = ([], [])
      forEachLine(widened(x), axis: axis) { (line: [Element]) in
        let order = line.indices.sorted { first, second in
          let (a, b) = (line[first], line[second])
          if a == b || (a != a && b != b) { return first < second }
          let isLarger = a != a || a > b
          return isLarger == selectsLargest
        }
        values += order.prefix(count).map { line[$0] }
        indices += order.prefix(count).map { Int64($0) }
      }
      // A line's results follow each other; they belong along the axis.
      let inner = x.shape.indices.filter { $0 != axis } + [axis]
      let back = x.shape.indices.map { axis == $0 ? x.rank - 1 : $0 < axis ? $0 : $0 - 1 }
      let lines = inner.map { shape[$0] }
      return (
        cast(permute(Tensor(values, shape: lines), order: back), to: x.elementType),
        permute(Tensor(indices, shape: lines), order: back)
      )
    }
    return selected(as: x.elementType.number)
  }

  /// Returns the sums of the elements along an axis up to each of them.
  ///
  /// - Parameters:
  ///   - x: A tensor of numbers.
  ///   - axis: The axis.
  ///   - excludesOwn: Whether a sum ends before its own element.
  ///   - isReversed: Whether sums begin at the axis's end.
  public static func cumulativeSum(_ x: Tensor, axis: Int, excludesOwn: Bool, isReversed: Bool) -> Tensor {
    func sums<Element: Number>(as _: Element.Type) -> Tensor {
      var y = widened(x)
      let (length, inner) = (x.shape[axis], product(x.shape[(axis + 1)...]))
      y.withUnsafeMutableElements(as: Element.self) { y in
        for line in 0..<(length == 0 ? 0 : y.count / length) {
          let first = line / inner * length * inner + line % inner
          var sum: Element.Sum = 0
          for step in 0..<length {
            let index = first + (isReversed ? length - 1 - step : step) * inner
            let next = Element.Sum.value(.add, sum, y[index].term)
            y[index] = Element(sum: excludesOwn ? sum : next)
            sum = next
          }
        }
      }
      return cast(y, to: x.elementType)
    }
    return sums(as: x.elementType.number)
  }

  /// Calls `body` with the elements of each line along an axis.
  private static func forEachLine<Element: TensorElement>(_ x: Tensor, axis: Int, _ body: ([Element]) -> Void) {
    let (outer, length, inner) = (product(x.shape[..<axis]), x.shape[axis], product(x.shape[(axis + 1)...]))
    x.withUnsafeElements(as: Element.self) { x in
      for outer in 0..<outer {
        for column in 0..<inner { body((0..<length).map { x[(outer * length + $0) * inner + column] }) }
      }
    }
  }
}
