import Tensors
import TestSupport
import Testing

@Suite struct JSONTests {
  @Test(
    "values parse",
    arguments: [
      ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", .number(-0.0)), ("-12", -12),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1.5e3", 1500.0), ("1E-2", 0.01), ("2.0", 2.0),
      ("\"\"", ""), ("\"a\\u00e9\\n\\/\"", "aé\n/"), ("\"\\ud83d\\ude00\"", "😀"), ("[ ]", []), ("[1,[2]]", [1, [2]]),
      ("{}", [:]), ("{\"a\" : 1, \"b\":{\"c\":null}}", ["a": 1, "b": ["c": nil]]), ("\"\\u0000\"", "\0"),
    ] as [(String, JSON)])
  func parses(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: Array(text.utf8), path: "f") == expected)
  }

  @Test(
    "malformed texts are refused at the right byte",
    arguments: [
      ("", 0), ("  ", 2), ("nul", 0), ("01", 0), ("-", 0), ("+1", 0), (".5", 0), ("1.", 2), ("1e", 2), ("1e999", 0),
      ("NaN", 0), ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("{", 1), ("{a:1}", 1), ("{\"a\" 1}", 5), ("{\"a\":1,}", 7),
      ("{\"a\":1,\"a\":2}", 7), ("\"abc", 0), ("\"\\x\"", 1), ("\"\\u12g4\"", 5), ("\"\\ud800\"", 1),
      ("\"\\ud800\\u0041\"", 1), ("\"\\udc00\"", 1), ("\"a\nb\"", 2), ("1 2", 2), ("// x\n1", 0), ("'a'", 0),
    ])
  func refuses(text: String, offset: Int) {
    let error = thrown(FormatError.self) { try JSON(parsing: Array(text.utf8), path: "f.json", start: 100) }
    #expect(error?.offset == 100 + offset, "\(String(describing: error))")
  }

  @Test(
    "bytes that are not UTF-8 are refused", arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xEF, 0xBB]])
  func refusesInvalidUTF8(bytes: [UInt8]) {
    #expect(throws: FormatError.self) { try JSON(parsing: bytes, path: "f") }
  }

  @Test func nestingIsAllowedUpToTheLimit() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSON(parsing: nested(JSON.depthLimit), path: "f")
    #expect(throws: FormatError.self) { try JSON(parsing: nested(JSON.depthLimit + 1), path: "f") }
    #expect(throws: FormatError.self) { try JSON(parsing: nested(1_000_000), path: "f") }
  }

  @Test("written text parses to the same value", arguments: [false, true])
  func roundTrips(pretty: Bool) throws {
    let value: JSON = [
      "zebra": [
        1, -2, 0.1, 1e20, .number(.leastNonzeroMagnitude), 1.0, .integer(.min), .number(-0.0),
        .number(.greatestFiniteMagnitude),
      ],
      "apple": ["q\"\\\n\r\t\u{1}\u{7F}é😀/", nil, true, false, [], [:]], "": "",
    ]
    let parsed = try JSON(parsing: Array(value.text(pretty: pretty).utf8), path: "f")
    #expect(parsed == value)
    guard case .object(let object) = parsed else { return #expect(Bool(false), "not an object") }
    #expect(object.keys == ["zebra", "apple", ""])
  }

  @Test func aMutatedTextParsesToWhatItWritesOrIsRefused() throws {
    let text = Array(#"{"a":[1,-2.5e-3,true,null,"é\u00e9\n"],"b":{"c":[],"d":{}},"e":123456789012345678901}"#.utf8)
    var generator = SeededGenerator(seed: 5)
    var parsed = 0
    for _ in 0..<20000 {
      guard let value = try? JSON(parsing: text.mutated(using: &generator), path: "f") else { continue }
      parsed += 1
      if try JSON(parsing: Array(value.text().utf8), path: "f") != value { Issue.record("\(value.text())") }
    }
    #expect(parsed > 500)
  }

  @Test func writesCompactAndPrettyText() {
    let value: JSON = ["a": [1, 2.5], "b": [:], "c": .number(.infinity)]
    #expect(value.text() == #"{"a":[1,2.5],"b":{},"c":null}"#)
    #expect(value.text(pretty: true) == "{\n  \"a\": [\n    1,\n    2.5\n  ],\n  \"b\": {},\n  \"c\": null\n}")
  }

  @Test func errorsNameTheFileAndTheKeyPath() throws {
    let config = (["input": ["shape": [1, "x"], "rate": 2.5]] as JSON).document(path: "config.json")
    #expect(try config.required("input").required("rate").double() == 2.5)
    let wrong = thrown(FormatError.self) { try config.required("input").required("shape").ints() }
    #expect(wrong?.description == "config.json: \"input.shape[1]\" must be an integer, but is a string")
    let missing = thrown(FormatError.self) { try config.required("input").required("size") }
    #expect(missing?.description == "config.json: the key \"input.size\" is missing")
  }

  @Test func objectsKeepTheOrderOfKeysAndForgetRemovedOnes() {
    var object: JSONObject = ["b": 1, "a": 2]
    object["c"] = 3
    object["b"] = nil
    object["a"] = 4
    #expect(object.keys == ["a", "c"])
    #expect(object.map(\.value) == [4, 3])
    #expect(object == ["c": 3, "a": 4])
  }
}
