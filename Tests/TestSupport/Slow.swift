import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Left out by `scripts/test --fast`: takes seconds, and what it guards seldom breaks alone.
  package static var slow: Self {
    .disabled(
      if: ProcessInfo.processInfo.environment["ACCELERATOR_TEST_FAST"] != nil, "slow: left out by scripts/test --fast")
  }
}
