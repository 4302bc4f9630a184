import HTTPTypes
import Hummingbird
import Journal
import Messaging

/// `GET /events`: the stored events as server-sent events, for operators.
struct EventRoutes: Sendable {
    let journal: Journal
    let pages: EventPages
    let streams: EventStreams
    let door: OperatorDoor
    let known: StreamRequest.Known

    func add(to router: Router<BasicRequestContext>) {
        router.get("events", use: answeringProblems(door.admitting(open)))
    }

    static let contentType = "text/event-stream"

    @Sendable private func open(_ request: Request, _ context: BasicRequestContext, _ reader: Operator) async throws -> Response {
        let asked = try StreamRequest(
            target: request.head.path ?? "", lastEventIDs: HTTPField.Name("Last-Event-ID").map { request.headers[values: $0] } ?? [], known)
        let place = try streams.place()
        // Read the position before the answer begins, so that everything stored after that is sent.
        let end = try await pages.end()
        let stream = EventStream(
            start: asked.position ?? end, filter: asked.filter, pages: pages, journal: journal, streams: streams, place: place,
            reader: reader, isAdmitted: { [door] in door.stillAdmits(reader) }, logger: context.logger)
        var headers: HTTPFields = [.contentType: Self.contentType, .cacheControl: "no-store"]
        // nginx would otherwise hold events back until its buffer is full.
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return Response(status: .ok, headers: headers, body: ResponseBody { try await stream.send(to: $0, of: request) })
    }
}
