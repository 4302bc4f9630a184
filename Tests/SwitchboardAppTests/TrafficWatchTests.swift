import Foundation
import Logging
import Messaging
import Receiver
import Testing

@testable import SwitchboardApp

@Suite("The file of the accounts' traffic")
struct TrafficWatchTests {
    @Test(
        "The file is in the journal's folder, and its name does not begin with the journal's",
        arguments: [
            ("/var/lib/switchboard/journal.sqlite", "/var/lib/switchboard/account-traffic.journal.sqlite.json"),
            ("/data/a b.db", "/data/account-traffic.a b.db.json"),
        ])
    func name(journal: String, file: String) {
        #expect(TrafficWatch.file(besideJournal: journal) == file)
    }

    @Test("An unreadable file does not keep the gateway from starting: the traffic is learned anew")
    func unreadable() throws {
        try TemporaryFolder.with { folder in
            let file = TrafficWatch.file(besideJournal: "\(folder)/journal.sqlite")
            try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: false)
            let watch = TrafficWatch(
                besideJournal: "\(folder)/journal.sqlite", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(watch.traffic.encoded(at: .now) == AccountTraffic().encoded(at: .now))
        }
    }
}
