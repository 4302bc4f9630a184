import Relay
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("The log lines about batches")
struct SyncLogTests {
    @Test("Counts are logged as numbers, so that the JSON log has them without quotes")
    func numbers() {
        let recorder = LogRecorder()
        let log = SyncLog(logger: recorder.logger)
        let batch = IngestBatch(id: "b", items: [])
        log.attempt(batch, 2)
        log.saved(batch, stored: 0)
        log.failed(CallFailure(.retry, code: "unreachable", message: "no"), batch, attempt: 2, isNews: true)
        #expect(recorder.lines.map { $0.metadata["sync.rows"] } == ["0", "0", "0"])
        #expect(recorder.numericKeys == ["sync.rows", "sync.attempt", "sync.stored"])
    }
}
