import JSON
import Journal
import Messaging
import Receiver
import Testing

@Suite("Probes")
struct ProbeTests {
    @Test("A gateway that can accept deliveries is healthy and ready")
    func ready() async throws {
        let rig = try TestReceiver()
        #expect(try await rig.send("GET", "/healthz").description == #"200 {"status":"ok"}"#)
        let answer = try await rig.send("GET", "/readyz")
        #expect(answer.status == 200)
        #expect(answer.json?["status"].string == "ready" && answer.json?["read_only"].bool == false)
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

    @Test("A database that refuses a call is reachable; one that does not answer is not", arguments: [true, false])
    func refused(isRefused: Bool) async throws {
        let status = PersistenceStatus(
            outboxDepth: 1, oldestUnsynced: nil, failure: "x", isRefused: isRefused, lastError: nil, carriedRows: 0, refusedRows: 0,
            failedCalls: 1)
        let sync = try await TestReceiver(persistence: { status }).send("GET", "/readyz").json?["sync"]
        #expect(sync?["reachable"].bool == isRefused && sync?["refused"].bool == isRefused)
    }

    @Test("Whether the database is reachable is null until a call was answered or failed, and has no metric until then")
    func unknown() async throws {
        let status = PersistenceStatus(
            outboxDepth: 0, oldestUnsynced: nil, isKnown: false, failure: nil, lastError: nil, carriedRows: 0, refusedRows: 0,
            failedCalls: 0)
        let rig = try TestReceiver(persistence: { status })
        let answer = try await rig.send("GET", "/readyz")
        #expect(answer.status == 200)
        #expect(answer.json?["sync"]["reachable"].kind == .null && answer.json?["sync"]["refused"].kind == .null)
        let page = try await rig.send("GET", "/metrics").description
        #expect(page.contains("switchboard_outbox_depth") && !page.contains("switchboard_sync_reachable"))
        #expect(!page.contains("switchboard_sync_refused "))
    }

    @Test("Metrics and the probe agree about the database", arguments: [true, false])
    func agreement(isRefused: Bool) async throws {
        let status = PersistenceStatus(
            outboxDepth: 1, oldestUnsynced: nil, failure: "x", isRefused: isRefused, lastError: nil, carriedRows: 0, refusedRows: 0,
            failedCalls: 1)
        let page = try await TestReceiver(persistence: { status }).send("GET", "/metrics").description
        let value = isRefused ? 1 : 0
        #expect(page.contains("switchboard_sync_reachable \(value)\n") && page.contains("switchboard_sync_refused \(value)\n"))
    }

    @Test("Only an operator sees the reason why something is not ready")
    func words() async throws {
        let status = PersistenceStatus(
            outboxDepth: 3, oldestUnsynced: nil, failure: "at db.example.com as postgres",
            lastError: ("at db.example.com as postgres", .now),
            carriedRows: 0, refusedRows: 0, failedCalls: 1)
        let rig = try TestReceiver(operators: OperatorTokens([("ops", [Secret("a-token-of-an-operator")])]), persistence: { status })
        try rig.journal.close()
        let shown = try await rig.send("GET", "/readyz")
        #expect(shown.json?["sync"]["reachable"].bool == false && shown.json?["sync"]["outbox_depth"].int == 3)
        #expect(shown.json?["journal"]["writable"].bool == false && shown.json?["journal"]["failure"].kind != .string)
        #expect(!shown.description.contains("db.example.com"))
        for wrong in ["Bearer a-token-of-nobody", "Bearer ", "a-token-of-an-operator"] {
            let answer = try await rig.send("GET", "/readyz", headers: [Delivery.Header("authorization", wrong)])
            #expect(answer.status == 503 && !answer.description.contains("db.example.com") && !answer.description.contains("failure"))
        }
        let told = try await rig.send("GET", "/readyz", headers: [Delivery.Header("authorization", "Bearer a-token-of-an-operator")])
        #expect(told.json?["sync"]["last_error"].string == "at db.example.com as postgres")
        #expect(told.json?["journal"]["failure"].string != nil && told.status == 503)
    }
}
