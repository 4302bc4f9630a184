import JSON
import Tracing

/// A batch of spans as OTLP has it in JSON: ids as hexadecimal digits, 64-bit numbers as strings, enumerations as numbers (OpenTelemetry,
/// "OpenTelemetry Protocol Specification", JSON Protobuf Encoding, read 2026-11-28).
struct TraceDocument {
    /// What sent the spans: `service.name` and others.
    let resource: [(key: String, value: String)]
    let spans: [SpanRecord]

    /// The body of a request to `/v1/traces`.
    var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 512 + spans.count * 768)
        writer.object { document in
            document.key("resourceSpans")
            document.array { $0.object { write(&$0) } }
        }
        return writer.bytes
    }

    private func write(_ group: inout JSONWriter) {
        group.key("resource")
        group.object { resource in
            resource.key("attributes")
            resource.array { list in
                for (key, value) in self.resource { list.attribute(key, .string(value)) }
            }
        }
        group.key("scopeSpans")
        group.array { scopes in
            scopes.object { scope in
                scope.key("scope")
                scope.object { $0.member("name", "switchboard") }
                scope.key("spans")
                scope.array { list in
                    for span in spans { list.object { span.write(to: &$0) } }
                }
            }
        }
    }
}

extension SpanRecord {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.identity(identity)
        writer.member("parentSpanId", ifPresent: parent.map { Hexadecimal.text($0) })
        writer.member("name", name)
        writer.member("kind", kind.number)
        writer.member("startTimeUnixNano", "\(start)")
        writer.member("endTimeUnixNano", "\(end ?? start)")
        writer.attributes(attributes)
        writer.key("events")
        writer.array { list in
            for event in events {
                list.object { writer in
                    writer.member("timeUnixNano", "\(event.nanosecondsSinceEpoch)")
                    writer.member("name", event.name)
                    writer.attributes(event.attributes)
                }
            }
        }
        writer.member("droppedEventsCount", droppedEvents)
        writer.key("links")
        writer.array { list in
            for link in links {
                guard let identity = link.context.traceContext else { continue }
                list.object { writer in
                    writer.identity(identity)
                    writer.attributes(link.attributes)
                }
            }
        }
        writer.member("droppedLinksCount", droppedLinks)
        writer.key("status")
        writer.object { writer in
            guard let status else { return }
            writer.member("code", status.code == .error ? 2 : 1)
            writer.member("message", ifPresent: status.message)
        }
    }
}

extension SpanKind {
    /// The number of OTLP's `SpanKind`.
    fileprivate var number: Int {
        switch self {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}

extension JSONWriter {
    fileprivate mutating func identity(_ identity: TraceContext) {
        member("traceId", identity.trace.description)
        member("spanId", Hexadecimal.text(identity.span))
        member("traceState", ifPresent: identity.state)
        member("flags", identity.isSampled ? 1 : 0)
    }

    fileprivate mutating func attributes(_ attributes: SpanAttributes) {
        var pairs: [(String, SpanAttribute)] = []
        attributes.forEach { pairs.append(($0, $1)) }
        pairs.sort { $0.0 < $1.0 }
        key("attributes")
        array { list in
            for (key, value) in pairs.prefix(SpanRecord.mostAttributes) { list.attribute(key, value) }
        }
        member("droppedAttributesCount", max(0, pairs.count - SpanRecord.mostAttributes))
    }

    /// A member of a list of attributes: `{"key":…,"value":{"stringValue":…}}`.
    fileprivate mutating func attribute(_ key: String, _ value: SpanAttribute) {
        object { attribute in
            attribute.member("key", key)
            attribute.key("value")
            attribute.value(value)
        }
    }

    private mutating func value(_ value: SpanAttribute) {
        switch value {
        case .int32(let number): object { $0.member("intValue", "\(number)") }
        case .int64(let number): object { $0.member("intValue", "\(number)") }
        case .double(let number): self.number(number)
        case .bool(let flag): object { $0.member("boolValue", flag) }
        case .string(let text): object { $0.member("stringValue", String(text.prefix(SpanRecord.longestValue))) }
        case .stringConvertible(let other): object { $0.member("stringValue", String("\(other)".prefix(SpanRecord.longestValue))) }
        case .int32Array(let numbers): list(numbers.map { .int32($0) })
        case .int64Array(let numbers): list(numbers.map { .int64($0) })
        case .doubleArray(let numbers): list(numbers.map { .double($0) })
        case .boolArray(let flags): list(flags.map { .bool($0) })
        case .stringArray(let texts): list(texts.map { .string($0) })
        case .stringConvertibleArray(let others): list(others.map { .string("\($0)") })
        default: object { _ in }
        }
    }

    /// JSON has no infinite numbers; as protobuf does, they are written as strings.
    private mutating func number(_ number: Double) {
        object { writer in
            writer.key("doubleValue")
            guard !number.isFinite else { return writer.raw("\(number)") }
            writer.string(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        }
    }

    private mutating func list(_ values: [SpanAttribute]) {
        object { writer in
            writer.key("arrayValue")
            writer.object { array in
                array.key("values")
                array.array { list in
                    for value in values.prefix(SpanRecord.mostAttributes) { list.value(value) }
                }
            }
        }
    }
}
