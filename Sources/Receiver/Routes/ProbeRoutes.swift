import Hummingbird
import JSON
import Journal

/// `/healthz` and `/readyz`.
struct ProbeRoutes: Sendable {
    let journal: Journal

    func add(to router: Router<BasicRequestContext>) {
        router.get("healthz") { _, _ in Response(status: .ok, contentType: "application/json", body: #"{"status":"ok"}"#) }
        router.get("readyz") { _, _ in await self.readiness() }
    }

    private func readiness() async -> Response {
        let readiness = await journal.readiness()
        var writer = JSONWriter()
        writer.object { reply in
            reply.member("status", readiness.isReady ? "ready" : "not ready")
            reply.key("journal")
            reply.object { journal in
                journal.member("writable", readiness.failure == nil)
                journal.member("failure", ifPresent: readiness.failure)
                if let space = readiness.freeSpace { journal.member("free_bytes", space) }
                journal.member("space_low", readiness.isSpaceLow)
            }
        }
        return Response(status: readiness.isReady ? .ok : .serviceUnavailable, json: writer)
    }
}
