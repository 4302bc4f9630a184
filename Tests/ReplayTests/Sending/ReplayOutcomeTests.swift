import HTTPTransport
import Messaging
import Testing

@testable import Replay

@Suite("A gateway's answers to a replay")
struct ReplayOutcomeTests {
    @Test(
        "The counts are read from our own format, or from the header beside a provider's own format",
        arguments: [
            (#"{"accepted":2,"duplicates":1,"rejected":[{},{}]}"#, nil, ReplayCounts(accepted: 2, duplicates: 1, rejected: 2)),
            ("<Response/>", "accepted=3, duplicates=4, rejected=5", ReplayCounts(accepted: 3, duplicates: 4, rejected: 5)),
            (#"{"accepted":0,"duplicates":1,"differing":2}"#, nil, ReplayCounts(duplicates: 1, differing: 2)),
            ("<Response/>", "accepted=0, duplicates=1, rejected=0, differing=2", ReplayCounts(duplicates: 1, differing: 2)),
            ("<Response/>", "rejected=5,accepted=x, more=1", ReplayCounts(rejected: 5)), ("<Response/>", nil, ReplayCounts()),
            ("", nil, ReplayCounts()),
        ])
    func counts(body: String, header: String?, counts: ReplayCounts) {
        let headers = header.map { [HTTPField(DeliveryOutcome.header, $0)] } ?? []
        #expect(ReplayOutcome(IncomingResponse(status: 200, headers: headers, body: Array(body.utf8))) == .taken(counts))
    }
}
