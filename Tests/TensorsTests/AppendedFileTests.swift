import Foundation
import TestSupport
import Testing

@testable import Tensors

/// Files that grow at their end.
@Suite struct AppendedFileTests {
  @Test func bytesComeAfterThoseThatAreThere() throws {
    try withFile([1, 2, 3]) { path in
      let file = try AppendedFile(path: path)
      try file.append([4])
      try file.synchronize()
      #expect(try contents(path) == [1, 2, 3, 4])
    }
  }

  @Test func afterACutBytesComeAtTheNewEnd() throws {
    try withFile([1, 2, 3]) { path in
      let file = try AppendedFile(path: path)
      try file.truncate(to: 1)
      try file.append([9])
      #expect(try contents(path) == [1, 9])
    }
  }

  @Test func aLockLastsAsLongAsItsObject() throws {
    try withFile([]) { path in
      let first = try AppendedFile(path: path)
      let isLocked = try first.lock()
      let other = try AppendedFile(path: path)
      let isLockedTwice = try other.lock()
      #expect(isLocked && !isLockedTwice)
      close(first)
      let isLockedLater = try other.lock()
      #expect(isLockedLater)
    }
  }

  private func close(_ file: consuming AppendedFile) {}
}
