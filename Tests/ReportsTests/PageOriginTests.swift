import Foundation
import Testing

@testable import Reports

/// What the foot of a page says of how it came to be.
@Suite struct PageOriginTests {
  @Test func theCommandIsWhatAShellTakes() {
    let origin = PageOrigin(arguments: ["/opt/bin/accelerator", "classify", "a b.mp4", "it's", "", "--top=3"])
    #expect(origin.command == "accelerator classify 'a b.mp4' 'it'\\''s' '' --top=3")
    #expect(PageOrigin().command == nil)
    #expect(PageOrigin(threads: 1, processor: "P", isa: .avx2).machine == "P, avx2, 1 thread")
    #expect(PageOrigin(date: Date(timeIntervalSince1970: 0)).dateText == "1970-01-01 00:00 UTC")
  }
}
