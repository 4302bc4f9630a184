import Foundation
import Journal
import Logging
import Testing

@testable import SwitchboardApp

@Suite("Lines about sessions among repeated lines")
struct SessionLogLineLimitTests {
    @Test("Every line about a session is written, however many occur in a minute; other lines are limited")
    func unlimited() throws {
        try TemporaryFolder.with { folder in
            let path = folder + "/log"
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let file = try #require(FileHandle(forWritingAtPath: path))
            var settings = Settings.Log()
            settings.format = .text
            let log = StandardErrorLog(settings, descriptor: file.fileDescriptor)
            let logger = Logger(label: "test") { _ in log }
            let count = 3 * RepetitionLimit.most
            for number in 0..<count {
                for change in SessionLogLine.Change.allCases {
                    logger.info("\(change.sentence)", metadata: ["session.id": "\(number)"])
                }
                logger.info("request refused", metadata: ["http.status": "401"])
            }
            log.flush()
            try file.close()
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count { $0.contains("session.id") } == count * SessionLogLine.Change.allCases.count)
            #expect(lines.count { $0.contains("request refused") && !$0.contains("left out") } == RepetitionLimit.most)
        }
    }
}
