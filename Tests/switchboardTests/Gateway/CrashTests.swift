import AdapterConformance
import Foundation
import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("A gateway that is killed")
struct CrashTests {
    @Test("After being killed 20 times under load it has every acknowledged message once, and accepts the others again")
    func killedUnderLoad() async throws {
        try await GatewayFolder.with { folder in
            var acknowledged: Set<String> = []
            var random = SeededGenerator()
            for round in 1...20 {
                let gateway = try await folder.start()
                try check(acknowledged, in: folder.journal)
                let senders = Senders("wamid.\(round)")
                // The kill comes at a random moment of the writer's work, while the requests of the other senders are in progress.
                let last = Int.random(in: 1...150, using: &random)
                await senders.run(8, to: try GatewayClient(gateway)) { count in
                    if count == last { gateway.send(signal: SIGKILL) }
                }
                try await gateway.kill9()
                let result = senders.result
                #expect(result.statuses == [], "a request was refused rather than cut off")
                acknowledged.formUnion(result.acknowledged)
                try await sendAgain(result.refusedBodies, in: folder)
                acknowledged.formUnion(result.refused)
            }
            #expect(try folder.journal.messageIDs() == acknowledged.sorted())
            #expect(try folder.journal.halves() == [])
        }
    }

    /// Checks that every acknowledged message is stored, and that nothing is stored twice or incompletely.
    private func check(_ acknowledged: Set<String>, in journal: JournalFile) throws {
        let stored = try journal.messageIDs()
        #expect(acknowledged.subtracting(stored) == [])
        #expect(Set(stored).count == stored.count)
        #expect(try journal.integrity() == ["ok"])
        #expect(try journal.halves() == [])
    }

    /// Sends unanswered webhooks again, as a provider does. Some were stored before the process was killed; none may count twice.
    private func sendAgain(_ bodies: [String], in folder: GatewayFolder) async throws {
        let gateway = try await folder.start()
        let client = try GatewayClient(gateway)
        for body in bodies {
            let reply = try await client.deliver(body)
            #expect(reply.status == 200)
            #expect(reply.accepted + reply.duplicates == 1)
        }
        try await gateway.kill9()
    }
}
