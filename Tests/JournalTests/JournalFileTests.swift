import Foundation
import Journal
import Logging
import Messaging
import Testing

@Suite("The journal's files")
struct JournalFileTests {
    @Test("Nobody but their owner may read them, in a folder that all may enter", arguments: [true, false])
    func permissions(isNew: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "journal.sqlite").path
        if !isNew { #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o644])) }
        let journal = try Journal(.init(path: path), logger: Logger(label: "test"))
        _ = try await journal.start(StartRequest(phone: ReceivedPhone("+919876543210", region: "IN"), channel: .chat))
        for file in [path, "\(path)-wal", "\(path)-shm"] {
            #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600, "\(file)")
        }
        try journal.close()
    }
}
