import Foundation
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("A journal's files while they are open")
struct OpenFilesTests {
    private let rig: TemporaryJournal
    private let files = FileManager.default

    init() throws { rig = try TemporaryJournal() }

    @Test(
        "Nothing is acknowledged once one of the files was removed, moved or replaced", arguments: ["", "-wal", "-shm"],
        ["removed", "replaced"])
    func gone(_ suffix: String, _ what: String) async throws {
        try await rig.accept(.message("m-1"))
        try files.removeItem(atPath: rig.path + suffix)
        if what == "replaced" { try Data().write(to: URL(fileURLWithPath: rig.path + suffix)) }
        let error = await error { try await rig.accept(.message("m-2")) }
        #expect(error?.code == .unavailable)
        #expect(error?.reason.contains("\(rig.path)\(suffix) was removed, moved or replaced") == true)
        let readiness = await rig.journal.readiness()
        #expect(!readiness.isReady)
        #expect(readiness.failure?.contains("was removed, moved or replaced") == true)
    }

    @Test("A file that is moved away and back continues with everything that was stored")
    func back() async throws {
        try await rig.accept(.message("m-1"))
        try files.moveItem(atPath: rig.path, toPath: rig.path + ".away")
        #expect(await error { try await rig.accept(.message("m-2")) }?.code == .unavailable)
        try files.moveItem(atPath: rig.path + ".away", toPath: rig.path)
        #expect(try await rig.accept(.message("m-2")) == Receipt(accepted: 1))
        #expect(await rig.journal.readiness().isReady)
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("A link that leads to another file counts as replaced")
    func link() async throws {
        let (real, link) = ("\(rig.folder.path)/real.sqlite", "\(rig.folder.path)/link.sqlite")
        try Data().write(to: URL(fileURLWithPath: real))
        try files.createSymbolicLink(atPath: link, withDestinationPath: real)
        let journal = try Journal(.init(path: link, minimumFreeSpace: 0), logger: .silent)
        defer { try? journal.close() }
        #expect(await journal.readiness().isReady)
        try files.removeItem(atPath: link)
        try files.createSymbolicLink(atPath: link, withDestinationPath: rig.path)
        #expect(await journal.readiness().failure?.contains("link.sqlite was removed, moved or replaced") == true)
    }
}
