import HTTPTypes
import Hummingbird
import JSON
import Journal
import Logging
import Messaging
import NIOHTTP1

/// An error as its sender sees it: `application/problem+json` (RFC 9457).
public struct Problem: Error {
    let status: HTTPResponse.Status
    let detail: String
    /// The detail as a log may show it.
    let logged: String
    let errors: ListedErrors
    /// Beside Content-Type: `Retry-After`, `Allow`, …
    let headers: HTTPFields
    /// By which the answer and the log's line are known as one refusal; nil where there is no line.
    private(set) var requestID: String?
    /// Whether what could not be decided is neither the sender's fault nor this gateway's.
    private var isOfTheDatabase = false

    init(
        _ status: HTTPResponse.Status, detail: String, errors: [PayloadError] = [], retryAfter: Int? = nil, headers: HTTPFields = [:]
    ) {
        self.init(status, detail: detail, listing: ListedErrors(errors), retryAfter: retryAfter, headers: headers)
    }

    /// Fields that are missing or wrong.
    init(_ errors: [PayloadError]) { self.init(ListedErrors(errors)) }

    /// As many of them as an answer lists.
    init(_ errors: ListedErrors) { self.init(.unprocessableContent, detail: errors.sentence, logged: errors.logged, listing: errors) }

    private init(
        _ status: HTTPResponse.Status, detail: String, logged: String? = nil, listing errors: ListedErrors = ListedErrors([PayloadError]()),
        retryAfter: Int? = nil, headers: HTTPFields = [:]
    ) {
        self.status = status
        self.detail = detail
        self.logged = logged ?? detail
        self.errors = errors
        var headers = headers
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        self.headers = headers
    }

    /// What an error of any layer is to the sender; nothing of an unknown one is told. `isQuestion` where the request would have stored nothing.
    init(_ error: any Error, isQuestion: Bool = false) {
        switch error {
        case let problem as Problem: self = problem
        case let error as AuthenticationError: self.init(.unauthorized, detail: error.description)
        case let error as PayloadError: self.init(error)
        case let error as JournalError:
            let cause = error.code == .undecided ? error.reason : isQuestion ? "the journal is \(error.code)" : "\(error.code)"
            let detail = isQuestion ? "\(cause): ask again later" : "nothing was stored (\(cause)); send it again"
            self.init(.serviceUnavailable, detail: detail, retryAfter: 5)
            isOfTheDatabase = error.code == .undecided
        case let error as any HTTPResponseError where error.status == .contentTooLarge:
            self.init(.contentTooLarge, detail: "the body is larger than this gateway takes")
        case is BodyTooLate: self.init(.requestTimeout, detail: "the body did not come in time")
        case HTTPParserError.invalidEOFState: self.init(.badRequest, detail: "the request ended before it was complete")
        case HTTPParserError.headerOverflow:
            self.init(.requestHeaderFieldsTooLarge, detail: "the headers are larger than this gateway takes")
        case is HTTPParserError: self.init(.badRequest, detail: "the request is not HTTP/1.1 as RFC 9112 has it")
        case let error as HTTPError: self.init(error.status, detail: error.body ?? error.status.reasonPhrase)
        default: self.init(.internalServerError, detail: "the gateway failed; its log says why")
        }
    }

    private init(_ error: PayloadError) {
        switch error.code {
        case .field: self.init([error])
        case .tooMany: self.init(.contentTooLarge, detail: error.description, logged: error.logged)
        case .mediaType: self.init(.unsupportedMediaType, detail: error.description, logged: error.logged)
        default: self.init(.badRequest, detail: error.description, logged: error.logged)
        }
    }

    /// Whether a request is refused for this by the gate, which answers, counts and logs it, whatever a route makes of it.
    static func isOfTheGate(_ error: any Error) -> Bool { error is HTTPParserError || error is BodyTooLate }

    static let contentType = "application/problem+json"

    var response: Response { answer.response }

    var answer: Answer {
        var headers = headers
        if let requestID, let name = HTTPField.Name("X-Request-Id") { headers[name] = requestID }
        return Answer(status: status, json: json, contentType: Problem.contentType, headers: headers)
    }

    private var json: JSONWriter {
        var writer = JSONWriter()
        writer.object { problem in
            problem.member("type", "about:blank")
            problem.member("title", status.reasonPhrase)
            problem.member("status", status.code)
            problem.member("detail", detail)
            if !errors.isEmpty { errors.write(as: "errors", to: &problem) }
        }
        return writer
    }

    /// How loud the log says it: an error where it is ours, a warning where it is the database's, nothing by default where somebody sends more than is taken, which a metric counts.
    var logLevel: Logger.Level {
        if isOfTheDatabase { return .warning }
        if status == .tooManyRequests || status == .serviceUnavailable && headers[.retryAfter] == Problem.soon { return .debug }
        return status.code >= 500 ? .error : .info
    }

    /// The problem of one request, which its answer and its line in the log name alike; a new name where the request has none yet.
    func identified(as id: String? = nil) -> Problem {
        var problem = self
        problem.requestID = id ?? "\(RequestID())"
        return problem
    }

    /// Says in the log that a request was refused, and why. `route` is the route rather than the path, in which anybody may write anything.
    func log(_ error: any Error, route: String, from caller: IPAddress?, to logger: Logger) {
        log(["http.route": "\(route)", "error": "\(loggable(error, as: self))"], from: caller, to: logger)
    }

    /// Says it of a request that no route saw.
    func log(method: String?, from caller: IPAddress?, to logger: Logger) {
        log(["http.method": "\(method ?? "-")", "error": "\(detail)"], from: caller, to: logger)
    }

    private func log(_ what: Logger.Metadata, from caller: IPAddress?, to logger: Logger) {
        guard logger.logLevel <= logLevel else { return }
        var metadata = what
        metadata["http.status"] = "\(status.code)"
        metadata["client.address"] = caller.map { "\($0)" }
        metadata["hb.request.id"] = requestID.map { "\($0)" }
        logger.log(level: logLevel, "request refused", metadata: metadata)
    }

    /// The `Retry-After` of what is refused for its amount alone.
    private static let soon = "1"
}

typealias RouteAction = @Sendable (Request, BasicRequestContext) async throws -> Response

/// The action with every error it throws answered as a problem, of which `note` is told. Connections that break are left to the server.
func answeringProblems(noting note: @escaping @Sendable (Problem) -> Void = { _ in }, _ action: @escaping RouteAction) -> RouteAction {
    { request, context in
        do {
            return try await action(request, context)
        } catch let error where error is CancellationError {
            throw error
        } catch let error where Problem.isOfTheGate(error) {
            let problem = Problem(error)
            note(problem)
            return problem.response
        } catch {
            let problem = Problem(error, isQuestion: request.method == .get || request.method == .head).identified(as: context.id)
            note(problem)
            problem.log(error, route: context.endpointPath ?? "", from: Caller.current?.address(request.headers), to: context.logger)
            return problem.response
        }
    }
}

/// What an error says of itself in a log. What was sent is told by its problem, which shows no names that the sender made up; an error of ours
/// says more than its answer does.
private func loggable(_ error: any Error, as problem: Problem) -> String {
    error is Problem || error is PayloadError ? problem.logged : "\(error)"
}
