import Foundation
import Spans
import Tracing

extension OutgoingRequest {
    /// Sends the request by `send` within a span of the current one, whose headers are added to it.
    func spanned(
        by spans: Spans, _ send: (OutgoingRequest) async throws(HTTPTransportError) -> IncomingResponse
    ) async throws(HTTPTransportError) -> IncomingResponse {
        let span = spans.start(method, ofKind: .client)
        defer { span.end() }
        if span.isRecording { describe(span) }
        var request = self
        spans.pass(span.context, to: &request.headers, by: HeaderWriter())
        do throws(HTTPTransportError) {
            let response = try await send(request)
            span.updateAttributes { $0[SpanKey.status] = response.status }
            // To a client, every status from 400 on is a failure.
            if response.status >= 400 { span.fail("\(response.status)") }
            return response
        } catch {
            span.fail(error.code.description)
            throw error
        }
    }

    private func describe(_ span: any Span) {
        var parts = URLComponents(string: url)
        parts?.user = nil
        parts?.password = nil
        parts?.query = nil
        parts?.fragment = nil
        span.updateAttributes { attributes in
            attributes[SpanKey.method] = method
            attributes[SpanKey.fullURL] = parts?.string
            attributes[SpanKey.serverAddress] = parts?.host
            attributes[SpanKey.serverPort] = parts.map { $0.port ?? ($0.scheme == "http" ? 80 : 443) }
        }
    }
}

/// Adds headers to a request, in place of those with the same name.
private struct HeaderWriter: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout [HTTPField]) {
        headers.removeAll { $0.name.lowercased() == key }
        headers.append(HTTPField(key, value))
    }
}
