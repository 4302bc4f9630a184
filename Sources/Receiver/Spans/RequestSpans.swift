import HTTPTypes
import NIOHTTP1
import Spans
import Tracing

/// The spans of requests, as OpenTelemetry describes HTTP servers (OpenTelemetry, "Semantic conventions for HTTP spans", read 2026-11-28).
///
/// `url.path` is left out if no route has the path, since a client may write anything there; `server.address` is the name by which the
/// client called.
struct RequestSpans: Sendable {
    let spans: Spans
    /// `http` or `https`, as the server itself speaks.
    let scheme: String

    /// Whether there are any; stored by code that runs for every webhook.
    var isOn: Bool { spans.isOn }

    /// The pattern of all webhooks' paths.
    static let webhookRoute = "/webhooks/{adapter}/{account}"

    /// Starts the span of a request that is received, in the trace that its headers name.
    func start(_ method: String, host: String?, in context: ServiceContext, at time: Spans.Time = Spans.now) -> any Span {
        let known = Self.methods.contains(method) ? method : "_OTHER"
        let span = spans.start(known == "_OTHER" ? "HTTP" : known, ofKind: .server, at: time, in: context)
        guard span.isRecording else { return span }
        span.updateAttributes { attributes in
            attributes[SpanKey.method] = known
            attributes[SpanKey.scheme] = scheme
            guard let host, host.utf8.count < 256 else { return }
            let (name, port) = Self.parts(of: host)
            attributes[SpanKey.serverAddress] = name
            attributes[SpanKey.serverPort] = port
        }
        return span
    }

    /// Names the span after the route, once it is known.
    func name(_ span: any Span, route: String, path: String) {
        guard span.isRecording else { return }
        span.operationName = "\(span.operationName) \(route)"
        span.updateAttributes { attributes in
            attributes[SpanKey.route] = route
            attributes[SpanKey.path] = path
        }
    }

    /// Adds the account that a webhook is for.
    static func describe(_ span: any Span, adapter: String, account: String) {
        span.updateAttributes { attributes in
            attributes[SpanKey.adapter] = adapter
            attributes[SpanKey.account] = account
        }
    }

    /// Records the answer. To a server, only a status from 500 on is a failure.
    static func answered(_ span: any Span, status: Int) {
        span.updateAttributes { $0[SpanKey.status] = status }
        if status >= 500 { span.fail("\(status)") }
    }

    /// The methods that have names of their own in attributes; a client may invent others.
    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"]

    /// The name and port of a Host header; the name may be an IPv6 address in brackets.
    private static func parts(of host: String) -> (name: String, port: Int?) {
        guard let colon = host.lastIndex(of: ":"), host.last != "]", let port = Int(host[host.index(after: colon)...]) else {
            return (host, nil)
        }
        return (String(host[..<colon]), port)
    }
}

/// Reads headers of a request as NIO has it. Several headers of a name are joined, as HTTP says of lists: two `traceparent` are thus none.
struct HeadReader: Extractor {
    func extract(key: String, from headers: HTTPHeaders) -> String? {
        let values = headers[key]
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}

/// Reads headers of a request as a route receives it, by the same rule.
struct FieldReader: Extractor {
    func extract(key: String, from fields: HTTPFields) -> String? {
        let values = HTTPField.Name(key).map { fields[values: $0] } ?? []
        return values.isEmpty ? nil : values.joined(separator: ",")
    }
}
