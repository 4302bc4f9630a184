import HTTPTypes
import Hummingbird
import JSON
import Journal
import Logging
import Messaging

/// An error as its sender sees it: `application/problem+json` (RFC 9457).
public struct Problem: Error {
    let status: HTTPResponse.Status
    let detail: String
    let errors: [PayloadError]
    let retryAfter: Int?

    init(_ status: HTTPResponse.Status, detail: String, errors: [PayloadError] = [], retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
    }

    /// Fields that are missing or wrong.
    init(_ errors: [PayloadError]) {
        self.init(.unprocessableContent, detail: errors.map(\.description).joined(separator: "; "), errors: errors)
    }

    /// What an error of any layer is to the sender; nothing of an unknown one is told.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as AuthenticationError: self.init(.unauthorized, detail: error.description)
        case let error as PayloadError: self.init(error)
        case let error as JournalError:
            self.init(.serviceUnavailable, detail: "nothing was stored (\(error.code)); send it again", retryAfter: 5)
        case let error as any HTTPResponseError where error.status == .contentTooLarge:
            self.init(.contentTooLarge, detail: "the body is larger than this gateway takes")
        case let error as HTTPError: self.init(error.status, detail: error.body ?? error.status.reasonPhrase)
        default: self.init(.internalServerError, detail: "the gateway failed; its log says why")
        }
    }

    private init(_ error: PayloadError) {
        switch error.code {
        case .field: self.init([error])
        case .mediaType: self.init(.unsupportedMediaType, detail: error.description)
        default: self.init(.badRequest, detail: error.description)
        }
    }

    var response: Response {
        var writer = JSONWriter()
        writer.object { problem in
            problem.member("type", "about:blank")
            problem.member("title", status.reasonPhrase)
            problem.member("status", status.code)
            problem.member("detail", detail)
            guard !errors.isEmpty else { return }
            problem.key("errors")
            problem.array { list in
                for error in errors {
                    list.object { members in
                        members.member("field", ifPresent: error.field)
                        members.member("reason", error.reason)
                    }
                }
            }
        }
        var response = Response(status: status, json: writer, contentType: "application/problem+json")
        if let retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        return response
    }
}

typealias RouteAction = @Sendable (Request, BasicRequestContext) async throws -> Response

/// The action with every error it throws answered as a problem. Connections that break are left to the server.
func answeringProblems(_ action: @escaping RouteAction) -> RouteAction {
    { request, context in
        do {
            return try await action(request, context)
        } catch let error where error is CancellationError {
            throw error
        } catch {
            let problem = Problem(error)
            let level: Logger.Level = problem.status.code >= 500 ? .error : .info
            context.logger.log(
                level: level, "request refused",
                metadata: ["http.path": "\(request.uri.path)", "http.status": "\(problem.status.code)", "error": "\(loggable(error))"])
            return problem.response
        }
    }
}

/// A problem's own words, since its type would print the whole struct.
private func loggable(_ error: any Error) -> String { (error as? Problem)?.detail ?? "\(error)" }
