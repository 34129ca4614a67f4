import Foundation
import TestSupport
import Tensors
import Testing

@testable import Training

/// Lists of files: those of Kinetics and of UCF101.
@Suite struct ListTests {
  /// A folder with the files `a.mp4`, `b c.mp4`, `d,e.mp4` and a list.
  private func withList<Result>(_ text: String, _ body: (_ list: String, _ folder: String) throws -> Result) throws
    -> Result
  {
    try withTemporaryFolder { folder in
      for name in ["a.mp4", "b c.mp4", "d,e.mp4"] { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/list.csv"))
      return try body("\(folder)/list.csv", folder)
    }
  }

  private func entries(_ set: DataSet, _ folder: String) -> [String] {
    set.samples.map { "\($0.path.dropFirst(folder.count + 1)) \(set.classes[$0.label])" }
  }

  @Test(arguments: [
    "a.mp4 0\nb c.mp4 2\nd,e.mp4 1\n",
    "a.mp4,0\nb c.mp4,2\nd,e.mp4,1",
    "# videos\r\n\r\na.mp4 0\r\n  b c.mp4\t2  \r\nd,e.mp4 1\r\n",
    "\u{FEFF}a.mp4, 0\n\"b c.mp4\", 2\n\"d,e.mp4\",1\n",
    "d,e.mp4 1\na.mp4 0\nb c.mp4 2\n",
    "path,label\na.mp4,0\nb c.mp4,2\n\"d,e.mp4\",1\n",
    "label;video_path\r\n0;a.mp4\r\n2;b c.mp4\r\n1;d,e.mp4\r\n",
    "a.mp4;0\nb c.mp4;2\nd,e.mp4;1\n",
    "a.mp4\t0\nb c.mp4\t2\nd,e.mp4\t1\n",
    ",path,label\n0,a.mp4,0\n1,b c.mp4,2\n2,\"d,e.mp4\",1\n",
    "Unnamed: 0,Path,duration,Label\n0,a.mp4,2.5,0.0\n1,b c.mp4,1,2.0\n2,\"d,e.mp4\",,1.0\n",
    "0,a.mp4,0\n1,b c.mp4,2\n2,\"d,e.mp4\",1\n",
    "\"path\",\"label\"\n\"a.mp4\",\"0\"\n\"b c.mp4\",\"2\"\n\"d,e.mp4\",\"1\"\n",
    ".\\a.mp4,0\n.\\b c.mp4,2\n\".\\d,e.mp4\",1\n",
    "a.mp4 0\rb c.mp4 2\rd,e.mp4 1\r",
    "path,what is seen,label\na.mp4,\"two\nlines, \"\"quoted\"\"\",0\nb c.mp4,one,2\n\"d,e.mp4\",\"a\n\nb\",1\n",
  ])
  func pathsAndNumbers(text: String) throws {
    try withList(text) { list, folder in
      let set = try DataSet(list: list)
      #expect(set.classes == ["0", "1", "2"] && set.warnings.isEmpty)
      let found = entries(set, folder).map { $0.hasPrefix("./") ? String($0.dropFirst(2)) : $0 }
      #expect(found.sorted() == ["a.mp4 0", "b c.mp4 2", "d,e.mp4 1"])
    }
  }

  @Test func pathsAndNames() throws {
    try withList("a.mp4,riding a bike\nb c.mp4,archery\nd,e.mp4,riding a bike\n") { list, folder in
      let set = try DataSet(list: list)
      #expect(set.classes == ["archery", "riding a bike"])
      #expect(entries(set, folder) == ["a.mp4 riding a bike", "b c.mp4 archery", "d,e.mp4 riding a bike"])
      let known = try DataSet(list: list, classes: ["riding a bike", "swimming", "archery"])
      #expect(known.samples.map(\.label) == [0, 2, 0])
      #expect(known.warnings == ["\(list) has no video of class \"swimming\""])
      let error = thrown(DataSetError.self) { try DataSet(list: list, classes: ["swimming", "riding a bike"]) }
      #expect(error == .unknownClass(list: list, line: 2, name: "archery", known: ["swimming", "riding a bike"]))
    }
  }

  @Test func numbersMayBeThoseOfKnownClasses() throws {
    try withList("a.mp4 1\nb c.mp4 0\n") { list, folder in
      let set = try DataSet(list: list, classes: ["x", "y"])
      #expect(entries(set, folder) == ["a.mp4 y", "b c.mp4 x"])
    }
  }

  @Test func wrongLinesAreNamed() throws {
    let cases: [(text: String, classes: [String]?, sentence: String)] = [
      ("a.mp4 0\nb.mp4\n", nil, "list.csv, line 2: expected a path and a label with a space between"),
      ("a.mp4,0\n\nb c.mp4 1\n", nil, "list.csv, line 3: expected a path and a label with a comma between"),
      ("a.mp4 0\nb c.mp4 -1\n", nil, "list.csv, line 2: label -1 is not 0 to 99999"),
      ("a.mp4 0\nb c.mp4 4000000000\n", nil, "list.csv, line 2: label 4000000000 is not 0 to 99999"),
      ("a.mp4 0\nb c.mp4 2\n", ["x", "y"], "list.csv, line 2: label 2 is not 0 to 1"),
      ("a.mp4 0\nb c.mp4 one\n", nil, "list.csv, line 2: the label \"one\" is not a number, as those before it"),
      ("a.mp4 0\nz.mp4 1\ny.mp4 1\n", nil, "line 2: there is no file"),
      ("# nothing\n", nil, "lists no videos"),
      ("a.mp4 3\nb c.mp4 3\n", nil, "videos of one class alone, \"3\""),
      ("", nil, "lists no videos"), ("path,label\n", nil, "lists no videos"),
      ("a.mp4 0\nb\u{0}c.mp4 1\n", nil, "list.csv, line 2: this line has control characters"),
      (
        "label,youtube_id,time_start,time_end,split\narchery,---QUuC4vJs,84,94,validate\n", nil,
        "published with, of times in videos on the web: what is expected here is a line for each file"
      ),
      ("youtube_id,time_start,time_end,split\n---QUuC4vJs,84,94,test\n", nil, "what is expected here"),
      (
        "name,label\na.mp4,0\n", nil,
        "line 1: this names columns, of which none is called \"path\": \"name\", \"label\""
      ),
      ("path,kind\na.mp4,0\n", nil, "line 1: this names columns, of which none is called \"label\""),
      ("id,path,label\n0,a.mp4,0\n1,d,e.mp4,1\n", nil, "line 3: 4 columns, not 3 as the first line"),
      ("path,label\na.mp4,0\n\"b c.mp4,1\n", nil, "line 3: a quotation mark is not closed"),
      ("vidéo,klasse\na.mp4,0\nb c.mp4,1\n", nil, "line 1: there is no file"),
      ("vidéo,klasse\na.mp4,0\nb c.mp4,1\n", nil, "vidéo; if these are names of columns"),
      ("0,a.mp4\n1,b c.mp4\n", nil, "/0; these are 2 columns: a first line that names them"),
      ("a.mp4,0,train\nb c.mp4,1,train\n", nil, "/a.mp4,0; these are 3 columns: a first line that names them"),
    ]
    for (text, classes, sentence) in cases {
      try withList(text) { list, _ in
        let error = thrown(DataSetError.self) { try DataSet(list: list, classes: classes) }
        #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
      }
    }
    let missing = thrown(FileError.self) { try DataSet(list: "/no/such/list.csv") }
    #expect(missing?.path == "/no/such/list.csv")
  }

  @Test func missingFilesMayBeLeftOut() throws {
    try withList("a.mp4 0\nz.mp4 1\nb c.mp4 1\ny.mp4 1\n") { list, folder in
      let error = thrown(DataSetError.self) { try DataSet(list: list) }
      #expect(error == .missingFiles(list: list, line: 2, path: "\(folder)/z.mp4", count: 2, of: 4))
      let set = try DataSet(list: list, leavesOutMissing: true)
      #expect(entries(set, folder) == ["a.mp4 0", "b c.mp4 1"])
      #expect(set.warnings == ["\(list): 2 of 4 files are missing, such as \(folder)/z.mp4"])
    }
  }

  @Test func namesOfAnyBytesAndQuotationMarksAreFound() throws {
    try withTemporaryFolder { folder in
      let latin = Array("caf".utf8) + [0xE9] + Array(".mp4".utf8)
      for name in [PathText.text(of: latin), "say \"hi\".mp4", "back\\slash.mp4"] {
        try AtomicFile.write(to: "\(folder)/\(name)") { try $0.append([1]) }
      }
      let list = "\(folder)/list.csv"
      try AtomicFile.write(to: list) {
        try $0.append(latin + Array(",0\n\"say \"\"hi\"\".mp4\",1\nback\\slash.mp4,1\n".utf8))
      }
      #expect(try DataSet(list: list).samples.map(\.label) == [0, 1, 1])
      for bytes in [[0xFF, 0xFE, 0x61, 0, 0x0A, 0], [0x61, 0, 0x0A, 0], [0, 0x61, 0, 0x2C]] as [[UInt8]] {
        try AtomicFile.write(to: list) { try $0.append(bytes) }
        let error = thrown(DataSetError.self) { try DataSet(list: list) }
        #expect(error?.description.contains("UTF-16") == true, "\(bytes)")
      }
    }
  }

  @Test func linesThatRepeatAFileAreTold() throws {
    try withList("a.mp4 0\nb c.mp4 1\na.mp4 0\n") { list, folder in
      let set = try DataSet(list: list)
      #expect(entries(set, folder) == ["a.mp4 0", "b c.mp4 1"])
      #expect(
        set.warnings == [
          "\(list): 1 line repeats an earlier one (line 3 is the last of them): each video is taken once"
        ])
    }
  }

