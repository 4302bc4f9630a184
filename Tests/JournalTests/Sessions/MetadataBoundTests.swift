import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("The size limit of a session's metadata")
struct MetadataBoundTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private func member(_ name: String, _ length: Int) -> String { #"{"\#(name)":"\#(String(repeating: "x", count: length))"}"# }

    @Test("Metadata that are merged repeatedly stay within the limit, and a refused patch changes nothing", arguments: [false, true])
    func accumulates(isReopened: Bool) async throws {
        var rig = self.rig
        let session = try await rig.start("+919876543210", metadata: "{}")
        var refused = 0
        for number in 0..<40 {
            if isReopened, number == 20 { rig = try rig.reopened() }
            rig.clock.advance(by: .seconds(1))
            let before = try await rig.session(session.id)
            let outcome = try await rig.outcome("+919876543210", metadata: member("k\(number)", 1000))
            guard outcome == .metadataFull else { continue }
            refused += 1
            #expect(try await rig.session(session.id) == before)
        }
        #expect(refused == 24)
        #expect(try await rig.session(session.id).metadata.utf8.count <= StartRequest.metadataLimit)
    }

    @Test("A patch that replaces members, or makes them shorter, is accepted however full the metadata are")
    func replaced() async throws {
        try await rig.start("+919876543210", metadata: member("a", 16_000))
        #expect(try await rig.outcome("+919876543210", metadata: member("b", 1000)) == .metadataFull)
        try await rig.start("+919876543210", metadata: member("a", 16_100))
        let session = try await rig.start("+919876543210", metadata: #"{"a":null,"b":1}"#)
        #expect(session.metadata == #"{"b":1}"#)
        try await rig.start("+919876543210", metadata: member("c", 16_000))
    }

    @Test("A session whose metadata exceed the limit accepts a start without metadata")
    func former() async throws {
        let session = try await rig.start("+919876543210", metadata: "{}")
        try rig.execute("UPDATE sessions SET metadata = '\(member("a", 50_000))'")
        #expect(try await rig.start("+919876543210").id == session.id)
        #expect(try await rig.outcome("+919876543210", metadata: #"{"b":1}"#) == .metadataFull)
        #expect(try await rig.start("+919876543210", metadata: #"{"a":1}"#).metadata == #"{"a":1}"#)
    }
}
