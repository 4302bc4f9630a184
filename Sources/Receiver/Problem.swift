import HTTPTypes
import Hummingbird
import JSON
import Journal
import Logging
import Messaging
import NIOHTTP1

/// An error as the client receives it: `application/problem+json` (RFC 9457).
public struct Problem: Error {
    let status: HTTPResponse.Status
    /// What happened, to what, and what to do next.
    public let detail: String
    /// The detail in a form that may be logged.
    let logged: String
    let errors: ListedErrors
    /// Headers other than Content-Type: `Retry-After`, `Allow`, …
    let headers: HTTPFields
    /// The id that the answer and the log line share; nil if there is no log line.
    private(set) var requestID: String?
    /// Whether the shared database, which did not answer, is the cause, rather than the client or this gateway.
    private var isOfTheDatabase = false

    /// The problem for a status; `detail` says what happened and what to do, `errors` which fields are wrong.
    public init(
        _ status: HTTPResponse.Status, detail: String, errors: [PayloadError] = [], retryAfter: Int? = nil, headers: HTTPFields = [:]
    ) {
        self.init(status, detail: detail, listing: ListedErrors(errors), retryAfter: retryAfter, headers: headers)
    }

    /// The problem for fields that are missing or wrong.
    public init(_ errors: [PayloadError]) { self.init(ListedErrors(errors)) }

    /// The problem for wrong fields, of which it lists as many as an answer may.
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

    /// The problem for an error of any layer, without details of an unknown one. `isQuestion`: the request stores nothing.
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

    /// Whether `RequestGate` answers, counts and logs this error, so that a route's own answer to it is dropped.
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

    /// The log level: error for our own faults, warning for the database's, debug for floods, which a metric counts, else info.
    var logLevel: Logger.Level {
        if isOfTheDatabase { return .warning }
        if status == .tooManyRequests || status == .serviceUnavailable && headers[.retryAfter] == Problem.soon { return .debug }
        return status.code >= 500 ? .error : .info
    }

    /// The problem with the id of its request, which is in both the answer and the log line; a new id if the request has none.
    func identified(as id: String? = nil) -> Problem {
        var problem = self
        problem.requestID = id ?? "\(RequestID())"
        return problem
    }

    /// Logs that a request was refused, and why. `route` is the route, not the path, since a client can write anything into a path.
    func log(_ error: any Error, route: String, from caller: IPAddress?, to logger: Logger) {
        log(["http.route": "\(route)", "error": "\(loggable(error, as: self))"], from: caller, to: logger)
    }

    /// Logs the refusal of a request that reached no route.
    func log(method: String?, from caller: IPAddress?, to logger: Logger) {
        log(["http.method": "\(method ?? "-")", "error": "\(detail)"], from: caller, to: logger)
    }

    private func log(_ what: Logger.Metadata, from caller: IPAddress?, to logger: Logger) {
        guard logger.logLevel <= logLevel else { return }
        var metadata = what
        metadata["http.status"] = .stringConvertible(status.code)
        metadata["client.address"] = caller.map { "\($0)" }
        metadata["hb.request.id"] = requestID.map { "\($0)" }
        logger.log(level: logLevel, "request refused", metadata: metadata)
    }

    /// The `Retry-After` of requests that are refused only because there are too many.
    private static let soon = "1"
}

typealias RouteAction = @Sendable (Request, BasicRequestContext) async throws -> Response

/// An action that answers every error of `action` as a problem and passes the problem to `note`. Broken connections are left to the server.
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

/// The description of an error for the log. For a problem or an error in the payload this is the problem's own, which shows no names that
/// the sender chose; any other error says more than its answer does.
private func loggable(_ error: any Error, as problem: Problem) -> String {
    error is Problem || error is PayloadError ? problem.logged : "\(error)"
}