  @Test func listsOfUCF101() throws {
    try withTemporaryFolder { folder in
      for name in ["Archery/v_1.avi", "Archery/v_2.avi", "Biking/v_1.avi", "Biking/v_2.avi"] {
        let url = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: url)
      }
      func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
      }
      _ = try write("classInd.txt", "1 Archery\r\n2 Biking\r\n")
      let train = try write("trainlist01.txt", "Archery/v_1.avi 1\r\nBiking/v_1.avi 2\r\n")
      let test = try write("testlist01.txt", "Archery/v_2.avi\r\nBiking/v_2.avi\r\n")
      let split = try DataSplit(at: train, validation: test)
      #expect(split.training.classes == ["Archery", "Biking"] && split.validation.classes == ["Archery", "Biking"])
      #expect(entries(split.training, folder) == ["Archery/v_1.avi Archery", "Biking/v_1.avi Biking"])
      #expect(entries(split.validation, folder) == ["Archery/v_2.avi Archery", "Biking/v_2.avi Biking"])
      for (text, sentence) in [
        ("Archery/v_1.avi 3\n", "line 1: label 3 is not 1 to 2"),
        ("Archery/v_1.avi 2\n", "line 1: label 2 is \"Biking\", but the file is in the folder of \"Archery\""),
        ("Archery/v_1.avi 1\nRowing/v_1.avi\n", "line 2: there is no class \"Rowing\""),
        ("v_1.avi 1\n", "line 1: expected a class's folder"),
        ("Archery/v_9.avi 1\n", "line 1: there is no file"),
      ] {
        let list = try write("wrong.txt", text)
        let error = thrown(DataSetError.self) { try DataSet(ucf101List: list) }
        #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
      }
      for text in ["Archery\n", "2 Archery\n", "1 Archery\n1 Biking\n", "1 Archery\n2 Archery\n", ""] {
        let index = try write("otherInd.txt", text)
        #expect(thrown(DataSetError.self) { try DataSet(ucf101List: train, classIndex: index) } != nil)
      }
    }
  }

  /// Whatever bytes there are: a set or a typed error.
  @Test func damagedListsNeverCrash() throws {
    let lists = [
      "label,youtube_id,time_start\n", "a.mp4 0\nb c.mp4 2\nd,e.mp4 1\n", "a.mp4,riding a bike\n\"b c.mp4\",archery\n",
      "1 Archery\n2 Biking\n3 Rowing\n", "Archery/v_1.avi 1\nBiking/v_1.avi 2\nRowing/v_1.avi 3\n",
    ].map { Array($0.utf8) }
    var generator = SeededGenerator(seed: 5)
    let index = try TextList(path: "index", bytes: lists[3])
    var outcomes = 0
    for round in 0..<4000 {
      let bytes: [UInt8] =
        round % 3 == 0
        ? (0..<Int.random(in: 0...80, using: &generator)).map { _ in .random(in: 0 ... .max, using: &generator) }
        : lists[round % lists.count].mutated(using: &generator)
      do {
        let text = try TextList(path: "list", bytes: bytes)
        outcomes += 1
        _ = try? DataSet.kinetics(text, root: "/", classes: nil, leavesOutMissing: true)
        _ = try? DataSet.kinetics(text, root: "/", classes: ["a", "b"], leavesOutMissing: false)
        _ = try? DataSet.ucf101(text, index: index, root: "/", leavesOutMissing: true)
        _ = try? DataSet.ucf101(index, index: text, root: "/", leavesOutMissing: true)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    #expect(outcomes > 500)
  }
}
