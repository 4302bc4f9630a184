import JSON
import Journal
import Testing

@Suite("Probes")
struct ProbeTests {
    @Test("A gateway that can take deliveries is healthy and ready")
    func ready() async throws {
        let rig = try TestReceiver()
        #expect(try await rig.send("GET", "/healthz").description == #"200 {"status":"ok"}"#)
        let answer = try await rig.send("GET", "/readyz")
        #expect(answer.status == 200)
        #expect(answer.json?["status"].string == "ready")
        #expect(answer.json?["journal"]["writable"].bool == true)
    }

    @Test("A gateway whose disk is nearly full is healthy and not ready")
    func spaceIsLow() async throws {
        let rig = try TestReceiver(minimumFreeSpace: .max)
        #expect(try await rig.send("GET", "/healthz").status == 200)
        let answer = try await rig.send("GET", "/readyz")
        #expect(answer.status == 503)
        #expect(answer.json?["journal"]["space_low"].bool == true)
    }

    @Test("A gateway whose journal is closed is healthy and not ready")
    func closed() async throws {
        let rig = try TestReceiver()
        try rig.journal.close()
        #expect(try await rig.send("GET", "/healthz").status == 200)
        let answer = try await rig.send("GET", "/readyz")
        #expect(answer.status == 503)
        #expect(answer.json?["journal"]["writable"].bool == false)
    }
}
